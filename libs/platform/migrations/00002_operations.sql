-- Long-running work that somebody asked for: see libs/operation.

-- +goose Up

create table operations (
    operation_id uuid        primary key,
    kind         text        not null,
    request      jsonb       not null, -- what was asked
    state        smallint    not null, -- guanxi.type.v1.Operation.State
    cursor       text        not null, -- where the next step goes on, in the kind's own words
    step_count   bigint      not null, -- steps committed; tells a failure that comes late from one of the step at hand
    done_count   bigint      not null,
    total_count  bigint      not null,
    result       jsonb,                -- set when it succeeded
    error_reason text        not null,
    error_en     text        not null,
    error_zh     text        not null,
    -- Who asked, and what he might see then: the steps see the same.
    actor        text        not null,
    level        smallint    not null,
    territories  text[]      not null,
    create_time  timestamptz not null,
    start_time   timestamptz,
    finish_time  timestamptz,
    attempts     int         not null, -- failed ones of the step at hand
    retry_time   timestamptz not null
);
-- The queue of each kind: the one that is running goes first, then the oldest. Finished ones are not in it, so it stays as small as the queue.
create index operations_queue on operations (kind, state desc, create_time, operation_id) where state in (1, 2);
create index operations_kind on operations (kind, create_time desc, operation_id desc);

-- +goose Down
drop table operations;
