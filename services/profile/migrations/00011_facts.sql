-- Facts about customers: our share of their supply, what is expected to be sold to them, gifts, contacts shared within a group, and the group itself. Public holidays come into
-- the settings.
--
-- Foreign keys that hold a customer are deferrable: when customers are merged all their rows move, one table after the other.

-- +goose Up

-- The position of a product line as of a day. The newest is the current one.
create table supply_positions (
    customer_id     uuid          not null references customers (customer_id) on delete cascade,
    position_id     uuid          not null,
    revision        bigint        not null,
    product_line    text          not null,
    our_share       numeric(5, 2) not null, -- percent
    competitors     jsonb         not null, -- [{"name", "share"}], share in percent or absent
    as_of           date          not null,
    reason          text          not null,
    source          text          not null,
    author          text          not null,
    create_time     timestamptz   not null,
    update_time     timestamptz   not null,
    constraint supply_positions_pkey primary key (customer_id, position_id),
    constraint supply_positions_day unique (customer_id, product_line, as_of)
);

-- What is expected of a fiscal year; product_line is empty for all together.
create table expected_sales (
    customer_id  uuid           not null references customers (customer_id) on delete cascade,
    sales_id     uuid           not null,
    revision     bigint         not null,
    fiscal_year  integer        not null,
    product_line text           not null,
    currency     text           not null,
    amount       numeric(28, 9) not null,
    note         text           not null,
    author       text           not null,
    create_time  timestamptz    not null,
    update_time  timestamptz    not null,
    constraint expected_sales_pkey primary key (customer_id, sales_id),
    constraint expected_sales_year unique (customer_id, fiscal_year, product_line)
);

-- Gifts to and from people. All that is said in words is in one column: it is the person's and goes with him.
create table gifts (
    customer_id uuid           not null,
    gift_id     uuid           not null,
    person_id   uuid           not null,
    revision    bigint         not null,
    gift_date   date           not null,
    direction   smallint       not null,
    currency    text           not null, -- empty: the value is not known
    value       numeric(28, 9) not null,
    content     bytea          not null, -- item, occasion, reaction, sealed under the key of the person
    author      text           not null,
    create_time timestamptz    not null,
    update_time timestamptz    not null,
    constraint gifts_pkey primary key (customer_id, gift_id),
    constraint gifts_person foreign key (customer_id, person_id) references people (customer_id, person_id) on delete cascade deferrable
);
create index gifts_person on gifts (customer_id, person_id, gift_id);

-- The companies that belong to a company; each belongs to one at most. It is a table of the upper one, so that they come along when that is merged into another customer.
create table subsidiaries (
    customer_id uuid not null references customers (customer_id) on delete cascade,
    child_id    uuid not null references customers (customer_id) on delete cascade,
    constraint subsidiaries_pkey primary key (customer_id, child_id),
    constraint subsidiaries_child unique (child_id),
    constraint subsidiaries_self check (customer_id <> child_id)
);

-- People of one company who are known at another one of its group, with what they are there.
create table person_shares (
    customer_id        uuid        not null,
    person_id          uuid        not null,
    shared_customer_id uuid        not null references customers (customer_id) on delete cascade,
    position           text        not null,
    department         text        not null,
    author             text        not null,
    create_time        timestamptz not null,
    constraint person_shares_pkey primary key (customer_id, person_id, shared_customer_id),
    constraint person_shares_person foreign key (customer_id, person_id) references people (customer_id, person_id) on delete cascade deferrable
);
create index person_shares_shared on person_shares (shared_customer_id, person_id);

