-- How fast: response rules as versions that are never changed, and the clocks that run against them.

-- +goose Up

create table response_rules (
    rule_id     uuid        not null,
    code        text        not null, -- what people call it; never changes
    version     integer     not null, -- the newest one, which is in force
    create_time timestamptz not null,
    sequence    bigint      not null default 0, -- of its events
    constraint response_rules_pkey primary key (rule_id),
    constraint response_rules_code unique (code)
);

create table response_rule_versions (
    rule_id     uuid        not null references response_rules (rule_id),
    version     integer     not null,
    body        jsonb       not null, -- the ResponseRule of the API without what the other columns say
    active      boolean     not null, -- of the body, for lists
    priority    integer     not null, -- of the body, for lists
    author      text        not null, -- empty: shipped
    create_time timestamptz not null,
    constraint response_rule_versions_pkey primary key (rule_id, version)
);

-- A clock as it stands. What it was at any instant before stands in clock_intervals.
create table clocks (
    customer_id      uuid           not null references customers (customer_id) on delete cascade,
    case_id          uuid           not null,
    clock_id         uuid           not null,
    measure          smallint       not null, -- 1 first response, 2 resolution
    rule_id          uuid           not null,
    rule_version     integer        not null,
    calendar_id      uuid           not null,
    calendar_version integer        not null,
    sla_factor       numeric(10, 4) not null, -- what the target was multiplied with; 1 where the rule applies none
    customer_factor  numeric(10, 4) not null, -- the customer's, whether the rule applies it or not
    target_seconds   bigint         not null, -- of working time, SLA factor applied
    pauses           boolean        not null, -- whether waiting for the customer pauses it
    state            smallint       not null, -- 1 running, 2 paused, 3 met, 4 missed (stopped after due), 5 cancelled
    used_seconds     bigint         not null, -- working time up to the last change
    intervals        integer        not null, -- the number of the last one
    alarms           smallint       not null, -- the number of the last one
    change_time      timestamptz    not null, -- of the last change of the clock itself
    running_since    timestamptz,             -- start of the open interval while it runs
    due_time         timestamptz,             -- when the target is used up, or was; null: paused before that
    breach_time      timestamptz,             -- when it was found past due, announced once
    next_alarm_time  timestamptz,             -- of the next step not fired yet; null: none left or not running
    next_alarm       smallint,                -- its number
    constraint clocks_pkey primary key (customer_id, case_id, clock_id),
    constraint clocks_measure unique (customer_id, case_id, measure)
);
create index clocks_next_alarm on clocks (next_alarm_time, customer_id) where next_alarm_time is not null;
-- The open clocks of a calendar, for its new version.
create index clocks_calendar on clocks (calendar_id, customer_id) where state in (1, 2);
-- All open clocks in the order of customers, for a new version of a rule.
create index clocks_open on clocks (customer_id) where state in (1, 2);

-- What held of a clock from when until when: append only, an open end is set once. Level 0 is the clock itself, 1 to 3 the time that an escalation level has been in charge.
create table clock_intervals (
    customer_id      uuid           not null,
    case_id          uuid           not null,
    clock_id         uuid           not null,
    number           integer        not null,
    level            smallint       not null,
    cause            smallint       not null, -- 1 started, 2 paused, 3 resumed, 4 stopped, 5 reopened, 6 case changed, 7 calendar changed, 8 rule changed, 9 cancelled, 10 escalated
    state            smallint       not null, -- of the clock during it
    start_time       timestamptz    not null,
    end_time         timestamptz,
    rule_id          uuid           not null,
    rule_version     integer        not null,
    calendar_id      uuid           not null,
    calendar_version integer        not null,
    sla_factor       numeric(10, 4) not null,
    target_seconds   bigint         not null,
    used_seconds     bigint         not null, -- working time before it
    due_time         timestamptz,             -- as projected when it began
    constraint clock_intervals_pkey primary key (customer_id, case_id, clock_id, number),
    constraint clock_intervals_clock foreign key (customer_id, case_id, clock_id) references clocks (customer_id, case_id, clock_id) on delete cascade
);

-- The steps of escalation that a clock has still to take or has taken. Number 1 is the breach itself, which tells nobody (level 0). One that a new rule replaced before it
-- fired is kept with its drop_time, so that what was expected at an instant can be told.
create table clock_alarms (
    customer_id uuid        not null,
    case_id     uuid        not null,
    clock_id    uuid        not null,
    number      smallint    not null,
    level       smallint    not null, -- 0 the breach itself, 1 office, 2 region, 3 headquarters
    trigger     smallint    not null, -- 1 before, 2 at, 3 after breach, 4 severity
    at_seconds  bigint      not null, -- of working time since the start
    fire_time   timestamptz,          -- projected; null while the clock does not run towards it
    fired_time  timestamptz,
    add_time    timestamptz not null,
    drop_time   timestamptz,
    constraint clock_alarms_pkey primary key (customer_id, case_id, clock_id, number),
    constraint clock_alarms_clock foreign key (customer_id, case_id, clock_id) references clocks (customer_id, case_id, clock_id) on delete cascade
);

-- What a run of re-projection moved, or would move.
create table clock_moves (
    operation_id  uuid        not null,
    customer_id   uuid        not null,
    case_id       uuid        not null,
    clock_id      uuid        not null,
    measure       smallint    not null,
    before_due    timestamptz,
    after_due     timestamptz,
    before_target bigint      not null,
    after_target  bigint      not null,
    before_rule   uuid        not null,
    after_rule    uuid        not null,
    constraint clock_moves_pkey primary key (operation_id, customer_id, case_id, clock_id)
);

-- +goose Down
drop table clock_moves;
drop table clock_alarms;
drop table clock_intervals;
drop table clocks;
drop table response_rule_versions;
drop table response_rules;
