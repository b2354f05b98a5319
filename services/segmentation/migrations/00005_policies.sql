-- Customer policies: what each class, tier and grade is entitled to, by versions per fiscal year, and the evaluations of their effect.

-- +goose Up

-- Drafts may be changed, published ones never. A published policy is in force from its effective date until that of a later one, at most to the end of its
-- fiscal year; those of fiscal year 0 count where no other does and have no end. The end is kept here as a day, so that a change of the fiscal year's start
-- moves no published policy.
create table policies (
    policy_id      uuid        not null,
    sequence       bigint      not null default 0, -- numbers the events of the policy
    revision       bigint      not null,           -- counts the changes: the etag
    fiscal_year    integer     not null,
    version        integer     not null,           -- within the fiscal year
    state          smallint    not null,           -- 1 draft, 2 published
    effective_date date,
    expire_date    date,                           -- the first day that it is no longer in force on; null: none
    label_en       text        not null,
    label_zh       text        not null,
    content        jsonb       not null,           -- catalogue of services, and rules; numbers of enums are those of the API
    author         text        not null,
    create_time    timestamptz not null,
    update_time    timestamptz not null,
    publisher      text        not null default '',
    publish_time   timestamptz,
    constraint policies_pkey primary key (policy_id),
    constraint policies_version unique (fiscal_year, version),
    constraint policies_published check (state = 1 or effective_date is not null)
);
-- One in force per day: of two that begin on one day neither could be said to be the later.
create unique index policies_effective on policies (effective_date, (fiscal_year = 0)) where state = 2;

-- Figures of a policy as they were when somebody drew a conclusion from them. Append only.
create table policy_evaluations (
    policy_id     uuid        not null references policies (policy_id),
    evaluation_id uuid        not null,
    scope         text[],               -- the territories of the author, which the figures are of; null: all
    body          jsonb       not null, -- protobuf JSON of the evaluation
    author        text        not null,
    create_time   timestamptz not null,
    constraint policy_evaluations_pkey primary key (policy_id, evaluation_id)
);

