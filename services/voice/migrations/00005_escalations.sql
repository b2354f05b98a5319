-- Who takes cases and is told of them, and who was told of what.

-- +goose Up

-- Who of a territory takes cases and is told of escalations.
create table desks (
    desk_id     uuid        not null,
    territory   text        not null, -- '' the whole company
    label_en    text        not null,
    label_zh    text        not null,
    leads       text[]      not null, -- who is told, in the order given
    inactive    boolean     not null,
    author      text        not null,
    create_time timestamptz not null,
    update_time timestamptz not null,
    revision    bigint      not null default 1,
    sequence    bigint      not null default 0, -- of its last event
    constraint desks_pkey primary key (desk_id)
);
create unique index desks_territory on desks (territory) where not inactive; -- so that there is never a question which one it is

-- Who takes cases. These rows are locked, in the order of subjects and those of a desk before those of one above it, by who is about to assign a case: the members' open cases
-- are counted afterwards, so that no number of assigners gives anybody more than he takes.
create table desk_members (
    desk_id       uuid       not null references desks (desk_id) on delete cascade,
    subject       text       not null,
    number        integer    not null, -- the place in the list
    request_kinds smallint[] not null, -- of these three an empty list takes all
    product_lines text[]     not null,
    languages     text[]     not null, -- first parts in lower case
    capacity      integer    not null,
    constraint desk_members_pkey primary key (desk_id, subject)
);

-- What members have: their open cases of a desk, and whether a desk ever had one.
create index cases_desk on cases (desk_id, assignee, state) where desk_id is not null;

-- That a level was told of a case. Nothing of it changes afterwards but that it is acknowledged and when it climbs.
create table escalations (
    customer_id      uuid        not null references customers (customer_id) on delete cascade,
    escalation_id    uuid        not null,
    case_id          uuid        not null,
    clock_id         uuid        not null,
    measure          smallint    not null,
    number           smallint,             -- the clock's alarm; null: it climbed because nobody acknowledged
    level            smallint    not null,
    trigger          smallint    not null,
    territory        text        not null,
    desk_id          uuid,                 -- null: there was none, and nobody was told
    subjects         text[]      not null,
    planned_time     timestamptz not null,
    told_time        timestamptz not null,
    due_time         timestamptz,
    acknowledge_time timestamptz,          -- the first
    acknowledgements integer     not null default 0,
    climb_time       timestamptz,          -- when the next level is told if nobody acknowledges; null: never, not any more, or it was
    constraint escalations_pkey primary key (customer_id, escalation_id),
    constraint escalations_case foreign key (customer_id, case_id) references cases (customer_id, case_id) on delete cascade
);
create unique index escalations_escalation on escalations (escalation_id); -- one is named without its customer
-- A step happens once. The code sees to it; this is so that nothing else can be.
create unique index escalations_once on escalations (customer_id, case_id, clock_id, number);
create index escalations_told on escalations (told_time desc, escalation_id);
create index escalations_climb on escalations (climb_time, customer_id) where climb_time is not null;
create index escalations_desk on escalations (desk_id) where desk_id is not null;

-- Who has taken note of one.
create table escalation_acknowledgements (
    customer_id      uuid        not null,
    escalation_id    uuid        not null,
    number           integer     not null, -- from 1 in order
    subject          text        not null,
    acknowledge_time timestamptz not null,
    note             text        not null,
    constraint escalation_acknowledgements_pkey primary key (customer_id, escalation_id, number),
    constraint escalation_acknowledgements_once unique (customer_id, escalation_id, subject),
    constraint escalation_acknowledgements_of foreign key (customer_id, escalation_id) references escalations (customer_id, escalation_id) on delete cascade
);

-- +goose Down
drop table escalation_acknowledgements, escalations;
drop index cases_desk;
drop table desk_members, desks;
