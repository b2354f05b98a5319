-- The forms by which the public complains and suggests, and what was filled in. Neither is of a customer: whose voice it is is found out later.

-- +goose Up

create table voice_forms (
    form_id         uuid        not null,
    slug            text        not null,
    title_en        text        not null,
    title_zh        text        not null,
    intro_en        text        not null,
    intro_zh        text        not null,
    kinds           integer[]   not null, -- see VoiceKind, in the order in which they are offered
    product_lines   text[]      not null,
    territory       text        not null,
    minimum_seconds integer     not null, -- of the guard; 0: the shipped one
    valid_hours     integer     not null,
    most_links      integer     not null,
    per_minute      integer     not null,
    active          boolean     not null,
    author          text        not null,
    create_time     timestamptz not null,
    update_time     timestamptz not null,
    revision        bigint      not null,
    sequence        bigint      not null default 0, -- the number of its last event
    constraint voice_forms_pkey primary key (form_id),
    constraint voice_forms_slug unique (slug)
);

-- How much a form has taken, apart from it: it is written for each submission. The generic cell rate algorithm: full_time is when the next submission would be due if they came
-- evenly, and may lie a minute ahead.
create table form_limits (
    form_id   uuid        not null references voice_forms (form_id) on delete cascade,
    full_time timestamptz not null,
    constraint form_limits_pkey primary key (form_id)
);

create table form_submissions (
    form_id        uuid        not null references voice_forms (form_id) on delete cascade,
    submission_id  uuid        not null,
    reference      text        not null, -- what the sender is told: 60 bits of chance
    nonce          bytea       not null, -- of the page that it was sent by: each is good for one
    digest         bytea       not null, -- of all that was said, to know the same when it comes again
    state          smallint    not null, -- 1 suspect, 2 taken in, 3 discarded
    suspicions     integer[]   not null,
    language       text        not null,
    kind           smallint    not null,
    sender         text        not null,
    company        text        not null,
    contact        text        not null, -- not kept of who does not want to be answered
    answer_wanted  boolean     not null,
    product_line   text        not null,
    order_number   text        not null,
    body           text        not null,
    repeat_count   integer     not null default 0,
    voice_id       uuid,
    decider        text        not null default '',
    decide_time    timestamptz,
    discard_reason text        not null default '',
    create_time    timestamptz not null,
    sequence       bigint      not null default 0,
    constraint form_submissions_pkey primary key (submission_id),
    constraint form_submissions_reference unique (reference),
    constraint form_submissions_nonce unique (form_id, nonce)
);
create index form_submissions_same on form_submissions (form_id, digest, create_time);
create index form_submissions_latest on form_submissions (create_time desc, submission_id);
create index form_submissions_settled on form_submissions (coalesce(decide_time, create_time)) where state > 1; -- those to be forgotten

-- +goose Down
drop table form_submissions, form_limits, voice_forms;
