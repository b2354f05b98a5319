-- The consent ledger, and what the other services have confirmed of merges and erasures.

-- +goose Up

-- Only added to, but for what goes with its person. An entry follows its person when customers are merged or separated again (libs/rekey).
create table consent_entries (
    customer_id  uuid        not null,
    person_id    uuid        not null,
    entry_id     uuid        not null,
    medium       smallint    not null, -- see Channel.Medium
    purpose      smallint    not null, -- see Consent.Purpose; 0 = any
    state        smallint    not null, -- see Consent.State; 0 = taken out, as if nobody had asked
    consent_time timestamptz not null, -- the newest of a medium and purpose counts; of one time, the one recorded last
    source       bytea       not null, -- sealed under the key of the person; empty for none
    actor        text        not null,
    cause        text        not null,
    record_time  timestamptz not null,
    constraint consent_entries_pkey primary key (customer_id, person_id, entry_id),
    constraint consent_entries_person foreign key (customer_id, person_id) references people (customer_id, person_id)
        on delete cascade deferrable initially immediate
);
create index consent_entries_newest on consent_entries (customer_id, person_id, medium, purpose, consent_time desc, record_time desc, entry_id desc);

-- What people have said up to now. When it was recorded is not known; who did it is in the history of changes, and what it was known from is with the person.
insert into consent_entries (customer_id, person_id, entry_id, medium, purpose, state, consent_time, source, actor, cause, record_time)
select p.customer_id, p.person_id, gen_random_uuid(), cast(c ->> 'medium' as smallint), coalesce(cast(c ->> 'purpose' as smallint), 0), cast(c ->> 'state' as smallint),
    coalesce(cast(c ->> 'time' as timestamptz), p.update_time), '', '', 'migration', p.update_time
from people p, jsonb_array_elements(p.consents) as c;

-- Ids only, and of no customer: they outlive the erased, and a person's customer may be merged after he was erased.
create table receipts (
    subject_id   uuid        not null, -- the merged customer, or the person
    kind         smallint    not null, -- 1 rekeyed, 2 unmerged, 3 forgotten
    service      text        not null,
    event_id     uuid        not null,
    confirm_time timestamptz not null, -- by the clock of the service
    receive_time timestamptz not null, -- by ours
    constraint receipts_pkey primary key (subject_id, kind, service, event_id)
);

-- +goose Down
drop table receipts, consent_entries;
