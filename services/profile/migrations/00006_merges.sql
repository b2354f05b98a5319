-- Merges of customers. A merged customer's row stays, marked as deleted and without a time to be purged; its facts move to the survivor (libs/rekey), its name goes on
-- resolving (libs/alias).

-- +goose Up
alter table customers add column merged_into uuid;
create index customers_merged_into on customers (merged_into) where merged_into is not null;

-- The merged customer that an external id came with: what comes under it goes with that customer when the merge is taken back.
alter table customer_external_ids add column via uuid;

-- What was merged into what, and what it takes to undo it: the survivor's fields before and after, the merged customer's as they would come back. All three are messages of the
-- API as JSON, and go by what is changed later (package blend).
create table merges (
    merge_id uuid not null,
    survivor_id uuid not null,
    merged_id uuid not null,
    -- The survivor's number of the event, which orders the merges into it.
    survivor_version bigint not null,
    survivor_before jsonb not null,
    survivor_after jsonb not null,
    merged jsonb not null,
    -- The survivor's fields in which something of the merged customer is.
    fields text[] not null,
    actor text not null,
    merge_time timestamptz not null,
    unmerge_actor text not null default '',
    unmerge_time timestamptz,
    constraint merges_pkey primary key (merge_id)
);
create unique index merges_open on merges (merged_id) where unmerge_time is null;
create index merges_merged on merges (merged_id, merge_id);
create index merges_survivor on merges (survivor_id, merge_id);
create index merges_blended on merges (survivor_id) where unmerge_time is null;

-- Consents that a merge made stricter, with what they were.
create table merge_consents (
    merge_id uuid not null references merges (merge_id) on delete cascade,
    person_id uuid not null,
    medium smallint not null,
    purpose smallint not null,
    -- Sealed under the key of the person, as JSON; null as JSON: there was none.
    before bytea not null,
    after bytea not null,
    constraint merge_consents_pkey primary key (merge_id, person_id, medium, purpose)
);

-- A customer and all that it ever was merged with, directly or through others: the history of a person may be with any of them.
-- +goose StatementBegin
create function guanxi_kin(customer uuid) returns setof uuid language sql stable as $$
    with recursive kin (id) as (
        select customer
        union
        select case when m.survivor_id = k.id then m.merged_id else m.survivor_id end
        from kin k join merges m on m.survivor_id = k.id or m.merged_id = k.id
    )
    select id from kin
$$;
-- +goose StatementEnd

select guanxi_defer_customer_keys();

-- +goose Down
drop function guanxi_kin;
drop table merge_consents;
drop table merges;
alter table customer_external_ids drop column via;
drop index customers_merged_into;
alter table customers drop column merged_into;
