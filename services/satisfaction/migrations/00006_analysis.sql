-- What was made public of surveys, and what is done about it.

-- +goose Up

-- The analysis of a survey as it was published: answers that are voided or let count afterwards do not change it.
create table publications (
    survey_id    uuid        not null references surveys (survey_id),
    analysis     jsonb       not null, -- the message of the API
    publisher    text        not null,
    publish_time timestamptz not null,
    constraint publications_pkey primary key (survey_id)
);

-- What a published survey says of each customer who answered. Announced a batch at a time: an event for each in the transaction that publishes would lock all of them.
create table customer_scores (
    survey_id   uuid          not null references publications (survey_id),
    customer_id uuid          not null references customers (customer_id) on delete cascade,
    score       numeric(9, 6) not null, -- 0 to 100
    responses   integer       not null,
    announced   boolean       not null default false,
    constraint customer_scores_pkey primary key (survey_id, customer_id)
);
create index customer_scores_waiting on customer_scores (survey_id, customer_id) where not announced;
create index customer_scores_of_customer on customer_scores (customer_id);

-- An improvement's events are numbered by its own row.
create table improvements (
    improvement_id     uuid        not null,
    sequence           bigint      not null default 0,
    survey_id          uuid        not null references surveys (survey_id),
    item_code          text        not null,
    label_en           text        not null,
    label_zh           text        not null,
    owner              text        not null,
    due_date           date,                          -- null: nobody has said
    measures           text        not null,
    state              smallint    not null,          -- 1 proposed, 2 open, 3 done, 4 dropped, 5 verified
    score              double precision,              -- when it was recorded; null: withheld
    verdict            smallint    not null default 0, -- 1 improved, 2 not shown, 3 worse
    verified_survey_id uuid references surveys (survey_id),
    change             jsonb,                         -- what the next wave shows, as the message of the API
    verify_time        timestamptz,
    due_time           timestamptz,                   -- when its day was announced; null: it was not
    author             text        not null,
    create_time        timestamptz not null,
    update_time        timestamptz not null,
    revision           bigint      not null default 1,
    constraint improvements_pkey primary key (improvement_id),
    constraint improvements_verified check ((state = 5) = (verdict > 0) and (state = 5) = (verify_time is not null)),
    constraint improvements_due check (due_date is not null or state in (1, 4))
);
create index improvements_of_survey on improvements (survey_id);
create index improvements_waiting on improvements (due_date) where due_time is null and state in (1, 2);

-- +goose Down
drop table improvements, customer_scores, publications;
