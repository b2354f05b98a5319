-- What satisfaction is measured by, and how experts come to its weights.

-- +goose Up

-- A model's events are numbered here, and whoever changes one of its versions or rounds locks this row first.
create table index_model_heads (
    model_id uuid   not null,
    sequence bigint not null default 0,
    constraint index_model_heads_pkey primary key (model_id)
);

create table index_models (
    model_id       uuid        not null references index_model_heads (model_id),
    version        integer     not null,
    state          smallint    not null, -- 1 draft, 2 released: never changed again
    label_en       text        not null,
    label_zh       text        not null,
    description_en text        not null,
    description_zh text        not null,
    scales         jsonb       not null, -- [{"scale", "grades": [{"value", "en", "zh"}]}], of each scale that items have
    author         text        not null,
    releaser       text        not null default '',
    create_time    timestamptz not null,
    update_time    timestamptz not null,
    release_time   timestamptz,
    revision       bigint      not null default 1,
    constraint index_models_pkey primary key (model_id, version),
    constraint index_models_released check ((state = 2) = (release_time is not null))
);
create unique index index_models_draft on index_models (model_id) where state = 1;

create table index_items (
    model_id    uuid           not null,
    version     integer        not null,
    item_code   text           not null,
    parent_code text           not null, -- empty for level 1
    level       smallint       not null check (level between 1 and 3),
    position    integer        not null, -- in which order they are shown, from 0 on
    label_zh    text           not null,
    label_en    text           not null,
    weight      numeric(13, 6) not null check (weight > 0), -- among those with the same parent
    direction   smallint       not null, -- 1 the higher the better, 2 the lower the better
    scale       smallint       not null, -- 0 none (levels 1 and 2), 1 five grades, 2 seven grades, 3 0 to 10
    constraint index_items_pkey primary key (model_id, version, item_code),
    constraint index_items_model foreign key (model_id, version) references index_models (model_id, version) on delete cascade,
    constraint index_items_scale check ((level = 3) = (scale > 0))
);

create table delphi_rounds (
    model_id         uuid        not null references index_model_heads (model_id),
    round_id         uuid        not null,
    round            integer     not null, -- from 1 on, within the version
    model_version    integer     not null,
    state            smallint    not null, -- 1 open, 2 closed
    item_codes       text[]      not null,
    experts          integer     not null,
    opinions         jsonb       not null default '[]', -- what experts said together, once it is closed; [] when too few did
    ballots          jsonb       not null default '[]', -- the weights they gave, an array per expert in an order that tells nothing of who it was, to compute by again
    stable           boolean     not null default false,
    concordance      jsonb,
    settings_version integer     not null default 0,
    create_time      timestamptz not null,
    close_time       timestamptz,
    apply_time       timestamptz,
    apply_reason     text        not null default '',
    constraint delphi_rounds_pkey primary key (model_id, round_id),
    constraint delphi_rounds_round unique (model_id, model_version, round)
);
create unique index delphi_rounds_open on delphi_rounds (model_id) where state = 1;

-- Who is asked, and while the round is open what each said, to be changed by himself. When it is closed that goes: what is left cannot be traced to anybody.
create table delphi_ratings (
    model_id    uuid    not null,
    round_id    uuid    not null,
    expert      integer not null, -- from 0 on, in the order in which they were named
    subject     text    not null, -- of his token; empty: by link
    secret_hash bytea,            -- SHA-256 of the link's secret; null: by login, or void
    weights     jsonb,            -- {code: weight}; null: has not weighed, or it is over
    rated       boolean not null default false,
    constraint delphi_ratings_pkey primary key (model_id, round_id, expert),
    constraint delphi_ratings_round foreign key (model_id, round_id) references delphi_rounds (model_id, round_id) on delete cascade
);
create unique index delphi_ratings_secret on delphi_ratings (secret_hash);
create unique index delphi_ratings_subject on delphi_ratings (model_id, round_id, subject) where subject <> '';

