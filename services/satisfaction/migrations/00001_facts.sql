-- What satisfaction knows of customers and their orders, built from the events of profile and segmentation and, where an event was too large for its lines, from profile's
-- answers.

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
    stage        smallint    not null default 0, -- of the lifecycle
    role         smallint    not null default 0, -- prospect ... former: of the lifecycle, too
    engagement   smallint    not null default 0,
    constraint customers_pkey primary key (customer_id)
);
create index customers_territory on customers (territory text_pattern_ops, customer_id) where delete_time is null;

-- Orders with the times of their cycle. Days are the business days of the instants in the zone that the customer had when the order came, so that what is early or late by
-- the calendar does not change afterwards.
create table orders (
    customer_id       uuid           not null references customers (customer_id) on delete cascade,
    order_id          uuid           not null,
    source_system     text           not null,
    order_time        timestamptz    not null,
    order_day         date           not null,
    requested_time    timestamptz,
    requested_day     date,
    promised_time     timestamptz,
    promised_day      date,
    transmitted_time  timestamptz,
    processed_time    timestamptz,
    assembled_time    timestamptz,
    shipped_time      timestamptz,
    shipped_day       date,
    delivered_time    timestamptz,
    delivered_day     date,
    documents_correct boolean,                 -- null: not known
    currency          text           not null, -- empty: without lines there is no amount
    amount            numeric(28, 9) not null, -- negative: a return
    product_lines     text[]         not null, -- distinct, in order
    constraint orders_pkey primary key (customer_id, order_id)
);
create index orders_day on orders (order_day, customer_id);

-- Their lines. Kept apart: what an order lacks is a question to the order, what an article lacks one to the lines.
create table order_lines (
    customer_id  uuid           not null,
    order_id     uuid           not null,
    line         integer        not null, -- from 0 on, as profile has them
    product_line text           not null,
    product_code text           not null,
    quantity     numeric(24, 6) not null, -- negative: a return
    filled       numeric(24, 6),          -- complete at the first shipment; null: not known
    damaged      numeric(24, 6),          -- null: not known
    constraint order_lines_pkey primary key (customer_id, order_id, line),
    constraint order_lines_order foreign key (customer_id, order_id) references orders (customer_id, order_id) on delete cascade
);

-- What is to be asked of profile: a customer (order_id nil) or an order whose event came without its lines. A queue and not a set: what is wished for while the same is being
-- asked has to be asked again.
create table wanted (
    wish_id     bigint generated always as identity (cache 1),
    customer_id uuid not null,
    order_id    uuid not null,
    constraint wanted_pkey primary key (wish_id)
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
drop table settings, wanted, order_lines, orders, customers;
