-- What is said of a person is sealed under a key of his own, so that it can be forgotten by destroying the key: docs/decisions/0017-people-sealed.md.
--
-- The schema vault holds the keys and what people are found by; it is apart so that a backup can leave it out, and be kept longer than it. A person's key does not
-- name his customer: it goes with him when customers are merged, and a vault that is newer than the data beside it still fits.

-- +goose Up
create schema vault;

create table vault.person_keys (
    person_id uuid not null,
    wrapped bytea not null,
    -- The id of the key of the installation that it is wrapped by.
    wrapped_by text not null,
    -- Keyed hashes that he is found by: of his name, and of his channels and external ids. Two people who share one of the latter may be one human being.
    name_blind bytea not null,
    blinds bytea[] not null,
    -- month * 100 + day of the birthday and of special dates, so that those of coming days are found without opening everybody.
    days smallint[] not null,
    constraint person_keys_pkey primary key (person_id)
);
create index person_keys_name on vault.person_keys (name_blind);
create index person_keys_blinds on vault.person_keys using gin (blinds);
create index person_keys_days on vault.person_keys using gin (days);

-- Whose key was destroyed, in ids only: what an older backup brings back of them is removed when the service starts. It stands in the vault, as it must be as new.
create table vault.erasures (
    person_id uuid not null,
    customer_id uuid not null,
    -- Why: Erasure.Basis of the API; 0 = he was deleted as anything else is, and nobody has to account for it.
    basis smallint not null,
    reference text not null,
    actor text not null,
    erase_time timestamptz not null,
    constraint erasures_pkey primary key (person_id)
);
create index erasures_erase_time on vault.erasures (erase_time desc, person_id desc) where basis > 0;

-- People from before wait in plain, in the form that is sealed, until the service starts: it has the keys, SQL has not.
alter table people add column sealed bytea, add column plain jsonb;
update people set
    plain = jsonb_build_object('name', display_name, 'channels', channels, 'birthday', birthday, 'special_dates', special_dates,
        'hobbies', to_jsonb(hobbies), 'family', family, 'external_ids', external_ids, 'sources', (
            select coalesce(jsonb_object_agg(c ->> 'medium', c ->> 'source'), '{}') from jsonb_array_elements(consents) as c where c ? 'source')),
    consents = (select coalesce(jsonb_agg(c - 'source' order by n), '[]') from jsonb_array_elements(consents) with ordinality as each (c, n));
drop index people_external_keys;
alter table people
    drop column display_name, drop column channels, drop column birthday, drop column special_dates, drop column hobbies, drop column family,
    drop column external_ids, drop column external_keys,
    add constraint people_said check ((sealed is null) <> (plain is null));
create index people_plain on people (customer_id, person_id) where plain is not null;

-- +goose Down
-- What is sealed cannot be opened by SQL: people are lost on this way.
delete from people;
alter table people
    drop constraint people_said,
    drop column sealed,
    drop column plain,
    add column display_name text not null,
    add column channels jsonb not null,
    add column birthday jsonb,
    add column special_dates jsonb not null,
    add column hobbies text[] not null,
    add column family text not null,
    add column external_ids jsonb not null,
    add column external_keys text[] not null;
create index people_external_keys on people using gin (external_keys);
drop schema vault cascade;
