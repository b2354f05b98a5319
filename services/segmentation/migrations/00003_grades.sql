-- Grades: the models that customers are graded by, what people judge and decide, and what came of it.

-- +goose Up

-- A model without an effective day is a draft. The body is the message of the API as JSON; once published it never changes, so that a row of assessments can hold
-- figures by position and have their meaning here. The sequence numbers the events of the model.
create table grading_models (
    model_id      uuid        not null,
    revision      bigint      not null,
    sequence      bigint      not null,
    body          jsonb       not null,
    effective_day date,
    publish_time  timestamptz,
    author        text        not null,
    create_time   timestamptz not null,
    update_time   timestamptz not null,
    constraint grading_models_pkey primary key (model_id),
    constraint grading_models_published check ((effective_day is null) = (publish_time is null))
);
create index grading_models_effective on grading_models (effective_day desc, publish_time desc, model_id desc);

-- A judgement counts from judge_day until the day before expire_day. Nothing of it changes but that it is withdrawn.
create table judgements (
    customer_id     uuid        not null references customers (customer_id) on delete cascade,
    judgement_id    uuid        not null,
    factor          text        not null, -- id of a factor, whatever the model
    level           smallint    not null,
    evidence        text        not null,
    judge_day       date        not null,
    expire_day      date        not null,
    author          text        not null,
    create_time     timestamptz not null,
    withdraw_time   timestamptz,
    withdraw_author text        not null default '',
    constraint judgements_pkey primary key (customer_id, judgement_id)
);

-- Grades set by people. The latest one takes the place of those before, also when it has expired or was cleared.
create table grade_overrides (
    customer_id  uuid        not null references customers (customer_id) on delete cascade,
    override_id  uuid        not null,
    grade        smallint    not null, -- as in standings
    reason       text        not null,
    set_day      date        not null,
    expire_day   date        not null, -- the day on which it no longer holds
    author       text        not null,
    create_time  timestamptz not null,
    clear_day    date,
    clear_time   timestamptz,
    clear_author text        not null default '',
    constraint grade_overrides_pkey primary key (customer_id, override_id)
);

-- Each change of a grade, its score, a factor's level or evidence, the override or the model. Append only and in two times: valid_day is the business day from which it
-- holds, until the next one; record_time is when we came to know. A run for a past day writes rows whose valid_day lies before those already there.
-- The arrays have one entry for each factor, in the order of the model.
create table assessments (
    customer_id   uuid           not null references customers (customer_id) on delete cascade,
    assessment_id uuid           not null,
    model_id      uuid           not null references grading_models (model_id),
    valid_day     date           not null,
    record_time   timestamptz    not null,
    grade         smallint       not null, -- as in standings; 0: nothing is known any more
    calculated    smallint       not null, -- by the score alone
    points        numeric        not null, -- sum of weight x points of the known factors, exact
    weight        numeric        not null, -- of the known factors; score = points / weight
    provisional   boolean        not null,
    override_id   uuid,
    measured      numeric[]      not null, -- as measured; null: judged, or not known
    levels        smallint[]     not null, -- 0: not known
    sources       smallint[]     not null, -- 0 not known, 1 orders and payments, 2 signal, 3 judgement
    evidence      uuid[]         not null, -- the signal or judgement
    days          date[]         not null, -- of the signal or judgement
    cause         text           not null,
    reference     text           not null,
    constraint assessments_pkey primary key (customer_id, assessment_id)
);
create index assessments_valid on assessments (customer_id, valid_day desc, record_time desc, assessment_id desc);

