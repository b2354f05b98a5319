-- What the calendar links show, and how reminders find what is due.

-- +goose Up

-- A link shows what its issuer could see when he had it made; his token is not there when it is read. They mean nothing while feed_digest is null.
alter table owners
    add column feed_level smallint not null default 0, -- the issuer's level
    add column feed_scope text[],                      -- his territories; null: no limit
    add column feed_time  timestamptz;                 -- when it was made

-- What may have to be announced as due, by the day that counts, and what has been and may be overdue: both hold what is still to come and little else. Messages (activity 13)
-- are asked for once and never overdue.
create index contacts_unannounced on contacts (least(day, window_end)) where state in (1, 2, 5) and announced = 0;
create index contacts_announced on contacts (window_end) where state in (1, 2, 5) and announced = 1 and activity <> 13;

-- A contact that is moved is news again, whoever moves it: people, the gate or the planner.
-- +goose StatementBegin
create function contacts_moved() returns trigger language plpgsql as $$
begin
    new.announced := 0;
    return new;
end
$$;
-- +goose StatementEnd
create trigger contacts_moved before update of day, window_end on contacts for each row
    when (old.announced <> 0 and (old.day is distinct from new.day or old.window_end <> new.window_end))
    execute function contacts_moved();

-- +goose Down
drop trigger contacts_moved on contacts;
drop function contacts_moved;
drop index contacts_announced, contacts_unannounced;
alter table owners drop column feed_time, drop column feed_scope, drop column feed_level;
