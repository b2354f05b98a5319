-- The search for duplicates: what is compared of each customer, and the pairs that were found.
--
-- What is compared is kept as numbers: the hash of a normalized name, number or address, with its kind in the lowest four bits. So the tables are narrow, and no telephone number stands
-- here a second time. None of the columns is called customer_id: what is found of two customers does not move with their facts when they are merged, it is found anew.

-- +goose Up

-- A customer as the last search saw it. A write of a customer costs nothing here: a search takes those whose revision differs, and all when the rules of normalization did.
create table match_states (
    holder uuid primary key, -- the customer
    revision bigint not null,
    rules integer not null,
    keys bigint[] not null,
    -- Those of the keys that only managers may know of.
    private_keys bigint[] not null,
    -- The key of its registration number; 0 without one.
    registration_key bigint not null
);

-- The keys the other way round, to find who has one in common.
create table match_keys (
    key bigint not null,
    holder uuid not null,
    constraint match_keys_pkey primary key (key, holder)
);

-- For the search that runs: keys that too many have, and the pairs that are to be compared. It begins by emptying them.
create table match_crowds (key bigint primary key);
create table match_candidates (
    first_id uuid not null,
    second_id uuid not null,
    constraint match_candidates_pkey primary key (first_id, second_id)
);

-- From when on changes are unknown to the keys: when the last search that came through with them began.
create table match_horizon (
    only_one boolean primary key check (only_one),
    known_time timestamptz not null
);

create table duplicates (
    duplicate_id uuid not null default gen_random_uuid(),
    first_id uuid not null, -- the older customer, as ids grow with time
    second_id uuid not null,
    score numeric(5, 4) not null,
    reasons smallint[] not null,
    different_registration boolean not null,
    -- The keys that both have.
    keys bigint[] not null,
    find_time timestamptz not null,
    constraint duplicates_pkey primary key (duplicate_id),
    constraint duplicates_pair unique (first_id, second_id)
);
create index duplicates_score on duplicates (score desc, duplicate_id);
create index duplicates_second on duplicates (second_id);

-- Two customers that somebody found to be two. It holds as long as they have no other keys in common than these.
create table duplicate_dismissals (
    first_id uuid not null,
    second_id uuid not null,
    keys bigint[] not null,
    reason text not null,
    actor text not null,
    dismiss_time timestamptz not null,
    constraint duplicate_dismissals_pkey primary key (first_id, second_id)
);

update settings set body = body || jsonb_build_object('duplicates', jsonb_build_object(
    'threshold', 0.75,
    'crowd', 50,
    'registrationNumber', 0.98,
    'organizationName', 0.8,
    'personName', 0.5,
    'phone', 0.4,
    'mail', 0.4,
    'domain', 0.3,
    'personContact', 0.5,
    'differentRegistrationNumber', 0.5));

-- +goose Down
update settings set body = body - 'duplicates';
drop table duplicate_dismissals;
drop table duplicates;
drop table match_horizon;
drop table match_candidates;
drop table match_crowds;
drop table match_keys;
drop table match_states;
