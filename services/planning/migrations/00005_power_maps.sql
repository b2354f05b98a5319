-- Power maps: who decides at a customer and who stands how to us, as claims with evidence. And coaches.

-- +goose Up

-- A map of the customer (project empty) or of one of its projects. What the daily job needs is on its row: the answer that was announced last, and when the next one may be another
-- without anybody doing anything.
create table power_maps (
    customer_id      uuid        not null references customers (customer_id) on delete cascade,
    map_id           uuid        not null,
    project          text        not null,
    version          integer     not null, -- the newest
    revision         bigint      not null, -- counts as well when a person is removed from the versions
    sponsored        boolean     not null, -- as announced last
    stale_day        date,                 -- the next day on which a piece of evidence goes stale; null: there is none
    settings_version integer     not null, -- by which both were found
    create_time      timestamptz not null,
    update_time      timestamptz not null,
    constraint power_maps_pkey primary key (customer_id, map_id),
    constraint power_maps_project unique (customer_id, project)
);
create index power_maps_stale on power_maps (stale_day) where stale_day is not null;
create index power_maps_settings on power_maps (settings_version);

create table power_map_versions (
    customer_id uuid        not null,
    map_id      uuid        not null,
    version     integer     not null,
    author      text        not null,
    create_time timestamptz not null,
    constraint power_map_versions_pkey primary key (customer_id, map_id, version),
    constraint power_map_versions_map foreign key (customer_id, map_id) references power_maps (customer_id, map_id) on delete cascade
);

-- A claim with its evidence, for the versions from_version up to and without until_version: a version costs what it changes, and a person is removed from all of them by one
-- statement. A node is a person of the customer, or one of ours by his subject.
create table power_claims (
    customer_id     uuid             not null,
    map_id          uuid             not null,
    claim_id        uuid             not null,
    from_version    integer          not null,
    until_version   integer,                  -- null: it is on the map
    kind            smallint         not null, -- see PowerClaim.Kind
    person_id       uuid,
    subject         text             not null,
    other_person_id uuid,
    other_subject   text             not null,
    value           smallint         not null, -- the role or the attitude
    weight          double precision not null,
    evidence        jsonb            not null, -- [{"observer", "source", "day", "note", "recorder"}], the newest first
    constraint power_claims_pkey primary key (customer_id, map_id, claim_id, from_version),
    constraint power_claims_map foreign key (customer_id, map_id) references power_maps (customer_id, map_id) on delete cascade
);
create index power_claims_current on power_claims (customer_id, map_id) where until_version is null;
create index power_claims_person on power_claims (customer_id, person_id) where person_id is not null;
create index power_claims_other on power_claims (customer_id, other_person_id) where other_person_id is not null;

create table coaches (
    customer_id   uuid        not null references customers (customer_id) on delete cascade,
    coach_id      uuid        not null,
    person_id     uuid        not null,
    note          text        not null,
    observations  jsonb       not null, -- [{"criterion", "holds", "observer", "day", "note", "recorder"}], the latest day first
    author        text        not null,
    revision      bigint      not null,
    create_time   timestamptz not null,
    retire_time   timestamptz,
    retire_author text        not null default '',
    retire_reason text        not null default '',
    constraint coaches_pkey primary key (customer_id, coach_id)
);
create unique index coaches_person on coaches (customer_id, person_id) where retire_time is null;
create index coaches_of_person on coaches (customer_id, person_id);

-- +goose Down
drop table coaches, power_claims, power_map_versions, power_maps;
