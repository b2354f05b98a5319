-- Contacts with customers, planned or agreed, and who makes them with how much time.

-- +goose Up

-- Who makes contacts: the subject that customers.owner names. A row is made when the first contact of an owner is planned or reserved, with what settings say. It is locked
-- (for no key update) by whoever adds to, moves or takes away the owner's time, so that no day is filled twice.
create table owners (
    owner          text     not null,
    calendar       text     not null default '', -- an id of Settings.calendars; empty: "default"
    time_zone      text     not null default '', -- IANA; empty: that of the settings
    daily_minutes  integer,                      -- null: that of the settings
    absent         daterange[] not null default '{}', -- leave: no time on these days
    feed_digest    bytea,                        -- SHA-256 of the secret of the calendar feed; null: there is none
    revision       bigint   not null default 1,
    create_time    timestamptz not null,
    update_time    timestamptz not null,
    constraint owners_pkey primary key (owner)
);
create unique index owners_feed on owners (feed_digest) where feed_digest is not null;

-- A contact is for a customer, by an owner, within a window of days. What was planned by the policy is told from others by its rule and period, so that planning again finds
-- it. Minutes count against the owner's day unless it is cancelled.
create table contacts (
    customer_id     uuid        not null references customers (customer_id) on delete cascade,
    contact_id      uuid        not null,
    owner           text        not null, -- may be empty: the customer has none
    activity        smallint    not null,
    role            smallint    not null, -- who of ours; see Role
    origin          smallint    not null, -- 1 policy, 2 special date, 3 retention, 4 follow-up, 5 a person
    source          text        not null, -- what asked for it: "policies/{id}#rule", "customers/{id}/churnRisk", a concern, "birthday:{person}" ...
    period_start    date,                 -- of the policy's period or the special date; with number: which of them
    number          smallint    not null default 0, -- counts those of a period from 0
    window_start    date        not null,
    window_end      date        not null, -- the last day
    day             date,                 -- null: it has no place; see obstacle
    start_time      timestamptz,          -- null: any time of that day
    minutes         integer     not null,
    people          uuid[]      not null default '{}',
    state           smallint    not null, -- 1 planned, 2 reserved, 3 done, 4 cancelled, 5 not placed
    pinned          boolean     not null default false, -- a person has chosen its day: planning again leaves it there
    obstacle        smallint    not null default 0,     -- why it was not placed: 1 no capacity, 2 no working day, 3 gap to other contacts, 4 no owner, 5 preferences
    activity_id     uuid,                 -- the activity that it belongs to, if any
    purpose         text        not null default '',
    outcome         text        not null default '',    -- what came of it
    responded       boolean,              -- whether the other side answered; null: not said
    announced       smallint    not null default 0,     -- 0 nothing, 1 due, 2 overdue: what has been announced already
    reschedule_note text        not null default '',
    author          text        not null default '',    -- empty: the planner
    revision        bigint      not null default 1,
    create_time     timestamptz not null,
    update_time     timestamptz not null,
    done_time       timestamptz,
    constraint contacts_pkey primary key (customer_id, contact_id),
    constraint contacts_placed check ((day is null) = (state = 5) or state = 4)
);
create index contacts_owner on contacts (owner, day) where state in (1, 2, 3);
create index contacts_due on contacts (window_end) where state in (1, 2);
create unique index contacts_policy on contacts (customer_id, source, activity, role, period_start, number) where origin in (1, 2) and state <> 4;

-- Something of the customer that is open and that people who meet it must know of, such as a complaint [投诉]. Told by other systems; the same one told again is the same one.
create table concerns (
    customer_id   uuid        not null references customers (customer_id) on delete cascade,
    concern_id    uuid        not null,
    source_system text        not null,
    source_id     text        not null,
    major         boolean     not null,
    summary       text        not null,
    open_time     timestamptz not null,
    resolve_time  timestamptz,
    author        text        not null,
    create_time   timestamptz not null,
    constraint concerns_pkey primary key (customer_id, concern_id),
    constraint concerns_source unique (customer_id, source_system, source_id)
);

-- How far the relationship to a person has come on the ladder of activities, as it was evaluated last; none is like neutral.
create table ladders (
    customer_id uuid        not null references customers (customer_id) on delete cascade,
    person_id   uuid        not null,
    rung        smallint    not null, -- see Ladder
    reference   text        not null, -- the evaluation
    since       date        not null,
    constraint ladders_pkey primary key (customer_id, person_id)
);

-- +goose Down
drop table ladders, concerns, contacts, owners;
