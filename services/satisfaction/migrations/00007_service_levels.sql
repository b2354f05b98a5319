-- What service levels are to be. What they are is counted from orders and order_lines.

-- +goose Up

-- A target of the whole company. Its own events are numbered here, and whoever changes it or judges a month locks this row.
create table service_level_targets (
    target_id    uuid        not null,
    sequence     bigint      not null default 0,
    label_en     text        not null,
    label_zh     text        not null,
    indicator    smallint    not null, -- the numbers are those of the API
    part         smallint    not null, -- of the order cycle; 0: the indicator is no time
    comparison   smallint    not null, -- these three are what being on time means; 0: the indicator does not look at it
    due          smallint    not null,
    done         smallint    not null,
    product_line text        not null, -- empty: all
    class        smallint    not null, -- -1: all; 0: not judged
    last_month   date,                 -- null: no end
    judged_month date,                 -- the last one that was judged; null: none
    author       text        not null,
    create_time  timestamptz not null,
    update_time  timestamptz not null,
    revision     bigint      not null default 1,
    constraint service_level_targets_pkey primary key (target_id),
    -- Of two for the same, one could be met and the other missed.
    constraint service_level_targets_one unique (indicator, part, comparison, due, done, product_line, class)
);

-- A value holds from its month on until the next one's. Those of months past are never changed: what was compared with them stays so.
create table service_level_target_values (
    target_id   uuid           not null references service_level_targets (target_id) on delete cascade,
    first_month date           not null,
    value       numeric(10, 6) not null check (value >= 0),
    author      text           not null,
    create_time timestamptz    not null,
    constraint service_level_target_values_pkey primary key (target_id, first_month)
);

-- +goose Down
drop table service_level_target_values, service_level_targets;