-- The shipped model: the latent variables of the source [客户期望、质量感知、价值感知、满意度、抱怨、忠诚] and the image of the European index (ECSI), with dimensions and items for a company
-- that sells to other companies. All weigh alike until somebody decides otherwise.
insert into index_model_heads (model_id) values ('019a0000-0000-7000-8000-000000000001');
insert into index_models (model_id, version, state, label_en, label_zh, description_en, description_zh, scales, author, create_time, update_time, release_time)
values ('019a0000-0000-7000-8000-000000000001', 1, 2, 'Customer satisfaction of a business vendor', '企业级供应商客户满意度',
    'Image, expectation, perceived quality, perceived value, satisfaction, complaints and loyalty, after the European Customer Satisfaction Index.',
    '形象、期望、质量感知、价值感知、满意度、抱怨与忠诚度，参照欧洲客户满意度指数。',
    '[{"scale": 1, "grades": [{"value": 5, "en": "Very satisfied", "zh": "很满意"}, {"value": 4, "en": "Satisfied", "zh": "满意"}, {"value": 3, "en": "Neutral", "zh": "一般"},
        {"value": 2, "en": "Dissatisfied", "zh": "不满意"}, {"value": 1, "en": "Very dissatisfied", "zh": "极不满意"}]},
      {"scale": 3, "grades": [{"value": 10, "en": "Extremely likely", "zh": "非常可能"}, {"value": 0, "en": "Not at all likely", "zh": "完全不可能"}]}]',
    '', '2026-01-01Z', '2026-01-01Z', '2026-01-01Z');
