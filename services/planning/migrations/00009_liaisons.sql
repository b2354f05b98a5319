-- The organization interface, and the playbook of extensive relationships.

-- +goose Up

create table liaisons (
    customer_id    uuid        not null references customers (customer_id) on delete cascade,
    liaison_id     uuid        not null,
    department     text        not null,
    rank           smallint    not null, -- see RankLevel
    person_id      uuid,                 -- null: the department as such
    colleague      text        not null,
    own_department text        not null,
    note           text        not null,
    revision       bigint      not null,
    create_time    timestamptz not null,
    update_time    timestamptz not null,
    constraint liaisons_pkey primary key (customer_id, liaison_id)
);
create unique index liaisons_pair on liaisons (customer_id, lower(department), rank, colleague, coalesce(person_id, '00000000-0000-0000-0000-000000000000'));

-- The newest version is in force.
create table playbooks (
    version     integer     not null,
    body        jsonb       not null,
    author      text        not null,
    create_time timestamptz not null,
    constraint playbooks_pkey primary key (version)
);

-- +goose Down
drop table playbooks, liaisons;
