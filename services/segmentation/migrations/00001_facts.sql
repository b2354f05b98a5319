-- What segmentation knows of customers. The first part is built from the profile service's events and can be built from them again; what people tell us directly
-- (signals) cannot, and is in a table of its own.

-- +goose Up

-- The customers as the events tell of them. The row stays when the projection is built anew: its sequence numbers our own events. Of a person events carry no name.
create table customers (
    customer_id    uuid        not null,
    sequence       bigint      not null default 0,
    territory      text        not null, -- empty until it is known: then only who sees everything sees the customer
    owner          text        not null default '',
    display_name   text        not null default '',
    kind           smallint    not null default 0,
    relations      integer[]   not null default '{}',
    industry       text        not null default '',
    employee_count integer     not null default 0,
    source         text        not null default '',
    tags           text[]      not null default '{}',
    attributes     jsonb       not null default '{}', -- protobuf JSON of the values by attribute id
    time_zone      text        not null default 'Asia/Shanghai',
    create_time    timestamptz not null,
    delete_time    timestamptz,
    constraint customers_pkey primary key (customer_id)
);

-- Amounts are as ordered; times the rate they are in the currency of Settings. A return has negative amounts.
create table orders (
    customer_id   uuid           not null,
    order_id      uuid           not null,
    order_time    timestamptz    not null,
    order_day     date           not null, -- in the customer's zone
    currency      text           not null,
    rate          numeric(24, 12),         -- null: no rate is known for the currency and day, the order counts in no sum
    amount        numeric(28, 9) not null,
    gross_profit  numeric(28, 9),          -- above the level of events: asked of profile, a moment later
    net_profit    numeric(28, 9),
    product_lines text[]         not null,
    constraint orders_pkey primary key (customer_id, order_id)
);
create index orders_day on orders (customer_id, order_day);

create table payments (
    customer_id uuid           not null,
    payment_id  uuid           not null,
    currency    text           not null,
    rate        numeric(24, 12),
    amount      numeric(28, 9) not null,
    due_date    date           not null,
    paid_date   date,
    constraint payments_pkey primary key (customer_id, payment_id)
);

-- Orders whose profits, and customers whose master data, are to be asked of profile. order_id is nil for a customer. A queue and not a set: what is wished for while the
-- same is being asked has to be asked again.
create table wanted (
    wish_id     bigint generated always as identity (cache 1),
    customer_id uuid not null,
    order_id    uuid not null,
    constraint wanted_pkey primary key (wish_id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

-- Customers to be looked at again, in the order in which it came about. A queue and not a set, so that who writes never waits for who reads.
create table touched (
    touch_id    bigint generated always as identity (cache 1),
    customer_id uuid        not null,
    cause       text        not null, -- what happened: order, payment, signal, judgement, ranking, ...
    reference   text        not null, -- the resource that it is about; may be empty
    occur_time  timestamptz not null,
    constraint touched_pkey primary key (touch_id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

-- What other systems and people observe of a customer: complaints, scores, our share of its supply, interest shown.
create table signals (
    customer_id   uuid           not null references customers (customer_id) on delete cascade,
    signal_id     uuid           not null,
    kind          smallint       not null,
    value         numeric(12, 4) not null,
    signal_time   timestamptz    not null,
    source_system text           not null,
    source_id     text           not null, -- that system's own id: a signal sent again is the same signal
    note          text           not null,
    author        text           not null,
    create_time   timestamptz    not null,
    constraint signals_pkey primary key (customer_id, signal_id),
    constraint signals_source unique (customer_id, source_system, source_id)
);
create index signals_kind on signals (customer_id, kind, signal_time);

-- What can be measured of each customer, kept so that a million of them can be judged anew without their orders being read. Windows are whole months that end with
-- the month of measure_month. Sums are in the currency of Settings; null means that nothing is known.
create table measures (
    customer_id        uuid           not null,
    measure_month      date           not null, -- first day of the month that the windows end with
    first_day          date,                    -- of orders that are no returns
    last_day           date,
    order_days         integer        not null, -- days with such an order
    interval_median    double precision,        -- days between them
    interval_deviation double precision,        -- median absolute deviation
    last_order         uuid,
    sales              numeric(28, 9) not null, -- last 12 months, returns deducted
    gross_profit       numeric(28, 9),          -- of the orders that state one
    net_profit         numeric(28, 9),
    stated_sales       numeric(28, 9) not null, -- sales of the orders that state a gross profit
    previous_sales     numeric(28, 9) not null, -- the 12 months before
    previous_gross     numeric(28, 9),
    year_sales         numeric(28, 9) not null, -- this fiscal year so far
    last_year_sales    numeric(28, 9) not null, -- the fiscal year before
    last_year_gross    numeric(28, 9),
    last_year_net      numeric(28, 9),
    orders             integer        not null, -- in the last 12 months
    quarters           smallint       not null, -- how many of the last four quarters of the window have an order
    product_lines      integer        not null, -- distinct ones in the last 12 months
    unrated            integer        not null, -- orders of the last 12 months in a currency without a rate
    payment_amount     numeric(28, 9),          -- due in the last 24 months
    payment_late_days  double precision,        -- days late, by amount; an open payment counts to the day of measuring
    -- How the customer was judged by these figures, see package assess. Whoever measures anew sets due_day to null.
    judged_by          bigint,                  -- fingerprint of the rules
    due_day            date,                    -- the first day on which time alone may bring another judgement; null: not judged by these figures yet
    constraint measures_pkey primary key (customer_id)
);

-- The newest version is in force.
create table settings (
    version     integer     not null,
    body        jsonb       not null,
    author      text        not null,
    create_time timestamptz not null,
    constraint settings_pkey primary key (version)
);

-- +goose Down
drop table settings, measures, signals, touched, wanted, payments, orders, customers;