insert into index_items (model_id, version, item_code, parent_code, level, position, label_zh, label_en, weight, direction, scale)
select '019a0000-0000-7000-8000-000000000001', 1, item_code, parent_code, level, position, label_zh, label_en, 1, direction, scale
from (values
    ('image', '', 1, 0, '企业形象', 'Image', 1, 0),
    ('reputation', 'image', 2, 1, '声誉', 'Reputation', 1, 0),
    ('image_trust', 'reputation', 3, 2, '是值得信赖的供应商', 'It is a vendor one can trust', 1, 1),
    ('image_stability', 'reputation', 3, 3, '经营稳健、基础扎实', 'It is established and stable', 1, 1),
    ('responsibility', 'image', 2, 4, '责任与创新', 'Responsibility and innovation', 1, 0),
    ('image_innovation', 'responsibility', 3, 5, '富有创新精神、着眼未来', 'It is innovative and looks ahead', 1, 1),
    ('image_responsibility', 'responsibility', 3, 6, '对行业和社会有贡献', 'It contributes to the industry and to society', 1, 1),
    ('expectation', '', 1, 7, '客户期望', 'Customer expectation', 1, 0),
    ('expectation_overall', 'expectation', 2, 8, '购买前的期望', 'Expectation before purchase', 1, 0),
    ('expectation_quality', 'expectation_overall', 3, 9, '购买前对总体质量的期望', 'Overall quality that was expected', 1, 1),
    ('expectation_needs', 'expectation_overall', 3, 10, '购买前对满足自身需求程度的期望', 'How well our needs were expected to be met', 1, 1),
    ('expectation_reliability', 'expectation_overall', 3, 11, '购买前对可靠性的期望', 'How reliable it was expected to be', 1, 1),
    ('quality', '', 1, 12, '质量感知', 'Perceived quality', 1, 0),
    ('product', 'quality', 2, 13, '产品', 'Product', 1, 0),
    ('product_performance', 'product', 3, 14, '产品的功能与性能', 'Function and performance of the products', 1, 1),
    ('product_reliability', 'product', 3, 15, '产品的可靠性', 'Reliability of the products', 1, 1),
    ('product_fit', 'product', 3, 16, '产品满足自身需求的程度', 'How well the products meet our needs', 1, 1),
    ('delivery', 'quality', 2, 17, '订单与交付', 'Order and delivery', 1, 0),
    ('delivery_time', 'delivery', 3, 18, '按承诺日期交付', 'Delivery on the day that was promised', 1, 1),
    ('delivery_complete', 'delivery', 3, 19, '交付齐全、无破损', 'Complete and undamaged delivery', 1, 1),
    ('delivery_documents', 'delivery', 3, 20, '单证（确认书、送货单、发票）准确', 'Correct papers (confirmation, delivery note, invoice)', 1, 1),
    ('service', 'quality', 2, 21, '服务与支持', 'Service and support', 1, 0),
    ('service_response', 'service', 3, 22, '对请求的响应速度', 'How fast requests are answered', 1, 1),
    ('service_competence', 'service', 3, 23, '技术支持的专业能力', 'Competence of technical support', 1, 1),
    ('service_solution', 'service', 3, 24, '问题解决的效果', 'How well problems are solved', 1, 1),
    ('contact', 'quality', 2, 25, '客户团队', 'Account team', 1, 0),
    ('contact_attitude', 'contact', 3, 26, '负责人员的投入与态度', 'Commitment of the people who look after us', 1, 1),
    ('contact_understanding', 'contact', 3, 27, '对我方业务的理解', 'How well they understand our business', 1, 1),
    ('contact_reach', 'contact', 3, 28, '联系的便捷程度', 'How easily they are reached', 1, 1),
    ('value', '', 1, 29, '价值感知', 'Perceived value', 1, 0),
    ('value_money', 'value', 2, 30, '性价比', 'Value for money', 1, 0),
    ('value_price', 'value_money', 3, 31, '在此质量下对价格的评价', 'Price, given the quality', 1, 1),
    ('value_quality', 'value_money', 3, 32, '在此价格下对质量的评价', 'Quality, given the price', 1, 1),
    ('value_total', 'value_money', 3, 33, '总体拥有成本', 'Total cost of ownership', 1, 1),
    ('satisfaction', '', 1, 34, '客户满意度', 'Customer satisfaction', 1, 0),
    ('satisfaction_overall', 'satisfaction', 2, 35, '总体满意度', 'Overall satisfaction', 1, 0),
    ('satisfaction_total', 'satisfaction_overall', 3, 36, '总体满意程度', 'Satisfaction all in all', 1, 1),
    ('satisfaction_expectation', 'satisfaction_overall', 3, 37, '与期望相比的满意程度', 'Compared with what was expected', 1, 1),
    ('satisfaction_ideal', 'satisfaction_overall', 3, 38, '与理想供应商相比的满意程度', 'Compared with an ideal vendor', 1, 1),
    ('complaint', '', 1, 39, '客户抱怨', 'Complaints', 1, 0),
    ('complaint_handling', 'complaint', 2, 40, '投诉处理', 'Handling of complaints', 1, 0),
    ('complaint_result', 'complaint_handling', 3, 41, '投诉得到（或预期得到）的处理结果', 'How complaints are settled, or would be', 1, 1),
    ('complaint_speed', 'complaint_handling', 3, 42, '投诉处理（或预期处理）的速度', 'How fast they are settled, or would be', 1, 1),
    ('complaint_cause', 'complaint', 2, 43, '抱怨的缘由', 'Cause for complaint', 1, 0),
    ('complaint_frequency', 'complaint_cause', 3, 44, '出现抱怨缘由的频繁程度', 'How often there was cause for complaint', 2, 1),
    ('loyalty', '', 1, 45, '客户忠诚度', 'Loyalty', 1, 0),
    ('repurchase', 'loyalty', 2, 46, '重复购买', 'Buying again', 1, 0),
    ('loyalty_again', 'repurchase', 3, 47, '会再次选择该供应商', 'We would choose this vendor again', 1, 1),
    ('loyalty_price', 'repurchase', 3, 48, '竞争对手价格略低时仍会留下', 'We would stay if a rival were somewhat cheaper', 1, 1),
    ('recommendation', 'loyalty', 2, 49, '推荐', 'Recommendation', 1, 0),
    ('loyalty_recommend', 'recommendation', 3, 50, '向他人推荐的可能性', 'How likely we are to recommend it to others', 1, 3)
) as i (item_code, parent_code, level, position, label_zh, label_en, direction, scale);

-- +goose Down
drop table delphi_ratings, delphi_rounds, index_items, index_models, index_model_heads;
