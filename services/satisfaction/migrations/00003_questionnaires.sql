-- What people are asked, and whether the questions hold together.

-- +goose Up

-- A questionnaire's events are numbered here, and whoever changes one of its versions locks this row first.
create table questionnaire_heads (
    questionnaire_id uuid   not null,
    sequence         bigint not null default 0,
    constraint questionnaire_heads_pkey primary key (questionnaire_id)
);

create table questionnaires (
    questionnaire_id uuid        not null references questionnaire_heads (questionnaire_id),
    version          integer     not null,
    state            smallint    not null, -- 1 draft, 2 pretested: a draft whose latest pretest passed, and that is the same since; 3 released: never changed again
    label_en         text        not null,
    label_zh         text        not null,
    model_id         uuid,                 -- null: freely written
    model_version    integer     not null default 0,
    body             jsonb       not null, -- introduction, instructions, sections with their questions and conditions, all in both languages
    author           text        not null,
    releaser         text        not null default '',
    overrule_reason  text        not null default '', -- why it was released without a passed pretest
    create_time      timestamptz not null,
    update_time      timestamptz not null,
    release_time     timestamptz,
    revision         bigint      not null default 1,
    constraint questionnaires_pkey primary key (questionnaire_id, version),
    constraint questionnaires_model foreign key (model_id, model_version) references index_models (model_id, version),
    constraint questionnaires_released check ((state = 3) = (release_time is not null))
);
create unique index questionnaires_draft on questionnaires (questionnaire_id) where state < 3;

-- The figures of pretests. The answers that they are computed from are not kept: they are of people who were asked to try the questions, and not to be measured.
create table pretests (
    questionnaire_id uuid        not null,
    pretest_id       uuid        not null,
    version          integer     not null,
    revision         bigint      not null, -- of the draft that was tried
    respondents      integer     not null,
    passed           boolean     not null,
    figures          jsonb       not null,
    settings_version integer     not null,
    author           text        not null,
    create_time      timestamptz not null,
    constraint pretests_pkey primary key (questionnaire_id, pretest_id),
    constraint pretests_questionnaire foreign key (questionnaire_id, version) references questionnaires (questionnaire_id, version)
);

-- +goose Down
drop table pretests, questionnaires, questionnaire_heads;
