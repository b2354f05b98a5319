-- Relationship plans.

-- +goose Up

-- A version of the plan of a customer and fiscal year. What an approved one says never changes, but for what it says of a person who is erased; the store's statements see to
-- it. Which of the versions is in force and which is being written, at most one each, stands in state.
create table plans (
    customer_id     uuid        not null references customers (customer_id) on delete cascade,
    plan_id         uuid        not null,
    fiscal_year     integer     not null,
    version         integer     not null,
    state           smallint    not null, -- 1 draft, 2 approved, 3 superseded
    content         jsonb       not null, -- {"targets", "profits", "analyses", "goals", "strategy", "measures", "execution"}
    progress        jsonb       not null, -- {measure: {"state", "percent"}}: the last report of each
    editors         text[]      not null, -- who wrote it; none of them approves it
    author          text        not null,
    approver        text        not null default '',
    revision_reason text        not null default '',
    revision        bigint      not null,
    create_time     timestamptz not null,
    update_time     timestamptz not null,
    approve_time    timestamptz,
    constraint plans_pkey primary key (customer_id, plan_id),
    constraint plans_version unique (customer_id, fiscal_year, version),
    constraint plans_approved check ((approve_time is null) = (state = 1))
);
create unique index plans_id on plans (plan_id);
create unique index plans_draft on plans (customer_id, fiscal_year) where state = 1;
create unique index plans_in_force on plans (customer_id, fiscal_year) where state = 2;

-- Append only. A revision goes on where the version before it ended: reports are read across the versions of a year.
create table plan_reports (
    customer_id uuid        not null,
    fiscal_year integer     not null,
    version     integer     not null,
    report_id   uuid        not null,
    measure     text        not null,
    state       smallint    not null, -- see Measure.State
    percent     smallint    not null,
    note        text        not null,
    author      text        not null,
    report_time timestamptz not null,
    constraint plan_reports_pkey primary key (customer_id, fiscal_year, report_id),
    constraint plan_reports_plan foreign key (customer_id, fiscal_year, version) references plans (customer_id, fiscal_year, version) on delete cascade
);

-- +goose Down
drop table plan_reports, plans;
