-- When customers are merged all that is kept of one becomes the other's: see libs/rekey. The points ledger is still only ever added to: a merge changes whose its rows are.

-- +goose Up
select guanxi_defer_customer_keys();

-- What moves was added up when it came.
-- +goose StatementBegin
create or replace function points_entries_post() returns trigger language plpgsql as $$
begin
    if guanxi_rekeying() then
        return null;
    end if;
    if exists (select from posted group by customer_id, transaction_id having sum(points) <> 0) then
        raise exception 'the entries of a transaction do not add up to zero' using errcode = 'check_violation', constraint = 'points_entries_balanced';
    end if;
    insert into points_accounts (customer_id) select distinct customer_id from posted on conflict do nothing;
    update points_accounts a set balance = a.balance + p.available, debt = a.debt - p.debt
        from (select customer_id, coalesce(sum(points) filter (where account = 1), 0) as available, coalesce(sum(points) filter (where account = 5), 0) as debt
            from posted group by customer_id) p
        where a.customer_id = p.customer_id;
    update points_lots l set points = l.points - p.issued, points_left = l.points_left + p.available
        from (select customer_id, lot_id, coalesce(sum(points) filter (where account = 1), 0) as available,
                coalesce(sum(points) filter (where account = 2), 0) as issued
            from posted where lot_id is not null group by customer_id, lot_id) p
        where l.customer_id = p.customer_id and l.lot_id = p.lot_id;
    return null;
end $$;

create or replace function points_append_only() returns trigger language plpgsql as $$
begin
    if guanxi_rekeying() then
        return case tg_op when 'DELETE' then old else new end;
    end if;
    if tg_op = 'DELETE' and not exists (select from customers c where c.customer_id = old.customer_id) then
        return old;
    end if;
    raise exception 'the points ledger is only ever added to' using errcode = 'check_violation', constraint = 'points_append_only';
end $$;

-- Whether sums are being brought into order after a merge, in this transaction: what must never be is for a moment, until it is settled.
create function points_settling() returns boolean language sql stable parallel safe
    as $$ select coalesce(current_setting('guanxi.points_settling', true), '') = 'on' $$;
-- +goose StatementEnd

alter table points_accounts
    drop constraint points_accounts_balance, add constraint points_accounts_balance check (balance >= 0 or points_settling()),
    drop constraint points_accounts_debt, add constraint points_accounts_debt check (debt >= 0 or points_settling()),
    drop constraint points_accounts_either, add constraint points_accounts_either check (balance = 0 or debt = 0 or points_settling());
alter table points_lots drop constraint points_lots_left, add constraint points_lots_left check (points_left >= 0 or points_settling());

-- +goose Down
alter table points_lots drop constraint points_lots_left, add constraint points_lots_left check (points_left >= 0);
alter table points_accounts
    drop constraint points_accounts_either, add constraint points_accounts_either check (balance = 0 or debt = 0),
    drop constraint points_accounts_debt, add constraint points_accounts_debt check (debt >= 0),
    drop constraint points_accounts_balance, add constraint points_accounts_balance check (balance >= 0);
drop function points_settling();
