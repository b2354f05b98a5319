-- The contact plan: what segmentation's policies demand, what people of customers like, and which years have been laid out.

-- +goose Up

-- Planning's own copy of the published policies, as segmentation answers. A policy never changes once it is published.
create table policies (
    policy_id     uuid    not null,
    fiscal_year   integer not null, -- 0: counts in years that have none of their own
    version       integer not null,
    effective_day date    not null,
    constraint policies_pkey primary key (policy_id)
);

-- How often whom; a row for each frequency of each rule. Empty lists ask nothing.
create table policy_frequencies (
    policy_id uuid       not null references policies (policy_id) on delete cascade,
    rule_id   text       not null,
    priority  integer    not null, -- the greatest is asked first
    classes   smallint[] not null,
    tiers     smallint[] not null,
    grades    text[]     not null,
    activity  smallint   not null,
    role      smallint   not null,
    times     integer    not null,
    period    smallint   not null, -- 1 month, 2 quarter, 3 half-year, 4 year
    constraint policy_frequencies_pkey primary key (policy_id, rule_id, activity, role)
);

-- That segmentation is to be asked for its policies. A queue, so that whoever hears of one need not wait for who asks.
create table policy_wishes (
    wish_id bigint generated always as identity,
    constraint policy_wishes_pkey primary key (wish_id)
);
insert into policy_wishes default values; -- nothing is known yet

-- How a person of a customer likes to be met.
create table contact_preferences (
    customer_id        uuid        not null references customers (customer_id) on delete cascade,
    person_id          uuid        not null,
    main_contact       boolean     not null, -- planned contacts are with him
    liked_weekdays     smallint[]  not null, -- 1 Monday to 7 Sunday; empty: all
    from_minute        smallint,             -- of the day; null: any time
    until_minute       smallint,
    refused_activities smallint[]  not null,
    refused_days       date[]      not null,
    author             text        not null,
    revision           bigint      not null,
    update_time        timestamptz not null,
    constraint contact_preferences_pkey primary key (customer_id, person_id)
);

-- Years of owners that have been laid out: these planning keeps up to date by itself.
create table owner_years (
    owner         text             not null,
    fiscal_year   integer          not null,
    run_id        uuid             not null,
    sequence      bigint           not null default 0, -- numbers the events of the plan
    plan_id       uuid             not null,           -- their aggregate
    first_day     date             not null,           -- the first day that could be planned then
    demanded      integer          not null,           -- contacts that were to be made
    placed        integer          not null,
    moved         integer          not null,           -- of those that had a place before
    variation     double precision not null,           -- coefficient of variation of the minutes per working day
    ideal         double precision not null,           -- the same if windows and gaps did not matter
    generate_time timestamptz      not null,
    constraint owner_years_pkey primary key (owner, fiscal_year)
);

create unique index contacts_id on contacts (contact_id);
create index contacts_by_day on contacts (coalesce(day, window_start), contact_id);
-- The minutes of an owner's days are summed up from the index alone.
drop index contacts_owner;
create index contacts_owner on contacts (owner, day) include (minutes, customer_id) where state in (1, 2, 3);
create index contacts_unplaced on contacts (owner, window_start) where state = 5;

-- What the policy demands is known by its period and number whichever policy demands it, so that the contact stays when another policy demands the same.
drop index contacts_policy;
create unique index contacts_policy on contacts (customer_id, activity, role, period_start, number) where origin = 1 and state <> 4;
create unique index contacts_special on contacts (customer_id, source, period_start) where origin = 2 and state <> 4;

-- +goose Down
drop index contacts_owner, contacts_unplaced, contacts_special, contacts_policy, contacts_by_day, contacts_id;
create index contacts_owner on contacts (owner, day) where state in (1, 2, 3);
create unique index contacts_policy on contacts (customer_id, source, activity, role, period_start, number) where origin in (1, 2) and state <> 4;
drop table owner_years, contact_preferences, policy_wishes, policy_frequencies, policies;
