-- Who is asked, by which sample, and how many of whom are wanted.

-- +goose Up

-- A survey's events are numbered by its own row, which is locked before quotas, customers and all else.
create table surveys (
    survey_id             uuid           not null,
    sequence              bigint         not null default 0,
    label_en              text           not null,
    label_zh              text           not null,
    purpose               text           not null,
    questionnaire_id      uuid           not null,
    questionnaire_version integer        not null,
    previous_id           uuid references surveys (survey_id), -- the survey that this one is the next wave of
    wave                  text           not null,             -- what the wave is called; '' none
    territory             text           not null,             -- whose it is; '' of the whole company
    population            jsonb          not null,             -- relations, roles, classes, tiers
    plan                  jsonb          not null,             -- confidence, error, proportion, what strata are made of, allocation, expected deviations and costs
    seed                  text           not null,
    start_time            timestamptz,
    end_time              timestamptz,
    cost                  numeric(20, 4),                      -- null: not said
    currency              text           not null,
    minimum_group         integer        not null,             -- how few answers are told of
    anonymous             boolean        not null,
    state                 smallint       not null,             -- 1 draft, 2 open, 3 closed, 4 opening: the sample is being drawn
    operation_id          uuid,                                -- that draws, or drew, the sample
    population_size       bigint         not null default 0,
    sample_size           bigint         not null default 0,
    census                boolean        not null default false,
    author                text           not null,
    create_time           timestamptz    not null,
    update_time           timestamptz    not null,
    open_time             timestamptz,
    close_time            timestamptz,
    revision              bigint         not null default 1,
    constraint surveys_pkey primary key (survey_id),
    constraint surveys_questionnaire foreign key (questionnaire_id, questionnaire_version) references questionnaires (questionnaire_id, version),
    constraint surveys_cost check ((cost is null) = (currency = ''))
);

create table survey_strata (
    survey_id uuid            not null references surveys (survey_id) on delete cascade,
    stratum   smallint        not null, -- from 1 on
    label     text            not null, -- "class=1,tier=2,territory=cn/south", in that order, of what strata are made of; 'all' when of nothing
    size      bigint          not null, -- how many customers are in it
    planned   bigint          not null, -- how many of them are asked
    weight    numeric(20, 12) not null, -- its part of the population, by which means are put together
    constraint survey_strata_pkey primary key (survey_id, stratum)
);

-- Who is drawn, while invitations are made of them: so that what is made in several steps is drawn at one moment.
create table survey_frame (
    survey_id   uuid     not null references surveys (survey_id) on delete cascade,
    stratum     smallint not null,
    position    bigint   not null, -- from 1 on, by the hash of seed and customer
    customer_id uuid     not null,
    constraint survey_frame_pkey primary key (survey_id, stratum, position)
);

-- filled is raised with the row locked; that it never gets above target the database sees to as well.
create table quotas (
    survey_id uuid     not null references surveys (survey_id) on delete cascade,
    quota     smallint not null, -- from 1 on
    label_en  text     not null,
    label_zh  text     not null,
    condition jsonb    not null,
    target    integer  not null,
    filled    integer  not null default 0,
    constraint quotas_pkey primary key (survey_id, quota),
    constraint quotas_filled check (filled between 0 and target)
);

create table invitations (
    survey_id     uuid        not null references surveys (survey_id),
    invitation_id uuid        not null,
    customer_id   uuid        not null references customers (customer_id) on delete cascade,
    person_id     uuid,
    stratum       smallint    not null,
    state         smallint    not null, -- 1 issued, 2 opened, 3 answered, 5 revoked, 6 drawn: it has no link yet. That it is expired (4) follows from its survey.
    secret_hash   bytea,                -- SHA-256 of the link's secret; null while there is no link
    cleared       boolean     not null default false, -- planning's gate lets it be issued, or reminded of, until ask_time
    refusal       text        not null default '',    -- the rule by which the gate refused last
    ask_time      timestamptz,          -- when the gate is asked next; null: there is nothing to ask for
    reminders     smallint    not null default 0,
    create_time   timestamptz not null,
    issue_time    timestamptz,
    remind_time   timestamptz,          -- of the last reminder
    answer_time   timestamptz,
    constraint invitations_pkey primary key (survey_id, invitation_id),
    constraint invitations_customer unique (survey_id, customer_id)
);
create unique index invitations_secret on invitations (secret_hash);
create index invitations_of_customer on invitations (customer_id, issue_time);
create index invitations_ask on invitations (survey_id, ask_time) where state = 6;
create index invitations_remind on invitations (survey_id, ask_time) where state < 4 and ask_time is not null;
create index invitations_cleared on invitations (survey_id, invitation_id) where cleared and state = 6;

-- +goose Down
drop table invitations, quotas, survey_frame, survey_strata, surveys;
