-- Where each customer stands, how it came there, and the borders between the classes.

-- +goose Up

-- The current standing in all respects, one row for each customer, read by lists, segments, what-ifs and the lookup of entitlements. The columns of the grade are
-- written by package grade, all others by package standing. Null or 0: not judged yet.
create table standings (
    customer_id  uuid           not null references customers (customer_id) on delete cascade,
    value        numeric(28, 9) not null default 0, -- of the last 12 months, on the basis of the ranking
    contribution numeric(28, 9) not null default 0, -- value by month of cooperation, at most 12
    class        smallint       not null default 0,
    abc          smallint       not null default 0,
    tier         smallint       not null default 0,
    inner_level  smallint       not null default 0,
    stage        smallint       not null default 0,
    role         smallint       not null default 0,
    engagement   smallint       not null default 0, -- what the company does about it: acquire ... win back
    class_day    date,                              -- since when
    tier_day     date,
    stage_day    date,
    grade        smallint       not null default 0, -- 4 S, 3 A, 2 B, 1 C
    score        numeric(9, 4),
    provisional  boolean        not null default false,
    grade_day    date,
    at_risk      boolean        not null default false, -- written by package churn
    constraint standings_pkey primary key (customer_id)
);
create index standings_class on standings (class, customer_id);
create index standings_tier on standings (tier, customer_id);
create index standings_value on standings (value desc, customer_id);

-- Each change of class, tier or lifecycle, with the fact that caused it. Append only.
create table standing_moves (
    customer_id uuid        not null references customers (customer_id) on delete cascade,
    move_id     uuid        not null,
    dimension   smallint    not null, -- 1 class, 2 ABC, 3 tier, 4 inner level, 5 stage, 6 role, 7 engagement
    from_value  text        not null, -- as the API names it; empty: none before
    to_value    text        not null,
    move_day    date        not null, -- the business day it holds from
    record_time timestamptz not null, -- when we came to know
    cause       text        not null,
    reference   text        not null,
    value       numeric(28, 9) not null, -- the figure behind it: value for the class, contribution for the tier, days of silence for the lifecycle
    constraint standing_moves_pkey primary key (customer_id, move_id)
);

-- The borders that the last ranking of all customers drew. Between rankings a customer's class is where its value falls between them.
create table rankings (
    ranking_id     bigint generated always as identity,
    ranking_day    date           not null,
    record_time    timestamptz    not null,
    basis          smallint       not null, -- 1 gross profit, 2 sales
    customer_count bigint         not null, -- with an order
    total_value    numeric(28, 9) not null,
    borders        jsonb          not null, -- by name the value and id of the last customer above the border
    constraint rankings_pkey primary key (ranking_id)
);

-- +goose Down
drop table rankings, standing_moves, standings;
