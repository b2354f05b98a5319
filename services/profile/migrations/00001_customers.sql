-- Customers, the attributes declared for them, and their people.
--
-- A table of customer facts leads its primary key with customer_id, so that the same schema can be distributed by customer. customers.sequence counts
-- everything that happens to a customer (its people, orders and payments included) and numbers its events without a gap; customers.revision counts the
-- changes of the customer itself and makes its etag, so that an incoming order does not spoil somebody's edit.

-- +goose Up
create table attributes (
    attribute_id text primary key,
    label_zh text not null,
    label_en text not null,
    type smallint not null,
    choices text[] not null,
    level smallint not null,
    create_time timestamptz not null,
    delete_time timestamptz
);

create table customers (
    customer_id uuid primary key,
    sequence bigint not null,
    revision bigint not null,
    display_name text not null,
    kind smallint not null,
    relations integer[] not null,
    legal_name text not null,
    alternative_names text[] not null,
    registration_number text not null,
    industry text not null,
    employee_count integer not null,
    territory text not null,
    owner text not null,
    source text not null,
    tags text[] not null,
    attributes jsonb not null,
    addresses jsonb not null,
    channels jsonb not null,
    external_ids jsonb not null,
    time_zone text not null,
    language text not null,
    -- The words of the customer's texts, CJK ones as single characters and pairs: PostgreSQL's own parsers do not split Chinese.
    words tsvector not null,
    create_time timestamptz not null,
    update_time timestamptz not null,
    delete_time timestamptz,
    purge_time timestamptz
);

-- Territory and name are compared byte by byte, so that an index serves both equality and prefixes whatever the database's locale.
create index customers_territory on customers (territory text_pattern_ops);
create index customers_display_name on customers (display_name, customer_id);
create index customers_owner on customers (owner);
create index customers_update_time on customers (update_time, customer_id);
create index customers_registration_number on customers (registration_number) where registration_number <> '';
create index customers_words on customers using gin (words);
create index customers_purge_time on customers (purge_time) where purge_time is not null;

-- An external id belongs to one customer only; imports find customers by it.
create table customer_external_ids (
    system text not null,
    external_id text not null,
    customer_id uuid not null references customers (customer_id) on delete cascade,
    constraint customer_external_ids_pkey primary key (system, external_id)
);
create index customer_external_ids_customer on customer_external_ids (customer_id);

-- The values of a customer's attributes as one flat map of texts, for filters.
-- +goose StatementBegin
create function attribute_texts(attributes jsonb) returns jsonb
    language sql immutable parallel safe
    return (select coalesce(jsonb_object_agg(a.key, a.value ->> 'value'), '{}'::jsonb) from jsonb_each(attributes) as a);
-- +goose StatementEnd

create table people (
    customer_id uuid not null references customers (customer_id) on delete cascade,
    person_id uuid not null,
    revision bigint not null,
    display_name text not null,
    position text not null,
    department text not null,
    reports_to uuid,
    senior boolean not null,
    channels jsonb not null,
    language text not null,
    birthday jsonb,
    special_dates jsonb not null,
    hobbies text[] not null,
    family text not null,
    consents jsonb not null,
    external_ids jsonb not null,
    -- system/id of the external ids, to be found by.
    external_keys text[] not null,
    create_time timestamptz not null,
    update_time timestamptz not null,
    constraint people_pkey primary key (customer_id, person_id),
    -- Deferred to the end of the statement's transaction, so that a whole organization can be taken in at once.
    constraint people_reports_to foreign key (customer_id, reports_to) references people (customer_id, person_id)
        on delete set null (reports_to) deferrable initially deferred
);
create index people_external_keys on people using gin (external_keys);
create index people_reports_to on people (customer_id, reports_to) where reports_to is not null;

-- +goose Down
drop table people;
drop function attribute_texts;
drop table customer_external_ids;
drop table customers;
drop table attributes;
