-- Segments: named sets of customers by rule. Rules are translated into SQL by package rule; the functions here are those that such SQL calls.

-- +goose Up

create table segments (
    segment_id     uuid        not null,
    sequence       bigint      not null, -- numbers its events
    revision       bigint      not null,
    label_en       text        not null,
    label_zh       text        not null,
    description_en text        not null,
    description_zh text        not null,
    rule           text        not null,
    level          smallint    not null, -- the highest of what the rule names
    state          smallint    not null, -- 1 active, 2 paused
    round          bigint      not null, -- counts the times that members are to be gathered; who works on an older one stops
    refresh_time   timestamptz,          -- when the gathering of this round was done; null: not yet
    author         text        not null,
    create_time    timestamptz not null,
    update_time    timestamptz not null,
    constraint segments_pkey primary key (segment_id)
);
create index segments_active on segments (segment_id) where state = 1;

-- Who belongs to what. Written by whoever holds the customer's row, and so never by two at once.
create table segment_members (
    customer_id uuid        not null references customers (customer_id) on delete cascade,
    segment_id  uuid        not null references segments (segment_id) on delete cascade,
    since_time  timestamptz not null,
    constraint segment_members_pkey primary key (customer_id, segment_id)
);
create index segment_members_segment on segment_members (segment_id, customer_id);

-- An attribute of the company's own. Those above BASIC are not for rules: what level a rule would need is known for each value only, and not before it is read.
create function segment_value(attributes jsonb, id text) returns jsonb language sql immutable parallel safe
    return case when coalesce(attributes -> id ->> 'level', 'BASIC') in ('BASIC', 'LEVEL_UNSPECIFIED') then attributes -> id end;

-- The value as what the rule takes it for, or null. None of these may fail: one odd value would stop the assessment of everybody.
create function segment_text(value jsonb) returns text language sql immutable parallel safe
    return coalesce(value ->> 'text', value ->> 'choice');
create function segment_truth(value jsonb) returns boolean language sql immutable parallel safe
    return case value ->> 'boolean' when 'true' then true when 'false' then false end;
create function segment_number(value jsonb) returns numeric language sql immutable parallel safe
    return case when value ->> 'number' ~ '^-?[0-9]{1,30}([.][0-9]{1,30})?$' then cast(value ->> 'number' as numeric) end;
create function segment_instant(value jsonb) returns numeric language sql immutable parallel safe
    return case when value #>> '{date,year}' ~ '^[1-9][0-9]{0,3}$' and value #>> '{date,month}' ~ '^([1-9]|1[0-2])$' and value #>> '{date,day}' ~ '^([1-9]|[12][0-9]|3[01])$'
        then extract(epoch from make_date(cast(value #>> '{date,year}' as integer), cast(value #>> '{date,month}' as integer), 1)
            + cast(value #>> '{date,day}' as integer) - 1) end;

-- The questions of the sources.
insert into segments (segment_id, sequence, revision, label_en, label_zh, description_en, description_zh, rule, level, state, round, author, create_time, update_time)
select cast(id as uuid), 0, 1, label_en, label_zh, description_en, description_zh, rule, level, 1, 1, '', now(), now()
from (values
    ('019a0000-0006-7000-8000-000000000001', 'Gold customers', '黄金客户',
     'The most valuable by rank, and well graded: lose none of them.', '价值排名靠前且级别高的客户：一个也不能失去。',
     'class in ["CORE", "IMPORTANT"] && grade in ["S", "A"]', 1),
    ('019a0000-0006-7000-8000-000000000002', 'Cost more than they bring', '成本高于收益的客户',
     'Their net profit of the last 12 months is negative.', '近 12 个月净利为负的客户。',
     'net_profit < 0.0', 3),
    ('019a0000-0006-7000-8000-000000000003', 'Wanted this year', '今年最想建立业务关系的客户',
     'Of high grade and not yet, or no longer, buying steadily: to be won this year.', '级别高但尚未（或不再）稳定订货的客户：今年要争取。',
     'grade in ["S", "A"] && role in ["PROSPECT", "RESPONDER", "NEW", "FORMER"]', 1),
    ('019a0000-0006-7000-8000-000000000004', 'Large, but complaining repeatedly', '多次抱怨的大宗客户',
     'Of the upper classes or tiers, with at least two complaints within a year.', '分类或阶层靠前、一年内投诉两次及以上的客户。',
     '(class in ["CORE", "IMPORTANT"] || tier in ["VIP", "PROJECT"]) && complaints(365) >= 2', 1),
    ('019a0000-0006-7000-8000-000000000005', 'Large last year, ordering less', '去年的大客户今年订货减少',
     'Sales of at least 1,000,000 in the last fiscal year, and the last 12 months more than a fifth below it.', '上财年销售额达 100 万，近 12 个月比其减少五分之一以上的客户。',
     'last_year_sales >= 1000000 && sales < last_year_sales * 0.8', 1),
    ('019a0000-0006-7000-8000-000000000006', 'One or two product lines from us, the rest elsewhere', '只订一两种产品、其余从别处订购的客户',
     'Buys one or two product lines from us, and we have less than half of its supply.', '只向我方订购一两种产品、我方占有率不足一半的客户。',
     'product_lines >= 1 && product_lines <= 2 && supply_share < 0.5', 1)
) as shipped (id, label_en, label_zh, description_en, description_zh, rule, level);

-- Where there are customers already, they are gathered into them like into any new segment.
insert into operations (operation_id, kind, request, state, cursor, step_count, done_count, total_count, error_reason, error_en, error_zh,
    actor, level, territories, create_time, attempts, retry_time)
select gen_random_uuid(), 'segment-refresh', jsonb_build_object('segment', segment_id, 'round', round), 1, '', 0, 0, 0, '', '', '', 'guanxi', 3, '{*}', now(), 0, now()
from segments;

-- +goose Down
drop table segment_members, segments;
drop function segment_value, segment_text, segment_truth, segment_number, segment_instant;
