-- Old names of merged customers, and what came under them: see libs/alias.

-- +goose Up

-- Who has the facts of a customer that was merged. It may itself have been merged since: readers follow the chain.
create table aliases (
    customer_id uuid not null,
    survivor_id uuid not null,
    constraint aliases_pkey primary key (customer_id)
);
create index aliases_survivor on aliases (survivor_id);

-- Counts the changes of aliases, so that every process sees at a glance whether what it holds in memory still holds.
create table alias_versions (
    one boolean not null default true,
    version bigint not null,
    constraint alias_versions_pkey primary key (one),
    constraint alias_versions_one check (one)
);
insert into alias_versions (version) values (0);
-- +goose StatementBegin
create function guanxi_count_aliases() returns trigger language plpgsql as $$
begin
    update alias_versions set version = version + 1;
    return null;
end
$$;
-- +goose StatementEnd
create trigger aliases_counted after insert or update or delete on aliases
    for each statement execute function guanxi_count_aliases();

-- The old name under which a change came, of a customer that was merged into the one that the change is of: taken back, the merge takes along what came under it.
alter table changes add column via uuid;
create index changes_via on changes (aggregate_id, via) where via is not null;

-- +goose Down
drop index changes_via;
alter table changes drop column via;
drop table aliases, alias_versions;
drop function guanxi_count_aliases;
