-- Who has compared which field of a customer with what is true, and the fields that are required of customers.

-- +goose Up
create table field_verifications (
    customer_id uuid not null references customers (customer_id) on delete cascade,
    field text not null,
    -- MD5 of the value as it was compared: the verification is of that value and of no other. It guards nothing and hides nothing.
    value_hash text not null,
    method smallint not null,
    verifier text not null,
    verify_time timestamptz not null,
    source text not null,
    -- The last one counts; those before it are in the change history.
    constraint field_verifications_pkey primary key (customer_id, field)
);

update settings set body = body || jsonb_build_object('quality', cast('{
    "organization": [
        {"field": "display_name", "weight": 2, "validDays": 730},
        {"field": "legal_name", "weight": 3, "validDays": 730},
        {"field": "registration_number", "weight": 3, "validDays": 730},
        {"field": "industry", "weight": 2, "validDays": 730},
        {"field": "employee_count", "weight": 1, "validDays": 365},
        {"field": "owner", "weight": 2},
        {"field": "source", "weight": 1},
        {"field": "addresses", "weight": 2, "validDays": 365},
        {"field": "channels", "weight": 3, "validDays": 365},
        {"field": "people", "weight": 3},
        {"field": "people.position", "weight": 1},
        {"field": "people.department", "weight": 1}
    ],
    "person": [
        {"field": "display_name", "weight": 3, "validDays": 730},
        {"field": "owner", "weight": 2},
        {"field": "source", "weight": 1},
        {"field": "addresses", "weight": 2, "validDays": 365},
        {"field": "channels", "weight": 3, "validDays": 365},
        {"field": "language", "weight": 1}
    ]
}' as jsonb));

-- An owner's customers in the order of creation, page by page, without sorting them: the index that was there, with one column more.
drop index customers_owner;
create index customers_owner on customers (owner, customer_id);

-- +goose Down
drop index customers_owner;
create index customers_owner on customers (owner);
update settings set body = body - 'quality';
drop table field_verifications;