-- The model of the sources: thirteen factors of four levels, all of equal weight. The bands of credit (mean days late), loyalty (of the last four quarters those with an
-- order), supply share and relationship (level of the signal) are ours: the sources describe these levels in words only.
-- +goose StatementBegin
insert into grading_models (model_id, revision, sequence, body, effective_day, publish_time, author, create_time, update_time)
values ('019b7620-0000-7000-8000-000000000013', 1, 0, $body${
"labelEn": "Thirteen factors", "labelZh": "十三因素分级模型",
"levelPoints": ["25", "50", "75", "100"], "borders": {"s": "85", "a": "70", "b": "50"}, "provisionalBelow": "0.6",
"factors": [
    {"id": "last_year_profit", "labelEn": "Profit last year", "labelZh": "上年度给公司创造的利润", "kind": "MEASURED", "measure": "LAST_YEAR_GROSS_PROFIT", "weight": "1", "levels": [
        {"level": 4, "edge": "300000", "descriptionEn": "at least 300,000", "descriptionZh": "30 万以上"},
        {"level": 3, "edge": "100000", "descriptionEn": "100,000 to 300,000", "descriptionZh": "10 至 30 万"},
        {"level": 2, "edge": "30000", "descriptionEn": "30,000 to 100,000", "descriptionZh": "3 至 10 万"},
        {"level": 1, "descriptionEn": "below 30,000", "descriptionZh": "3 万以下"}]},
    {"id": "last_year_sales", "labelEn": "Sales last year", "labelZh": "上年度销售额", "kind": "MEASURED", "measure": "LAST_YEAR_SALES", "weight": "1", "levels": [
        {"level": 4, "edge": "1000000", "descriptionEn": "at least 1,000,000", "descriptionZh": "100 万以上"},
        {"level": 3, "edge": "500000", "descriptionEn": "500,000 to 1,000,000", "descriptionZh": "50 至 100 万"},
        {"level": 2, "edge": "50000", "descriptionEn": "50,000 to 500,000", "descriptionZh": "5 至 50 万"},
        {"level": 1, "descriptionEn": "below 50,000", "descriptionZh": "5 万以下"}]},
    {"id": "expected_sales", "labelEn": "Expected sales this year", "labelZh": "本年度预计销售额", "kind": "EITHER", "measure": "SALES_12M", "weight": "1", "levels": [
        {"level": 4, "edge": "1000000", "descriptionEn": "at least 1,000,000", "descriptionZh": "100 万以上"},
        {"level": 3, "edge": "500000", "descriptionEn": "500,000 to 1,000,000", "descriptionZh": "50 至 100 万"},
        {"level": 2, "edge": "50000", "descriptionEn": "50,000 to 500,000", "descriptionZh": "5 至 50 万"},
        {"level": 1, "descriptionEn": "below 50,000", "descriptionZh": "5 万以下"}]},
    {"id": "credit_record", "labelEn": "Credit record", "labelZh": "信用记录", "kind": "MEASURED", "measure": "PAYMENT_LATE_DAYS", "lowerIsBetter": true, "weight": "1", "levels": [
        {"level": 4, "edge": "3", "descriptionEn": "pays as agreed", "descriptionZh": "很好,按合同或约定付款"},
        {"level": 3, "edge": "30", "descriptionEn": "always late, but collectable", "descriptionZh": "一般,总是拖延,但可以收回"},
        {"level": 2, "edge": "90", "descriptionEn": "collecting takes much effort", "descriptionZh": "较差,需要花大量精力收款"},
        {"level": 1, "descriptionEn": "hardly collectable", "descriptionZh": "很差,很难收款,尾款收不到"}]},
    {"id": "loyalty", "labelEn": "Loyalty", "labelZh": "对企业的忠诚度", "kind": "EITHER", "measure": "ACTIVE_QUARTERS", "weight": "1", "levels": [
        {"level": 4, "edge": "4", "descriptionEn": "always buys from us", "descriptionZh": "一直在本公司采购"},
        {"level": 3, "edge": "3", "descriptionEn": "mostly buys from us", "descriptionZh": "大部分时候在本公司采购"},
        {"level": 2, "edge": "2", "descriptionEn": "often changes its supplier", "descriptionZh": "经常变换供应商"},
        {"level": 1, "descriptionEn": "buys from us only when in need", "descriptionZh": "偶尔需要才来采购"}]},
    {"id": "product_weight", "labelEn": "Weight it gives our product", "labelZh": "对产品的重视程度", "kind": "JUDGED", "weight": "1", "levels": [
        {"level": 4, "descriptionEn": "a key part, a selling point", "descriptionZh": "作为重要的辅机、辅件,增加卖点"},
        {"level": 3, "descriptionEn": "to match or pass competitors", "descriptionZh": "为了跟上或超越其他竞争者"},
        {"level": 2, "descriptionEn": "only for the function", "descriptionZh": "只是为了具有相关功能"},
        {"level": 1, "descriptionEn": "has its own product, ours serves single clients", "descriptionZh": "有自己的产品,为了满足个别客户要求"}]},
    {"id": "influence", "labelEn": "Influence in the industry", "labelZh": "在行业内的影响力", "kind": "JUDGED", "weight": "1", "levels": [
        {"level": 4, "descriptionEn": "on the whole industry", "descriptionZh": "在行业中有重要地位和影响"},
        {"level": 3, "descriptionEn": "on a large region", "descriptionZh": "对较大区域具有较大影响力"},
        {"level": 2, "descriptionEn": "on its neighborhood", "descriptionZh": "对特定区域或周边有较大影响力"},
        {"level": 1, "descriptionEn": "little on its peers", "descriptionZh": "对其他同行影响力不大"}]},
    {"id": "cooperation_length", "labelEn": "Length of cooperation", "labelZh": "合作年限", "kind": "MEASURED", "measure": "COOPERATION_YEARS", "weight": "1", "levels": [
        {"level": 4, "edge": "5", "descriptionEn": "at least 5 years", "descriptionZh": "5 年以上"},
        {"level": 3, "edge": "3", "descriptionEn": "3 to 5 years", "descriptionZh": "3 至 5 年"},
        {"level": 2, "edge": "1", "descriptionEn": "1 to 3 years", "descriptionZh": "1 至 3 年"},
        {"level": 1, "descriptionEn": "less than 1 year", "descriptionZh": "1 年以下"}]},
    {"id": "supply_share", "labelEn": "Our share of its supply", "labelZh": "供应产品在客户处的占有率", "kind": "MEASURED", "measure": "SUPPLY_SHARE", "weight": "1", "levels": [
        {"level": 4, "edge": "1", "descriptionEn": "100 %", "descriptionZh": "100% 占有率"},
        {"level": 3, "edge": "0.51", "descriptionEn": "1 or 2 rivals, our share is higher", "descriptionZh": "有 1 至 2 家竞争者,但我方占有率较高"},
        {"level": 2, "edge": "0.33", "descriptionEn": "1 or 2 rivals, shares are about equal", "descriptionZh": "有 1 至 2 家竞争者,几方占有率差不多"},
        {"level": 1, "descriptionEn": "a substitute only", "descriptionZh": "只是替补,占有率较低"}]},
    {"id": "relationship", "labelEn": "Relationship", "labelZh": "客户关系程度", "kind": "MEASURED", "measure": "RELATIONSHIP_LEVEL", "weight": "1", "levels": [
        {"level": 4, "edge": "3", "descriptionEn": "close from top to base", "descriptionZh": "与客户高层到基层均有密切往来"},
        {"level": 3, "edge": "2", "descriptionEn": "less at the top, close in the middle", "descriptionZh": "与客户高层较少往来,与客户中层关系密切"},
        {"level": 2, "edge": "1", "descriptionEn": "with people of the middle and the base", "descriptionZh": "与客户中层和基层人员保持联系"},
        {"level": 1, "descriptionEn": "with operators only", "descriptionZh": "与相关操作人员有较好的关系"}]},
    {"id": "prospects", "labelEn": "Prospects: policy support, good products, investment, technology and people", "labelZh": "发展前景:国家政策支持、较好的相关产品、较充分的投资、良好的技术与人才资源", "kind": "JUDGED", "weight": "1", "levels": [
        {"level": 4, "descriptionEn": "all 4", "descriptionZh": "具有 4 项"},
        {"level": 3, "descriptionEn": "2 or 3", "descriptionZh": "具有 2 至 3 项"},
        {"level": 2, "descriptionEn": "1", "descriptionZh": "具有 1 项"},
        {"level": 1, "descriptionEn": "none", "descriptionZh": "没有"}]},
    {"id": "loss_effect", "labelEn": "Effect of losing it", "labelZh": "失去该客户对公司在行业的影响", "kind": "JUDGED", "weight": "1", "levels": [
        {"level": 4, "descriptionEn": "most customers would follow", "descriptionZh": "会造成大部分客户流失"},
        {"level": 3, "descriptionEn": "can be made good at high cost", "descriptionZh": "有影响,但是通过较大成本投入可以挽回"},
        {"level": 2, "descriptionEn": "small", "descriptionZh": "有较小的影响"},
        {"level": 1, "descriptionEn": "none", "descriptionZh": "没有影响"}]},
    {"id": "strategy_fit", "labelEn": "Fit of its strategy with ours", "labelZh": "客户发展战略与公司发展战略的配合", "kind": "JUDGED", "weight": "1", "levels": [
        {"level": 4, "descriptionEn": "consistent, can support our development", "descriptionZh": "一致,可以配合并支持公司发展"},
        {"level": 3, "descriptionEn": "basically consistent", "descriptionZh": "基本一致"},
        {"level": 2, "descriptionEn": "not consistent", "descriptionZh": "不一致"},
        {"level": 1, "descriptionEn": "indifferent", "descriptionZh": "无所谓"}]}
]}$body$,
    '2000-01-01', '2000-01-01T00:00:00Z', '', '2000-01-01T00:00:00Z', '2000-01-01T00:00:00Z');
-- +goose StatementEnd

-- +goose Down
drop table assessments, grade_overrides, judgements, grading_models;
