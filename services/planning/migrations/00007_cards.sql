-- Key-person cards and evaluations of relationships.

-- +goose Up

-- A card is read by its members alone: its owner, its executive sponsor and members. Their list stands in readers, which every statement asks. No history of its fields is
-- kept elsewhere.
create table cards (
    customer_id      uuid        not null references customers (customer_id) on delete cascade,
    card_id          uuid        not null,
    person_id        uuid        not null,
    owner            text        not null,
    readers          text[]      not null, -- owner, sponsor and members
    content          jsonb       not null, -- sponsor, needs, commitments, members: protobuf JSON of the card without what the other columns say
    next_review      date,                 -- null: closed
    announced_review date,                 -- the due date that was announced last
    revision         bigint      not null,
    create_time      timestamptz not null,
    update_time      timestamptz not null,
    close_time       timestamptz,
    constraint cards_pkey primary key (customer_id, card_id)
);
create unique index cards_owned on cards (customer_id, person_id, owner) where close_time is null;
create index cards_readers on cards using gin (readers);
create index cards_next_review on cards (next_review) where next_review is not null;

create table card_reviews (
    customer_id uuid        not null,
    card_id     uuid        not null,
    review_id   uuid        not null,
    review_day  date        not null,
    summary     text        not null,
    gaps        text        not null,
    met         text[]      not null,
    missed      text[]      not null,
    author      text        not null,
    constraint card_reviews_pkey primary key (customer_id, card_id, review_id),
    constraint card_reviews_card foreign key (customer_id, card_id) references cards (customer_id, card_id) on delete cascade
);

-- Append only; of one subject, phase and year the latest counts, of one day the one recorded later.
create table evaluations (
    customer_id     uuid        not null references customers (customer_id) on delete cascade,
    evaluation_id   uuid        not null,
    kind            smallint    not null, -- see RelationshipKind
    person_id       uuid        not null default '00000000-0000-0000-0000-000000000000', -- of a key person
    department      text        not null default '', -- of an extensive relationship
    phase           smallint    not null,
    fiscal_year     integer     not null,
    evaluation_day  date        not null,
    scores          jsonb       not null, -- [{"criterion", "score", "evidence"}]
    computed_level  smallint    not null, -- see EvaluationLevel
    level           smallint    not null,
    level_reason    text        not null,
    ladder          smallint    not null default 0,
    ladder_evidence text        not null default '',
    author          text        not null,
    create_time     timestamptz not null,
    constraint evaluations_pkey primary key (customer_id, evaluation_id)
);
create index evaluations_subject on evaluations (customer_id, kind, person_id, lower(department), phase, evaluation_day);

-- +goose Down
drop table evaluations, card_reviews, cards;
