-- Voices, the cases that answer them, and what belongs to a case: its timeline, links, actions and compensations.

-- +goose Up

-- What we do about one or several voices. A case is its customer's: it is locked, numbered and guarded with him.
create table cases (
    customer_id         uuid        not null references customers (customer_id) on delete cascade,
    case_id             uuid        not null,
    request_kind        smallint    not null,
    track               smallint    not null,
    phase               smallint    not null,
    technicality        smallint    not null,
    severity            smallint    not null,
    severity_basis      smallint    not null, -- 1 the customer's own grading, 2 computed, 3 set by hand
    major               boolean     not null, -- major complaint: round the clock, 24 hours
    state               smallint    not null,
    title               text        not null,
    product_line        text        not null,
    product_code        text        not null,
    cause               text        not null, -- code of the root cause, '' not known
    assignee            text        not null,
    desk_id             uuid,
    received_time       timestamptz not null,
    first_response_time timestamptz,
    resolve_time        timestamptz,
    close_time          timestamptz,
    reopen_count        integer     not null default 0,
    reassign_count      integer     not null default 0,
    issue_group_id      uuid,
    recall_id           uuid,
    revision            bigint      not null,
    create_time         timestamptz not null,
    update_time         timestamptz not null,

    -- what the severity was found from
    grading             smallint    not null default 0, -- the customer's own, 0 none
    affected            integer     not null default 0,
    duration_minutes    integer     not null default 0,
    severity_reason     text        not null default '', -- of one set by hand
    major_by_hand       boolean     not null default false,
    major_reason        text        not null default '',

    description         text        not null default '',
    order_reference     text        not null default '', -- an order's number or name
    reporter_id         uuid,                            -- a person of the customer
    implicit            boolean     not null default false, -- opened from a low score and not because somebody complained
    author              text        not null default '',
    triage_time         timestamptz,
    assign_time         timestamptz, -- of the last assignment
    start_time          timestamptz, -- of the first start
    wait_time           timestamptz, -- since when we wait for the customer; null when we do not
    confirm_time        timestamptz,
    reopen_time         timestamptz, -- of the last reopening
    outcome             smallint    not null default 0, -- of a closed one
    resolution          text        not null default '', -- what was done
    close_reason        text        not null default '',
    cause_text          text        not null default '',
    entries             integer     not null default 0, -- how many the timeline has: the last number
    constraint cases_pkey primary key (customer_id, case_id)
);
create unique index cases_case on cases (case_id); -- a case is named without its customer
create index cases_assignee on cases (assignee, state) where state < 7;
create index cases_resolved on cases (resolve_time, customer_id, case_id) where state = 6; -- those to be closed by themselves
create index cases_received on cases (received_time desc, case_id);

-- Every step of a case, what was said and noted. It is only added to.
create table timeline (
    customer_id uuid        not null,
    case_id     uuid        not null,
    number      integer     not null,
    kind        smallint    not null,
    actor       text        not null,
    occur_time  timestamptz not null,
    note        text        not null,
    data        jsonb       not null,
    constraint timeline_pkey primary key (customer_id, case_id, number),
    constraint timeline_case foreign key (customer_id, case_id) references cases (customer_id, case_id) on delete cascade
);

