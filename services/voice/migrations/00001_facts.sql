-- What voice knows of customers, their people and orders, built from the events of profile and segmentation and, where events may not or cannot tell (people, very long
-- orders, policies), from their answers.

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
    constraint customers_pkey primary key (customer_id)
);

-- The people of customers, as far as voice needs them: that they are there, and who may know of them. When profile has removed a person its row goes, and what other tables
-- say of it is removed by their packages (fact.Forget): a foreign key would do so, too, while the projection is built anew.
create table people (
    customer_id uuid    not null references customers (customer_id) on delete cascade,
    person_id   uuid    not null,
    senior      boolean not null, -- known to MANAGER and above only
    constraint people_pkey primary key (customer_id, person_id)
);

-- The orders that complaints are counted against and that a recall is traced through. A correction replaces.
create table orders (
    customer_id    uuid        not null references customers (customer_id) on delete cascade,
    order_id       uuid        not null,
    source_system  text        not null,
    order_number   text        not null, -- of that system
    order_time     timestamptz not null,
    delivered_time timestamptz,          -- null: not delivered yet, or not told
    constraint orders_pkey primary key (customer_id, order_id)
);
create index orders_time on orders (customer_id, order_time);
create index orders_delivered on orders (customer_id, delivered_time) where delivered_time is not null;

-- Their lines, in the order of the order.
create table order_lines (
    customer_id  uuid           not null,
    order_id     uuid           not null,
    number       integer        not null, -- counts from 0
    product_line text           not null,
    product_code text           not null, -- empty: not told
    quantity     numeric(28, 6) not null, -- negative for a return
    constraint order_lines_pkey primary key (customer_id, order_id, number),
    constraint order_lines_order foreign key (customer_id, order_id) references orders (customer_id, order_id) on delete cascade
);
create index order_lines_product on order_lines (product_code, customer_id, order_id) where product_code <> '';

-- What is to be asked of profile: a customer (person_id nil) or a person; and orders whose lines were too many for an event. Queues and not sets: what is wished for while
-- the same is being asked has to be asked again.
create table wanted (
    wish_id     bigint generated always as identity (cache 1),
    customer_id uuid not null,
    person_id   uuid not null,
    constraint wanted_pkey primary key (wish_id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

create table wanted_orders (
    wish_id     bigint generated always as identity (cache 1),
    customer_id uuid not null,
    order_id    uuid not null,
    constraint wanted_orders_pkey primary key (wish_id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

-- Customers that segmentation has judged anew, whose running clocks are to be looked at. A queue, so that nothing is done by it while the facts are built again.
create table moves (
    move_id     bigint generated always as identity (cache 1),
    customer_id uuid        not null,
    move_time   timestamptz not null,
    constraint moves_pkey primary key (move_id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

-- Segmentation's published policies, and what their rules say of response times. What is published is never changed.
create table policies (
    policy_id     uuid    not null,
    fiscal_year   integer not null, -- 0: counts in years that have none of their own
    version       integer not null,
    effective_day date    not null,
    constraint policies_pkey primary key (policy_id)
);

create table policy_factors (
    policy_id  uuid          not null references policies (policy_id) on delete cascade,
    rule_id    text          not null,
    priority   integer       not null, -- the greatest is asked first
    classes    integer[]     not null, -- of these three an empty list asks nothing
    tiers      integer[]     not null,
    grades     text[]        not null,
    sla_factor numeric(6, 4) not null, -- what response times are multiplied with
    constraint policy_factors_pkey primary key (policy_id, rule_id)
);

-- That segmentation is to be asked for its policies. A queue, for the same reason.
create table policy_wishes (
    wish_id bigint generated always as identity (cache 1),
    constraint policy_wishes_pkey primary key (wish_id)
);
insert into policy_wishes default values; -- nothing is known yet

-- The newest version is in force.
create table settings (
    version     integer     not null,
    body        jsonb       not null,
    author      text        not null,
    create_time timestamptz not null,
    constraint settings_pkey primary key (version)
);

-- +goose Down
drop table settings, policy_wishes, policy_factors, policies, moves, wanted_orders, wanted, order_lines, orders, people, customers;
