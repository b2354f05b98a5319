-- The tables every service has beside those of its domain. One file, as they came into being together.

-- +goose Up

-- Whether a row of this territory is visible to a caller with this scope; a null scope sees everything. A path covers itself and all
-- below it by whole segments: cn/south covers cn/south/shenzhen and not cn/southwest.
-- The outer function is a bare expression, so that the planner inlines it (a subquery would forbid that): rows outside the scope are
-- refused by the built-in prefix operator, and only those left pay for the exact test. Prefixes and not LIKE, because _ is a letter of
-- territories and a wildcard of LIKE.
-- +goose StatementBegin
create function guanxi_covers_segments(territory text, scope text[]) returns boolean
    language plpgsql immutable parallel safe as $$
declare
    path text;
begin
    foreach path in array scope loop
        if path <> '' and (territory = path or starts_with(territory, path || '/')) then
            return true;
        end if;
    end loop;
    return false;
end
$$;
-- +goose StatementEnd
create function guanxi_covers(territory text, scope text[]) returns boolean
    language sql immutable parallel safe as
    $$ select scope is null or (territory ^@ any (scope) and guanxi_covers_segments(territory, scope)) $$;

-- Events, written in the transaction that causes them. The relay publishes in the order of id. That this is the order of versions
-- within an aggregate rests on two things: the writer holds the aggregate's row lock, and the sequence hands out one number at a time
-- (a session that caches twenty inverts them).
create table outbox (
    id           bigint generated always as identity (cache 1) primary key,
    event_id     uuid        not null,
    aggregate_id uuid        not null,
    version      bigint      not null,
    subject      text        not null,
    resource     text        not null,
    data         text        not null, -- protobuf JSON, sent as it is: jsonb would parse it twice for nothing
    actor        text        not null,
    cause        text        not null,
    trace_parent text        not null,
    occur_time   timestamptz not null,
    published_at timestamptz, -- set by the broker's acknowledgement only
    constraint outbox_aggregate_version unique (aggregate_id, version)
) with (
    -- Every row is updated once, soon: vacuum by number of rows, not by a share of thirty days of them.
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000
);
create index outbox_unpublished on outbox (id) where published_at is null;
-- For purging and republishing by time. BRIN, as rows come in the order of time and a B-tree would cost every write.
create index outbox_occur_time on outbox using brin (occur_time);

-- What each consumer has handled: the row and the effect commit together, so a redelivery has no second effect.
create table inbox (
    consumer     text        not null,
    event_id     uuid        not null,
    aggregate_id uuid        not null,
    version      bigint      not null,
    handle_time  timestamptz not null,
    primary key (consumer, event_id)
);
create index inbox_handle_time on inbox using brin (handle_time);

-- The last version of each aggregate that a consumer is done with. Older ones are dropped, later ones wait for their predecessor.
create table inbox_versions (
    consumer     text   not null,
    aggregate_id uuid   not null,
    version      bigint not null,
    primary key (consumer, aggregate_id)
) with (fillfactor = 80); -- room for updates in place

-- Events that wait: for a predecessor that has not come yet, or for another attempt after a failure.
create table parked (
    consumer     text        not null,
    event_id     uuid        not null,
    aggregate_id uuid        not null,
    version      bigint      not null,
    subject      text        not null,
    resource     text        not null,
    data         text        not null,
    actor        text        not null,
    cause        text        not null,
    trace_parent text        not null,
    occur_time   timestamptz not null,
    stream_seq   bigint      not null, -- once the consumer has acknowledged all up to here, no predecessor can come any more
    attempts     int         not null, -- failed ones; 0 = waiting for its predecessor only
    reason       text        not null, -- of the last failure
    retry_time   timestamptz not null,
    replayed     boolean     not null, -- put back from the dead letters: its turn in the order of versions has passed
    primary key (consumer, event_id)
);
create index parked_order on parked (consumer, aggregate_id, version);
create index parked_retry on parked (consumer, retry_time);

-- Events given up, kept until somebody replays or purges them.
create table dead_letters (
    id           bigint generated always as identity primary key,
    consumer     text        not null,
    event_id     uuid        not null,
    aggregate_id uuid        not null,
    version      bigint      not null,
    subject      text        not null,
    resource     text        not null,
    data         text        not null,
    actor        text        not null,
    cause        text        not null,
    trace_parent text        not null,
    occur_time   timestamptz not null,
    attempts     int         not null,
    reason       text        not null,
    dead_time    timestamptz not null,
    constraint dead_letters_event unique (consumer, event_id)
);

-- Answers of calls that carried a request_id, written in the transaction of the effect: a repeated call gets the first answer.
create table requests (
    caller      text        not null,
    request_id  text        not null,
    method      text        not null,
    hash        bytea       not null, -- of the request: the same id with another body is refused
    answer      bytea,                -- null while the first call runs
    create_time timestamptz not null,
    primary key (caller, request_id)
);
create index requests_create_time on requests using brin (create_time);

-- Who changed which fields of what, when, from what to what. Append only.
create table changes (
    aggregate_id uuid        not null,
    version      bigint      not null,
    resource     text        not null,
    action       smallint    not null,
    actor        text        not null,
    cause        text        not null,
    change_time  timestamptz not null,
    level        smallint    not null, -- what it takes to see that the change happened; each field has its own
    fields       jsonb       not null,
    primary key (aggregate_id, version)
);

-- How far each scheduled job has got. The row is locked while the job runs, so that one instance of many runs it.
create table schedules (
    job        text        primary key,
    done_until timestamptz not null, -- every due time up to here is done
    attempts   int         not null, -- failed ones of the due time after it
    error      text        not null,
    retry_time timestamptz not null
);

-- The due times that were run. The row commits together with the job's effect.
create table schedule_runs (
    job         text        not null,
    due_time    timestamptz not null,
    runs        int         not null, -- more than one after a replay
    finish_time timestamptz not null,
    primary key (job, due_time)
);

-- +goose Down
drop table schedule_runs, schedules, changes, requests, dead_letters, parked, inbox_versions, inbox, outbox;
drop function guanxi_covers(text, text[]);
drop function guanxi_covers_segments(text, text[]);