-- What customers told us. Until it is known whose voice it is, it has no customer and numbers its own events.
create table voices (
    voice_id         uuid        not null,
    customer_id      uuid references customers (customer_id) on delete cascade,
    sequence         bigint      not null default 0,
    territory        text        not null default '', -- while it has no customer: where it waits, '' nowhere
    source           smallint    not null,
    kind             smallint    not null,
    phase            smallint    not null,
    technicality     smallint    not null,
    track            smallint    not null,
    body             text        not null,
    language         text        not null,
    product_line     text        not null,
    product_code     text        not null,
    order_reference  text        not null,
    reporter_id      uuid,
    reporter_name    text        not null, -- of somebody whom nobody knows
    reporter_contact text        not null,
    affected         integer     not null,
    duration_minutes integer     not null,
    grading          smallint    not null, -- the customer's own, 0 none
    source_system    text        not null,
    source_id        text        not null, -- '' none
    digest           bytea       not null, -- of what the source sent, to tell the same from another under the same reference
    implicit         boolean     not null,
    major            boolean     not null,
    received_time    timestamptz not null,
    case_id          uuid,
    author           text        not null,
    create_time      timestamptz not null,
    update_time      timestamptz not null,
    revision         bigint      not null,
    constraint voices_pkey primary key (voice_id),
    constraint voices_case foreign key (customer_id, case_id) references cases (customer_id, case_id)
);
create unique index voices_source on voices (source_system, source_id) where source_id <> '';
create index voices_of_case on voices (customer_id, case_id) where case_id is not null;
create index voices_received on voices (received_time desc, voice_id);
create index voices_unknown on voices (territory) where customer_id is null;

-- How cases hang together. Of those that must not go round in circles (1 duplicate of, 2 caused by) the case points at its original or cause; 3 is related.
create table case_links (
    customer_id       uuid        not null,
    case_id           uuid        not null,
    kind              smallint    not null,
    other_customer_id uuid        not null,
    other_case_id     uuid        not null,
    author            text        not null,
    create_time       timestamptz not null,
    constraint case_links_pkey primary key (customer_id, case_id, kind, other_case_id),
    constraint case_links_case foreign key (customer_id, case_id) references cases (customer_id, case_id) on delete cascade,
    constraint case_links_other foreign key (other_customer_id, other_case_id) references cases (customer_id, case_id) on delete cascade
);
create index case_links_other on case_links (other_customer_id, other_case_id);
create unique index case_links_original on case_links (customer_id, case_id) where kind = 1;

-- Corrective and preventive actions of cases.
create table case_actions (
    customer_id   uuid        not null,
    case_id       uuid        not null,
    action_id     uuid        not null,
    kind          smallint    not null, -- 1 corrective, 2 preventive
    title         text        not null,
    owner         text        not null,
    due_date      date        not null,
    done_time     timestamptz,
    result        text        not null default '',
    verify_time   timestamptz,
    verifier      text        not null default '',
    overdue_time  timestamptz, -- when it was announced
    author        text        not null,
    create_time   timestamptz not null,
    update_time   timestamptz not null,
    revision      bigint      not null,
    constraint case_actions_pkey primary key (customer_id, case_id, action_id),
    constraint case_actions_case foreign key (customer_id, case_id) references cases (customer_id, case_id) on delete cascade
);
create unique index case_actions_action on case_actions (action_id);
create index case_actions_due on case_actions (due_date, customer_id) where done_time is null and overdue_time is null;

-- What customers get for what went wrong.
create table compensations (
    customer_id     uuid        not null,
    case_id         uuid        not null,
    compensation_id uuid        not null,
    kind            smallint    not null,
    amount          numeric     not null,
    currency        text        not null,
    reason          text        not null,
    state           smallint    not null, -- 1 proposed, 2 approved, 3 rejected, 4 paid
    tier            smallint    not null, -- who approves it: 1 the assignee, 2 a MANAGER, 3 an EXECUTIVE
    proposer        text        not null,
    decider         text        not null default '',
    decide_time     timestamptz,
    decide_reason   text        not null default '',
    payer           text        not null default '',
    pay_time        timestamptz,
    pay_reference   text        not null default '',
    create_time     timestamptz not null,
    update_time     timestamptz not null,
    revision        bigint      not null,
    constraint compensations_pkey primary key (customer_id, case_id, compensation_id),
    constraint compensations_case foreign key (customer_id, case_id) references cases (customer_id, case_id) on delete cascade
);
create unique index compensations_compensation on compensations (compensation_id);

-- +goose Down

drop table compensations, case_actions, case_links, voices, timeline, cases;
