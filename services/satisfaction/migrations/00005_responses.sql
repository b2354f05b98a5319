-- What people answered, and what their open answers are about.

-- +goose Up

-- A response of an anonymous survey has no customer and no person, its times are days and its id is of a day, so that nothing links it to an invitation. While somebody is answering
-- by a link the response is found by "link", a hash that only who has the link can compute: what is kept of the link itself is another one.
create table responses (
    survey_id      uuid        not null references surveys (survey_id),
    response_id    uuid        not null,
    customer_id    uuid references customers (customer_id) on delete cascade, -- null in an anonymous survey
    person_id      uuid,
    person_gone    boolean     not null default false, -- profile has removed who answered: two such are not taken for one
    stratum        smallint    not null,
    channel        smallint    not null, -- 1 on-site, 2 telephone, 3 mail, 4 web, 5 interview, 6 third party
    state          smallint    not null, -- 1 started, 2 accepted, 3 void
    void_reason    smallint    not null default 0, -- 0 none, 1 incomplete, 2 duplicate, 3 straight-lined, 4 contradictory, 5 too fast, 6 by hand
    by_hand        boolean     not null default false, -- state was decided by hand: it is not judged again
    decision       text        not null default '', -- what was said then
    scores         smallint[]  not null, -- of the items of the questionnaire's version, in their order; null: not answered
    importances    smallint[],
    expectations   smallint[],
    recommendation smallint,
    answers        jsonb       not null, -- by question code
    announced      boolean     not null default false, -- that it was accepted has been told: it is told once
    segment        jsonb       not null, -- how the customer stood when the response was accepted
    counted        jsonb       not null default '{}', -- as what it is counted in quotas
    start_time     timestamptz not null,
    accept_time    timestamptz,
    seconds        integer,              -- null: not known
    interviewer    text        not null default '',
    source_system  text        not null default '',
    source_id      text        not null default '', -- empty: it has none
    link           bytea,                -- while it is started
    section        text        not null default '', -- of the questionnaire: where its reader is, while it is started
    revision       bigint      not null default 1,
    constraint responses_pkey primary key (survey_id, response_id),
    constraint responses_state check ((state = 1) = (accept_time is null) and (state = 3) = (void_reason > 0) and (state = 1 or link is null))
);
create unique index responses_link on responses (link);
create unique index responses_source on responses (survey_id, source_system, source_id) where source_id <> '';
create index responses_of_customer on responses (customer_id, survey_id);
create index responses_accepted on responses (survey_id, accept_time, response_id) where state > 1;

-- What an open question's answers can be about. It is the questionnaire's, so all waves share it.
create table answer_codes (
    questionnaire_id uuid     not null references questionnaire_heads (questionnaire_id),
    question         text     not null,
    code             text     not null,
    position         smallint not null, -- in the code book
    label_en         text     not null,
    label_zh         text     not null,
    constraint answer_codes_pkey primary key (questionnaire_id, question, code)
);

-- What the open answers of a response are about.
create table response_codes (
    survey_id        uuid        not null,
    response_id      uuid        not null,
    questionnaire_id uuid        not null,
    question         text        not null,
    code             text        not null,
    author           text        not null,
    create_time      timestamptz not null,
    constraint response_codes_pkey primary key (survey_id, response_id, question, code),
    constraint response_codes_response foreign key (survey_id, response_id) references responses (survey_id, response_id) on delete cascade,
    constraint response_codes_code foreign key (questionnaire_id, question, code) references answer_codes (questionnaire_id, question, code)
);
create index response_codes_code on response_codes (questionnaire_id, question, code);

-- +goose Down
drop table response_codes, answer_codes, responses;