-- The standing default that is shipped. Services, marketing mode, channel and service strategy by tier, and 30 to 40 VIP customers for one specialist, are
-- those of the sources' table of services per customer tier; contacts of core and important customers, 10 core customers for one account manager and messages
-- for everybody are those of their contact table. Not from the sources but ours: price and credit conditions, the response-time factors, the staffing of
-- project customers (as that of core customers), and how often ordinary, small and potential customers are to hear of us. Class rules come before tier rules:
-- a core customer who is VIP has the account manager of core customers, an important one of the mid tier the prices of important customers. No rule asks for a
-- grade.
insert into policies (policy_id, revision, fiscal_year, version, state, effective_date, label_en, label_zh, author, create_time, update_time, publish_time, content)
values ('019b76da-a800-7000-8000-000000000001', 1, 0, 1, 2, '1900-01-01', 'Standard policy', '标准客户政策', '',
    '2026-01-01 00:00:00+00', '2026-01-01 00:00:00+00', '2026-01-01 00:00:00+00', $content$
{"items": [
	{"id": "order_placing", "group": 1, "name_en": "Placing orders", "name_zh": "下单"},
	{"id": "shipment_tracking", "group": 1, "name_en": "Tracking of shipments", "name_zh": "货物跟踪"},
	{"id": "claims", "group": 1, "name_en": "Claims", "name_zh": "理赔"},
	{"id": "complaints", "group": 1, "name_en": "Complaints", "name_zh": "投诉"},
	{"id": "suggestions", "group": 1, "name_en": "Suggestions and wishes", "name_zh": "建议和需求"},
	{"id": "online_service", "group": 1, "name_en": "Service on the web", "name_zh": "网上服务"},
	{"id": "message_service", "group": 1, "name_en": "Short messages", "name_zh": "短信服务"},
	{"id": "daily_management", "group": 2, "name_en": "Day-to-day account management", "name_zh": "日常管理"},
	{"id": "supplies_delivery", "group": 2, "name_en": "Supplies delivered direct", "name_zh": "物料直接配送"},
	{"id": "electronic_statement", "group": 2, "name_en": "Electronic statements", "name_zh": "电子账单"},
	{"id": "self_service", "group": 2, "name_en": "Self-service", "name_zh": "客户自助服务"},
	{"id": "electronic_bulletin", "group": 2, "name_en": "Electronic bulletin", "name_zh": "电子专刊"},
	{"id": "active_recommendation", "group": 2, "name_en": "Active recommendation of services", "name_zh": "业务主动推荐"},
	{"id": "points_redemption", "group": 2, "name_en": "Active redemption of points", "name_zh": "积分主动兑换"},
	{"id": "central_payment", "group": 3, "name_en": "Central payment for all branches", "name_zh": "分支机构集中付款"},
	{"id": "third_party_payment", "group": 3, "name_en": "Payment by a domestic third party", "name_zh": "国内第三方支付"},
	{"id": "timed_service", "group": 3, "name_en": "Collection and delivery at set times", "name_zh": "指定时间收派"},
	{"id": "printing_equipment", "group": 3, "name_en": "Printing equipment for free", "name_zh": "赠送打印设备"},
	{"id": "green_channel", "group": 3, "name_en": "Green channel", "name_zh": "绿色服务通道"},
	{"id": "simplified_process", "group": 3, "name_en": "Simplified service process", "name_zh": "服务流程简化"},
	{"id": "solution_consulting", "group": 4, "name_en": "Consulting: a complete solution for the customer", "name_zh": "咨询服务，为客户提供整体解决方案"}],
"rules": [
	{"id": "class_core", "label_en": "Core customers", "label_zh": "核心客户", "priority": 900, "classes": [5],
		"statements": [
			{"kind": 1, "en": "A solution manager of its own; technical exchange and training are offered before they are asked for; solutions are compared for the best value.", "zh": "专属解决方案经理；主动提供技术交流与培训；出具最高性价比方案。"},
			{"kind": 2, "en": "Professional service, customer care and loyalty plan; goods are prepared ahead by the customer's order cycle; company at tenders and enquiries beyond our own products.", "zh": "专业服务、客户关怀、忠诚计划；按订货周期提前备货；陪同招投标，代为查询非我方产品。"},
			{"kind": 3, "en": "The account manager looks after the customer one to one; executives of both sides meet every fiscal year.", "zh": "客户经理一对一覆盖；双方高层每财年会面。"},
			{"kind": 7, "en": "Preferential prices agreed for the year.", "zh": "年度协议优惠价。"},
			{"kind": 8, "en": "Credit line and terms by agreement, reviewed every year by the credit record.", "zh": "协议信用额度与账期，每年按信用记录复核。"}],
		"staffing": {"specialist_en": "account manager", "specialist_zh": "客户经理", "fewest": 1, "most": 10},
		"frequencies": [{"activity": 4, "role": 1, "times": 1, "period": 2}, {"activity": 12, "role": 1, "times": 1, "period": 1}, {"activity": 3, "role": 3, "times": 1, "period": 4}],
		"sla_factor": "0.5"},
	{"id": "class_important", "label_en": "Important customers", "label_zh": "重要客户", "priority": 800, "classes": [4],
		"statements": [
			{"kind": 1, "en": "Technical support by the solution manager on request; training when products or people are new.", "zh": "解决方案经理按需支持；有新产品、新人入岗时提供培训。"},
			{"kind": 2, "en": "Daily trade information and customer service; candidates for core customers are recognized early.", "zh": "传递日常交易资讯与客户服务；及时识别可升级为核心的客户。"},
			{"kind": 3, "en": "The account manager calls every month and visits every half year.", "zh": "客户经理每月电话联络，每半年拜访。"},
			{"kind": 7, "en": "Prices by yearly volume, with sales-target rebates.", "zh": "按年度用量定价，享销售目标返利。"},
			{"kind": 8, "en": "Terms of payment by the credit record.", "zh": "按信用记录给予账期。"}],
		"frequencies": [{"activity": 4, "role": 1, "times": 1, "period": 3}, {"activity": 12, "role": 1, "times": 1, "period": 1}],
		"sla_factor": "0.75"},
	{"id": "class_ordinary", "label_en": "Ordinary customers", "label_zh": "普通客户", "priority": 700, "classes": [3],
		"statements": [
			{"kind": 1, "en": "Technical questions are answered by the service desk.", "zh": "由服务台解答技术问题。"},
			{"kind": 2, "en": "Kept with little effort, by the resources there are.", "zh": "低投入、低成本维护，利用现有有效资源。"},
			{"kind": 3, "en": "By inexpensive ways: telephone, instant messages, web site.", "zh": "以低成本方式联络：电话、即时通讯、网站。"}],
		"frequencies": [{"activity": 13, "role": 0, "times": 1, "period": 2}]},
	{"id": "class_small_medium", "label_en": "Small and medium customers", "label_zh": "中小客户", "priority": 600, "classes": [2],
		"statements": [
			{"kind": 1, "en": "Answers on the web site and by the hotline.", "zh": "通过网站与热线解答。"},
			{"kind": 2, "en": "Served through the web shop; kept for brand and reach.", "zh": "引导至电子商务；为扩大品牌与形象而维持。"},
			{"kind": 3, "en": "By messages and the web site, which cost little.", "zh": "多用短信、即时通讯、网站等低成本方式。"}],
		"frequencies": [{"activity": 13, "role": 0, "times": 1, "period": 3}]},
	{"id": "class_potential", "label_en": "Potential customers", "label_zh": "潜在客户", "priority": 500, "classes": [1],
		"statements": [
			{"kind": 1, "en": "Product information and, where there is interest, a technical exchange.", "zh": "提供产品资料；有意向时安排技术交流。"},
			{"kind": 2, "en": "Worth developing: a first offer, a trial, an invitation to company events.", "zh": "有价值、待开发：首单方案、试用、邀请参加公司活动。"},
			{"kind": 3, "en": "The account manager follows up in time, also where the customer seems passive.", "zh": "客户经理及时跟进，对看似消极的客户亦然。"}],
		"frequencies": [{"activity": 12, "role": 1, "times": 1, "period": 3}]},
	{"id": "tier_project", "label_en": "Project customers", "label_zh": "项目客户", "priority": 400, "tiers": [5],
		"statements": [
			{"kind": 4, "en": "A complete solution and service for the customer, joined seamlessly to its own processes.", "zh": "为客户提供整体方案与服务，与其业务流程无缝对接。"},
			{"kind": 5, "en": "Service is set up as a project.", "zh": "服务立项"},
			{"kind": 6, "en": "Key-account sales specialist", "zh": "大客户销售专员"}],
		"items": ["daily_management", "supplies_delivery", "electronic_statement", "self_service", "electronic_bulletin", "active_recommendation", "points_redemption", "central_payment", "third_party_payment", "timed_service", "printing_equipment", "green_channel", "simplified_process", "solution_consulting"],
		"staffing": {"specialist_en": "key-account sales specialist", "specialist_zh": "大客户销售专员", "fewest": 1, "most": 10}},
	{"id": "tier_vip", "label_en": "VIP customers", "label_zh": "VIP 客户", "priority": 350, "tiers": [4],
		"statements": [
			{"kind": 4, "en": "Improve the relationship: exclusive service on top of value-added service.", "zh": "改善客户关系：在增值服务基础上提供专享服务。"},
			{"kind": 5, "en": "One specialist looks after 30 to 40 customers.", "zh": "1 个客户专员负责 30-40 个客户的维护对接工作"},
			{"kind": 6, "en": "VIP service representative", "zh": "VIP 客服代表"}],
		"items": ["daily_management", "supplies_delivery", "electronic_statement", "self_service", "electronic_bulletin", "active_recommendation", "points_redemption", "central_payment", "third_party_payment", "timed_service", "printing_equipment", "green_channel", "simplified_process"],
		"staffing": {"specialist_en": "customer specialist", "specialist_zh": "客户专员", "fewest": 30, "most": 40}},
	{"id": "tier_mid", "label_en": "Mid-tier customers", "label_zh": "中端客户", "priority": 300, "tiers": [3],
		"statements": [
			{"kind": 4, "en": "More service: value-added service on top of the standard.", "zh": "服务增值：在标准服务基础上提供增值服务。"},
			{"kind": 5, "en": "A customer manager looks after the tier.", "zh": "客户管理师负责该层级客户的维护工作"},
			{"kind": 6, "en": "Customer manager on the hotline", "zh": "热线客户管理师"},
			{"kind": 7, "en": "Prepayment rebate: the more is prepaid, the higher the rate.", "zh": "退费：预付越多，返还比例越高。"}],
		"items": ["daily_management", "supplies_delivery", "electronic_statement", "self_service", "electronic_bulletin", "active_recommendation", "points_redemption"]},
	{"id": "tier_regular", "label_en": "Ordinary tier", "label_zh": "普通客户（阶层）", "priority": 250, "tiers": [2],
		"statements": [
			{"kind": 4, "en": "Complete services and processes: convenient and of steady quality.", "zh": "完善服务与流程：便捷且质量稳定。"},
			{"kind": 5, "en": "Services and processes are adapted as it comes and reviewed regularly.", "zh": "随机适应与定期调整服务的流程"},
			{"kind": 6, "en": "Hotline", "zh": "热线"}]},
	{"id": "tier_transient", "label_en": "Transient customers", "label_zh": "流动客户", "priority": 200, "tiers": [1],
		"statements": [
			{"kind": 4, "en": "Convenient service; attracted by the brand.", "zh": "便捷服务；品牌吸引。"},
			{"kind": 5, "en": "Attraction by the brand.", "zh": "品牌吸引"},
			{"kind": 6, "en": "Hotline", "zh": "热线"}]},
	{"id": "everyone", "label_en": "All customers", "label_zh": "所有客户", "priority": 0,
		"statements": [
			{"kind": 7, "en": "List prices.", "zh": "标准价格。"},
			{"kind": 8, "en": "Payment as agreed with the order; first orders are prepaid.", "zh": "按订单约定付款；首单预付。"}],
		"items": ["order_placing", "shipment_tracking", "claims", "complaints", "suggestions", "online_service", "message_service"],
		"frequencies": [{"activity": 13, "role": 0, "times": 1, "period": 4}],
		"sla_factor": "1"}]}
$content$);

-- +goose Down
drop table policy_evaluations, policies;
