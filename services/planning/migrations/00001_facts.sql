-- What planning knows of customers and their people, built from the events of profile and segmentation and, where events may not tell (people), from profile's answers.

-- +goose Up

-- The customers as the events tell of them. The row stays when the projection is built anew: its sequence numbers our own events.
create table customers (
    customer_id  uuid        not null,
    sequence     bigint      not null default 0,
    territory    text        not null, -- empty until it is known: then only who sees everything sees the customer
    owner        text        not null default '',
    display_name text        not null default '',
    kind         smallint    not null default 0,
    relations    integer[]   not null default '{}',
    time_zone    text        not null default 'Asia/Shanghai',
    create_time  timestamptz not null,
    delete_time  timestamptz,
    -- what segmentation judges; the numbers are those of its API, 0 not judged
    class        smallint    not null default 0,
    tier         smallint    not null default 0,
    grade        text        not null default '',
    engagement   smallint    not null default 0,
    churn_risks  integer[]   not null default '{}', -- the open reasons
    constraint customers_pkey primary key (customer_id)
);
create index customers_owner on customers (owner, customer_id) where delete_time is null;

-- The people of customers, as far as planning needs them: no name and no number. When profile has removed a person its row goes, and what other tables say of it is removed by
-- their packages (fact.Forget): a foreign key would do so, too, while the projection is built anew.
create table people (
    customer_id   uuid      not null references customers (customer_id) on delete cascade,
    person_id     uuid      not null,
    senior        boolean   not null, -- known to MANAGER and above only
    department    text      not null,
    position      text      not null,
    granted_media integer[] not null, -- media of profile's Channel that he has agreed to
    denied_media  integer[] not null, -- and those that he has denied
    birth_month   smallint,           -- null: not known
    birth_day     smallint,
    special_dates jsonb     not null, -- [{"label", "year" (0: every year), "month", "day"}]
    language      text      not null,
    constraint people_pkey primary key (customer_id, person_id)
);
create index people_birthday on people (birth_month, birth_day);

-- What is to be asked of profile: a customer (person_id nil) or a person. A queue and not a set: what is wished for while the same is being asked has to be asked again.
create table wanted (
    wish_id     bigint generated always as identity (cache 1),
    customer_id uuid not null,
    person_id   uuid not null,
    constraint wanted_pkey primary key (wish_id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

-- Customers whose contacts are to be planned again, and what came about. A queue and not a set, so that who writes never waits for who reads.
create table replans (
    replan_id   bigint generated always as identity (cache 1),
    customer_id uuid        not null,
    cause       text        not null, -- created, owner, class, tier, grade, deleted, undeleted, churn_risk, person, concern, ...
    reference   text        not null, -- the resource that it is about; may be empty
    occur_time  timestamptz not null,
    constraint replans_pkey primary key (replan_id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

-- The newest version is in force.
create table settings (
    version     integer     not null,
    body        jsonb       not null,
    author      text        not null,
    create_time timestamptz not null,
    constraint settings_pkey primary key (version)
);

-- +goose Down
drop table settings, replans, wanted, people, customers;
