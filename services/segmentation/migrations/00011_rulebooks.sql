-- Which rules have changed: the fingerprint in measures.judged_by is of all rules together, this tells of which parts. One row for each change of any rule.

-- +goose Up
create table rulebooks (
    fingerprint bigint   not null,
    parts       bigint[] not null, -- the fingerprints of the parts' own rules, in the order in which parts judge
    constraint rulebooks_pkey primary key (fingerprint)
);

-- +goose Down
drop table rulebooks;
