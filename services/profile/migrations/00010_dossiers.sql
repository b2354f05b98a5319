-- Dossiers, their outline, and insights.
--
-- The newest state of a section is kept beside its revisions, so that a dossier is one read. Revisions have ids of their own and only their order in time: when two
-- customers are merged, both may have a first revision of the same section, and neither is lost.

-- +goose Up
create table dossier_sections (
    customer_id uuid not null references customers (customer_id) on delete cascade,
    -- The code of the outline.
    code text not null,
    revision integer not null,
    body text not null,
    summary text not null,
    source text not null,
    author text not null,
    update_time timestamptz not null,
    constraint dossier_sections_pkey primary key (customer_id, code)
);

create table dossier_revisions (
    customer_id uuid not null references customers (customer_id) on delete cascade,
    revision_id uuid not null,
    code text not null,
    revision integer not null,
    body text not null,
    summary text not null,
    source text not null,
    author text not null,
    create_time timestamptz not null,
    constraint dossier_revisions_pkey primary key (customer_id, revision_id)
);
create index dossier_revisions_code on dossier_revisions (customer_id, code, create_time desc, revision_id desc);

-- The newest version is in force; see libs/settings.
create table dossier_outlines (
    version integer not null,
    body jsonb not null,
    author text not null,
    create_time timestamptz not null,
    constraint dossier_outlines_pkey primary key (version)
);

create table insights (
    customer_id uuid not null references customers (customer_id) on delete cascade,
    insight_id uuid not null,
    revision bigint not null,
    insight_date date not null,
    source_kind smallint not null,
    source text not null,
    reliability smallint not null,
    title text not null,
    body text not null,
    url text not null,
    sections text[] not null,
    tags text[] not null,
    author text not null,
    create_time timestamptz not null,
    update_time timestamptz not null,
    constraint insights_pkey primary key (customer_id, insight_id)
);
create index insights_date on insights (customer_id, insight_date desc, insight_id desc);

-- +goose Down
drop table insights, dossier_outlines, dossier_revisions, dossier_sections;
