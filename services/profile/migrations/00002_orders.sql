-- Orders with their lines, payments, imports and the announcements of expected orders.
--
-- An order's number is unique within its customer and source system, not over all customers: a unique key over a table that is distributed by customer has to
-- hold the customer, and a source that books one number for two customers means two orders.

-- +goose Up
create table orders (
    customer_id uuid not null references customers (customer_id) on delete cascade,
    order_id uuid not null,
    revision bigint not null,
    source_system text not null,
    order_number text not null,
    order_time timestamptz not null,
    requested_time timestamptz,
    promised_time timestamptz,
    transmitted_time timestamptz,
    processed_time timestamptz,
    assembled_time timestamptz,
    shipped_time timestamptz,
    delivered_time timestamptz,
    documents_correct boolean,
    -- Sums of the lines, kept because every list, curve and grade asks for them.
    currency text not null,
    amount numeric(28, 9) not null,
    gross_profit numeric(28, 9),
    net_profit numeric(28, 9),
    -- The import that recorded the order, so that its later lines are added and not taken for a correction.
    import_id text not null,
    create_time timestamptz not null,
    update_time timestamptz not null,
    constraint orders_pkey primary key (customer_id, order_id),
    constraint orders_number unique (customer_id, source_system, order_number)
);
create index orders_order_time on orders (customer_id, order_time);
create index orders_order_number on orders (order_number);

create table order_lines (
    customer_id uuid not null,
    order_id uuid not null,
    line_number integer not null,
    product_line text not null,
    product_code text not null,
    description text not null,
    quantity numeric(24, 6) not null,
    quantity_filled numeric(24, 6),
    quantity_damaged numeric(24, 6),
    amount numeric(28, 9) not null,
    gross_profit numeric(28, 9),
    net_profit numeric(28, 9),
    constraint order_lines_pkey primary key (customer_id, order_id, line_number),
    constraint order_lines_order foreign key (customer_id, order_id) references orders (customer_id, order_id) on delete cascade
);

create table payments (
    customer_id uuid not null references customers (customer_id) on delete cascade,
    payment_id uuid not null,
    revision bigint not null,
    source_system text not null,
    payment_number text not null,
    order_number text not null,
    currency text not null,
    amount numeric(28, 9) not null,
    due_date date not null,
    paid_date date,
    create_time timestamptz not null,
    update_time timestamptz not null,
    constraint payments_pkey primary key (customer_id, payment_id),
    constraint payments_number unique (customer_id, source_system, payment_number)
);
create index payments_due_date on payments (customer_id, due_date);

-- How far an import has come, written in the transaction of each batch: this is what makes a cut-off import resumable.
create table imports (
    subject text not null,
    import_id text not null,
    digest text not null,
    last_line bigint not null,
    total_count bigint not null,
    stored_count bigint not null,
    unchanged_count bigint not null,
    repeated_count bigint not null,
    rejected_count bigint not null,
    created_count bigint not null,
    changed_count bigint not null,
    create_time timestamptz not null,
    update_time timestamptz not null,
    -- An import is its author's: two callers may choose the same id.
    constraint imports_pkey primary key (subject, import_id)
);

create table import_rejections (
    subject text not null,
    import_id text not null,
    first_line bigint not null,
    line_count integer not null,
    field text not null,
    rule text not null,
    reason_en text not null,
    reason_zh text not null,
    constraint import_rejections_pkey primary key (subject, import_id, first_line),
    constraint import_rejections_import foreign key (subject, import_id) references imports (subject, import_id) on delete cascade
);

-- Which expected orders were announced: an expected date is announced once, however often the job runs.
create table expected_orders (
    customer_id uuid not null references customers (customer_id) on delete cascade,
    product_line text not null,
    expected_date date not null,
    announce_time timestamptz not null,
    constraint expected_orders_pkey primary key (customer_id, product_line)
);

-- +goose Down
drop table expected_orders;
drop table import_rejections;
drop table imports;
drop table payments;
drop table order_lines;
drop table orders;
