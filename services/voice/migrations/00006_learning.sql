-- What is learned of cases: which tell of the same issue, and which products are called back.

-- +goose Up

-- Issues that recur. Also those that only one case tells of so far: candidates that the next case is compared with.
create table issue_groups (
    group_id     uuid        not null,
    sequence     bigint      not null default 0, -- of its own events
    state        smallint    not null,           -- 1 candidate, 2 formed, 3 merged
    name_zh      text        not null default '',
    name_en      text        not null default '',
    cause        text        not null default '', -- as people say
    action       text        not null default '',
    keywords     text[]      not null default '{}',
    -- What all of its cases have in common, as far as they say: '' none says anything, '*' they differ.
    product_line text        not null,
    product_code text        not null,
    common_cause text        not null,
    size         integer     not null,
    square       double precision not null, -- of the length of the vector of its terms, so that its similarity is known without all of them
    first_time   timestamptz not null,
    last_time    timestamptz not null,
    form_time    timestamptz,
    announced    integer     not null default 0, -- the greatest step of growth that was announced
    merged_into  uuid,
    revision     bigint      not null default 1,
    create_time  timestamptz not null,
    update_time  timestamptz not null,
    constraint issue_groups_pkey primary key (group_id)
);
create index issue_groups_formed on issue_groups (size desc, group_id) where state = 2;
create index issue_groups_idle on issue_groups (last_time) where state = 1;

-- Which case is in which group, and what it was grouped by: the case may have changed since. terms are those of its text.
create table issue_members (
    customer_id   uuid        not null,
    case_id       uuid        not null,
    group_id      uuid        not null,
    received_time timestamptz not null,
    digest        bytea       not null, -- of all that it was grouped by: grouped anew only when that differs
    terms         text[]      not null,
    similarity    double precision not null,
    pinned        boolean     not null,
    join_time     timestamptz not null,
    constraint issue_members_pkey primary key (customer_id, case_id),
    constraint issue_members_case foreign key (customer_id, case_id) references cases (customer_id, case_id) on delete cascade,
    constraint issue_members_group foreign key (group_id) references issue_groups (group_id)
);
create index issue_members_of_group on issue_members (group_id, received_time desc);

-- The inverted index: which groups have a term, and how many of their cases. Candidates that have become too old to be joined are not in it.
create table issue_group_terms (
    term     text     not null,
    group_id uuid     not null,
    members  integer  not null,
    constraint issue_group_terms_pkey primary key (term, group_id)
);
create index issue_group_terms_of_group on issue_group_terms (group_id);

-- In how many cases a term occurs; '' stands for all cases. A rare term tells more than a frequent one.
create table issue_terms (
    term  text   not null,
    cases bigint not null,
    constraint issue_terms_pkey primary key (term)
);

-- The cases that are in no group yet: the queue of the grouping.
create index cases_ungrouped on cases (received_time, customer_id, case_id) where issue_group_id is null;
create index cases_recall on cases (recall_id) where recall_id is not null;

create table recalls (
    recall_id        uuid        not null,
    sequence         bigint      not null default 0, -- of its own events
    title            text        not null,
    reason           text        not null,
    product_line     text        not null, -- '' any
    product_codes    text[]      not null, -- {} all of the line
    order_start_time timestamptz,
    order_end_time   timestamptz,
    lot_note         text        not null,
    territory        text        not null, -- '' all
    task_force       jsonb       not null, -- [{"subject", "role", "lead"}]
    state            smallint    not null, -- 1 draft, 2 started, 3 completed, 4 cancelled
    operation_id     uuid,                 -- that traces the orders
    trace_time       timestamptz,          -- when that was through; from then on late orders are looked for
    author           text        not null,
    start_time       timestamptz,
    end_time         timestamptz,
    end_reason       text        not null default '',
    revision         bigint      not null default 1,
    create_time      timestamptz not null,
    update_time      timestamptz not null,
    constraint recalls_pkey primary key (recall_id)
);
create index recalls_started on recalls (recall_id) where state = 2;

-- The customers that are affected, and who of them was told when. The facts of orders may be built anew, and a customer removed: what was called back goes with the customer only.
create table recall_customers (
    customer_id uuid        not null references customers (customer_id) on delete cascade,
    recall_id   uuid        not null references recalls (recall_id),
    affect_time timestamptz not null,
    notify_time timestamptz,
    notifier    text        not null default '',
    channel     text        not null default '',
    note        text        not null default '',
    constraint recall_customers_pkey primary key (customer_id, recall_id)
);
create index recall_customers_of_recall on recall_customers (recall_id, affect_time, customer_id);
create index recall_customers_untold on recall_customers (recall_id, customer_id) where notify_time is null;

-- The order lines that are called back. There is no foreign key to the orders, which may be built anew.
create table recall_items (
    customer_id  uuid           not null,
    recall_id    uuid           not null,
    order_id     uuid           not null,
    number       integer        not null, -- of the line
    item_id      uuid           not null,
    order_number text           not null,
    order_time   timestamptz    not null,
    product_line text           not null,
    product_code text           not null,
    quantity     numeric(28, 6) not null,
    returned     numeric(28, 6) not null default 0,
    state        smallint       not null, -- 1 affected, 2 notified, 3 returned, 4 closed
    trace_time   timestamptz    not null,
    return_time  timestamptz,
    close_reason text           not null default '',
    update_time  timestamptz    not null,
    constraint recall_items_pkey primary key (customer_id, recall_id, order_id, number),
    constraint recall_items_customer foreign key (customer_id, recall_id) references recall_customers (customer_id, recall_id) on delete cascade,
    constraint recall_items_bounds check (returned >= 0 and returned <= quantity)
);
create unique index recall_items_item on recall_items (item_id); -- an item is named without its customer
create index recall_items_of_recall on recall_items (recall_id, trace_time, item_id);

-- What came back when. It is only added to.
create table recall_returns (
    customer_id uuid           not null references customers (customer_id) on delete cascade,
    recall_id   uuid           not null,
    return_id   uuid           not null,
    item_id     uuid           not null,
    quantity    numeric(28, 6) not null, -- negative: so much was recorded in error
    note        text           not null,
    author      text           not null,
    create_time timestamptz    not null,
    constraint recall_returns_pkey primary key (customer_id, recall_id, return_id)
);

-- The fiscal years whose summary was announced.
create table voice_summaries (
    fiscal_year  integer     not null,
    summary_id   uuid        not null,
    sequence     bigint      not null default 0,
    publish_time timestamptz not null,
    constraint voice_summaries_pkey primary key (fiscal_year)
);

-- +goose Down
drop table voice_summaries, recall_returns, recall_items, recall_customers, recalls, issue_terms, issue_group_terms, issue_members, issue_groups;
drop index cases_recall, cases_ungrouped;