-- +goose StatementBegin
update settings set body = jsonb_build_object('publicHolidays', cast($holidays$[
    {"countryCode": "CN", "date": {"year": 2025, "month": 1, "day": 1}, "labelEn": "New Year's Day", "labelZh": "元旦"},
    {"countryCode": "CN", "date": {"year": 2026, "month": 1, "day": 1}, "labelEn": "New Year's Day", "labelZh": "元旦"},
    {"countryCode": "CN", "date": {"year": 2027, "month": 1, "day": 1}, "labelEn": "New Year's Day", "labelZh": "元旦"},
    {"countryCode": "CN", "date": {"year": 2025, "month": 1, "day": 29}, "labelEn": "Spring Festival", "labelZh": "春节"},
    {"countryCode": "CN", "date": {"year": 2026, "month": 2, "day": 17}, "labelEn": "Spring Festival", "labelZh": "春节"},
    {"countryCode": "CN", "date": {"year": 2027, "month": 2, "day": 6}, "labelEn": "Spring Festival", "labelZh": "春节"},
    {"countryCode": "CN", "date": {"year": 2025, "month": 4, "day": 4}, "labelEn": "Tomb-Sweeping Day", "labelZh": "清明节"},
    {"countryCode": "CN", "date": {"year": 2026, "month": 4, "day": 5}, "labelEn": "Tomb-Sweeping Day", "labelZh": "清明节"},
    {"countryCode": "CN", "date": {"year": 2027, "month": 4, "day": 5}, "labelEn": "Tomb-Sweeping Day", "labelZh": "清明节"},
    {"countryCode": "CN", "date": {"year": 2025, "month": 5, "day": 1}, "labelEn": "Labour Day", "labelZh": "劳动节"},
    {"countryCode": "CN", "date": {"year": 2026, "month": 5, "day": 1}, "labelEn": "Labour Day", "labelZh": "劳动节"},
    {"countryCode": "CN", "date": {"year": 2027, "month": 5, "day": 1}, "labelEn": "Labour Day", "labelZh": "劳动节"},
    {"countryCode": "CN", "date": {"year": 2025, "month": 5, "day": 31}, "labelEn": "Dragon Boat Festival", "labelZh": "端午节"},
    {"countryCode": "CN", "date": {"year": 2026, "month": 6, "day": 19}, "labelEn": "Dragon Boat Festival", "labelZh": "端午节"},
    {"countryCode": "CN", "date": {"year": 2027, "month": 6, "day": 9}, "labelEn": "Dragon Boat Festival", "labelZh": "端午节"},
    {"countryCode": "CN", "date": {"year": 2025, "month": 10, "day": 1}, "labelEn": "National Day", "labelZh": "国庆节"},
    {"countryCode": "CN", "date": {"year": 2026, "month": 10, "day": 1}, "labelEn": "National Day", "labelZh": "国庆节"},
    {"countryCode": "CN", "date": {"year": 2027, "month": 10, "day": 1}, "labelEn": "National Day", "labelZh": "国庆节"},
    {"countryCode": "CN", "date": {"year": 2025, "month": 10, "day": 6}, "labelEn": "Mid-Autumn Festival", "labelZh": "中秋节"},
    {"countryCode": "CN", "date": {"year": 2026, "month": 9, "day": 25}, "labelEn": "Mid-Autumn Festival", "labelZh": "中秋节"},
    {"countryCode": "CN", "date": {"year": 2027, "month": 9, "day": 15}, "labelEn": "Mid-Autumn Festival", "labelZh": "中秋节"},
    {"countryCode": "DE", "date": {"year": 2025, "month": 1, "day": 1}, "labelEn": "New Year's Day", "labelZh": "元旦"},
    {"countryCode": "DE", "date": {"year": 2026, "month": 1, "day": 1}, "labelEn": "New Year's Day", "labelZh": "元旦"},
    {"countryCode": "DE", "date": {"year": 2027, "month": 1, "day": 1}, "labelEn": "New Year's Day", "labelZh": "元旦"},
    {"countryCode": "DE", "date": {"year": 2025, "month": 4, "day": 18}, "labelEn": "Good Friday", "labelZh": "耶稣受难日"},
    {"countryCode": "DE", "date": {"year": 2026, "month": 4, "day": 3}, "labelEn": "Good Friday", "labelZh": "耶稣受难日"},
    {"countryCode": "DE", "date": {"year": 2027, "month": 3, "day": 26}, "labelEn": "Good Friday", "labelZh": "耶稣受难日"},
    {"countryCode": "DE", "date": {"year": 2025, "month": 4, "day": 21}, "labelEn": "Easter Monday", "labelZh": "复活节星期一"},
    {"countryCode": "DE", "date": {"year": 2026, "month": 4, "day": 6}, "labelEn": "Easter Monday", "labelZh": "复活节星期一"},
    {"countryCode": "DE", "date": {"year": 2027, "month": 3, "day": 29}, "labelEn": "Easter Monday", "labelZh": "复活节星期一"},
    {"countryCode": "DE", "date": {"year": 2025, "month": 5, "day": 1}, "labelEn": "Labour Day", "labelZh": "劳动节"},
    {"countryCode": "DE", "date": {"year": 2026, "month": 5, "day": 1}, "labelEn": "Labour Day", "labelZh": "劳动节"},
    {"countryCode": "DE", "date": {"year": 2027, "month": 5, "day": 1}, "labelEn": "Labour Day", "labelZh": "劳动节"},
    {"countryCode": "DE", "date": {"year": 2025, "month": 5, "day": 29}, "labelEn": "Ascension Day", "labelZh": "耶稣升天节"},
    {"countryCode": "DE", "date": {"year": 2026, "month": 5, "day": 14}, "labelEn": "Ascension Day", "labelZh": "耶稣升天节"},
    {"countryCode": "DE", "date": {"year": 2027, "month": 5, "day": 6}, "labelEn": "Ascension Day", "labelZh": "耶稣升天节"},
    {"countryCode": "DE", "date": {"year": 2025, "month": 6, "day": 9}, "labelEn": "Whit Monday", "labelZh": "圣灵降临节星期一"},
    {"countryCode": "DE", "date": {"year": 2026, "month": 5, "day": 25}, "labelEn": "Whit Monday", "labelZh": "圣灵降临节星期一"},
    {"countryCode": "DE", "date": {"year": 2027, "month": 5, "day": 17}, "labelEn": "Whit Monday", "labelZh": "圣灵降临节星期一"},
    {"countryCode": "DE", "date": {"year": 2025, "month": 10, "day": 3}, "labelEn": "Day of German Unity", "labelZh": "德国统一日"},
    {"countryCode": "DE", "date": {"year": 2026, "month": 10, "day": 3}, "labelEn": "Day of German Unity", "labelZh": "德国统一日"},
    {"countryCode": "DE", "date": {"year": 2027, "month": 10, "day": 3}, "labelEn": "Day of German Unity", "labelZh": "德国统一日"},
    {"countryCode": "DE", "date": {"year": 2025, "month": 12, "day": 25}, "labelEn": "Christmas Day", "labelZh": "圣诞节"},
    {"countryCode": "DE", "date": {"year": 2026, "month": 12, "day": 25}, "labelEn": "Christmas Day", "labelZh": "圣诞节"},
    {"countryCode": "DE", "date": {"year": 2027, "month": 12, "day": 25}, "labelEn": "Christmas Day", "labelZh": "圣诞节"},
    {"countryCode": "DE", "date": {"year": 2025, "month": 12, "day": 26}, "labelEn": "Second Day of Christmas", "labelZh": "圣诞节次日"},
    {"countryCode": "DE", "date": {"year": 2026, "month": 12, "day": 26}, "labelEn": "Second Day of Christmas", "labelZh": "圣诞节次日"},
    {"countryCode": "DE", "date": {"year": 2027, "month": 12, "day": 26}, "labelEn": "Second Day of Christmas", "labelZh": "圣诞节次日"},
    {"countryCode": "US", "date": {"year": 2025, "month": 1, "day": 1}, "labelEn": "New Year's Day", "labelZh": "元旦"},
    {"countryCode": "US", "date": {"year": 2026, "month": 1, "day": 1}, "labelEn": "New Year's Day", "labelZh": "元旦"},
    {"countryCode": "US", "date": {"year": 2027, "month": 1, "day": 1}, "labelEn": "New Year's Day", "labelZh": "元旦"},
    {"countryCode": "US", "date": {"year": 2025, "month": 1, "day": 20}, "labelEn": "Martin Luther King Jr. Day", "labelZh": "马丁·路德·金纪念日"},
    {"countryCode": "US", "date": {"year": 2026, "month": 1, "day": 19}, "labelEn": "Martin Luther King Jr. Day", "labelZh": "马丁·路德·金纪念日"},
    {"countryCode": "US", "date": {"year": 2027, "month": 1, "day": 18}, "labelEn": "Martin Luther King Jr. Day", "labelZh": "马丁·路德·金纪念日"},
    {"countryCode": "US", "date": {"year": 2025, "month": 2, "day": 17}, "labelEn": "Presidents' Day", "labelZh": "总统日"},
    {"countryCode": "US", "date": {"year": 2026, "month": 2, "day": 16}, "labelEn": "Presidents' Day", "labelZh": "总统日"},
    {"countryCode": "US", "date": {"year": 2027, "month": 2, "day": 15}, "labelEn": "Presidents' Day", "labelZh": "总统日"},
    {"countryCode": "US", "date": {"year": 2025, "month": 5, "day": 26}, "labelEn": "Memorial Day", "labelZh": "阵亡将士纪念日"},
    {"countryCode": "US", "date": {"year": 2026, "month": 5, "day": 25}, "labelEn": "Memorial Day", "labelZh": "阵亡将士纪念日"},
    {"countryCode": "US", "date": {"year": 2027, "month": 5, "day": 31}, "labelEn": "Memorial Day", "labelZh": "阵亡将士纪念日"},
    {"countryCode": "US", "date": {"year": 2025, "month": 6, "day": 19}, "labelEn": "Juneteenth", "labelZh": "六月节"},
    {"countryCode": "US", "date": {"year": 2026, "month": 6, "day": 19}, "labelEn": "Juneteenth", "labelZh": "六月节"},
    {"countryCode": "US", "date": {"year": 2027, "month": 6, "day": 19}, "labelEn": "Juneteenth", "labelZh": "六月节"},
    {"countryCode": "US", "date": {"year": 2025, "month": 7, "day": 4}, "labelEn": "Independence Day", "labelZh": "独立日"},
    {"countryCode": "US", "date": {"year": 2026, "month": 7, "day": 4}, "labelEn": "Independence Day", "labelZh": "独立日"},
    {"countryCode": "US", "date": {"year": 2027, "month": 7, "day": 4}, "labelEn": "Independence Day", "labelZh": "独立日"},
    {"countryCode": "US", "date": {"year": 2025, "month": 9, "day": 1}, "labelEn": "Labor Day", "labelZh": "劳动节"},
    {"countryCode": "US", "date": {"year": 2026, "month": 9, "day": 7}, "labelEn": "Labor Day", "labelZh": "劳动节"},
    {"countryCode": "US", "date": {"year": 2027, "month": 9, "day": 6}, "labelEn": "Labor Day", "labelZh": "劳动节"},
    {"countryCode": "US", "date": {"year": 2025, "month": 10, "day": 13}, "labelEn": "Columbus Day", "labelZh": "哥伦布日"},
    {"countryCode": "US", "date": {"year": 2026, "month": 10, "day": 12}, "labelEn": "Columbus Day", "labelZh": "哥伦布日"},
    {"countryCode": "US", "date": {"year": 2027, "month": 10, "day": 11}, "labelEn": "Columbus Day", "labelZh": "哥伦布日"},
    {"countryCode": "US", "date": {"year": 2025, "month": 11, "day": 11}, "labelEn": "Veterans Day", "labelZh": "退伍军人节"},
    {"countryCode": "US", "date": {"year": 2026, "month": 11, "day": 11}, "labelEn": "Veterans Day", "labelZh": "退伍军人节"},
    {"countryCode": "US", "date": {"year": 2027, "month": 11, "day": 11}, "labelEn": "Veterans Day", "labelZh": "退伍军人节"},
    {"countryCode": "US", "date": {"year": 2025, "month": 11, "day": 27}, "labelEn": "Thanksgiving Day", "labelZh": "感恩节"},
    {"countryCode": "US", "date": {"year": 2026, "month": 11, "day": 26}, "labelEn": "Thanksgiving Day", "labelZh": "感恩节"},
    {"countryCode": "US", "date": {"year": 2027, "month": 11, "day": 25}, "labelEn": "Thanksgiving Day", "labelZh": "感恩节"},
    {"countryCode": "US", "date": {"year": 2025, "month": 12, "day": 25}, "labelEn": "Christmas Day", "labelZh": "圣诞节"},
    {"countryCode": "US", "date": {"year": 2026, "month": 12, "day": 25}, "labelEn": "Christmas Day", "labelZh": "圣诞节"},
    {"countryCode": "US", "date": {"year": 2027, "month": 12, "day": 25}, "labelEn": "Christmas Day", "labelZh": "圣诞节"}
]$holidays$ as jsonb)) || body;
-- +goose StatementEnd

-- +goose Down
update settings set body = body - 'publicHolidays';
drop table person_shares, subsidiaries;
drop table gifts, expected_sales, supply_positions;
