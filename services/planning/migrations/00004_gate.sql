-- The gate of contacts: activities, budgets, what is reserved, what people are given, and by which rules.

-- +goose Up

-- A budget's balance stands on its row, changed only together with an entry that says by how much; the check is the last guard of what may never happen.
create table budgets (
    budget_id   uuid           not null,
    label       text           not null,
    fiscal_year integer        not null,
    owner       text           not null,
    territory   text           not null, -- empty: all customers
    customer_id uuid,                    -- for this customer alone
    plan        text           not null default '',
    activity_id uuid,                    -- for this activity and its contacts alone
    currency    text           not null,
    amount      numeric(20, 4) not null,
    overrun     numeric(20, 4) not null default 0, -- approved beyond the amount
    committed   numeric(20, 4) not null default 0,
    actual      numeric(20, 4) not null default 0,
    closed      boolean        not null default false,
    author      text           not null,
    create_time timestamptz    not null,
    update_time timestamptz    not null,
    revision    bigint         not null default 1,
    sequence    bigint         not null default 0, -- of its events
    constraint budgets_pkey primary key (budget_id),
    constraint budgets_positive check (amount >= 0 and overrun >= 0 and committed >= 0 and actual >= 0),
    constraint budgets_balance check (committed + actual <= amount + overrun)
);

-- What each balance changed by. The sums of a budget's entries are its balance.
create table budget_entries (
    budget_id   uuid           not null references budgets (budget_id),
    entry_id    uuid           not null,
    kind        smallint       not null, -- 1 amount, 2 overrun, 3 commit, 4 release, 5 actual
    amount      numeric(20, 4) not null,
    overrun     numeric(20, 4) not null,
    committed   numeric(20, 4) not null,
    actual      numeric(20, 4) not null,
    reference   text           not null,
    reason      text           not null,
    author      text           not null,
    create_time timestamptz    not null,
    constraint budget_entries_pkey primary key (budget_id, entry_id)
);

create table activities (
    customer_id     uuid        not null references customers (customer_id) on delete cascade,
    activity_id     uuid        not null,
    kind            smallint    not null,
    title           text        not null,
    purpose         text        not null,
    project         text        not null,
    occasion        text        not null,
    people          uuid[]      not null,
    start_time      timestamptz not null,
    end_time        timestamptz,
    items           jsonb       not null,
    budget_id       uuid,
    currency        text        not null, -- of its items and its actual cost; empty while there are none
    planned_cost    numeric(20, 4) not null,
    actual_cost     numeric(20, 4),
    state           smallint    not null, -- 1 planned, 2 done, 3 cancelled
    report          text        not null,
    follow_ups      jsonb       not null,
    cancel_reason   text        not null,
    author          text        not null,
    create_time     timestamptz not null,
    update_time     timestamptz not null,
    revision        bigint      not null default 1,
    constraint activities_pkey primary key (customer_id, activity_id)
);
create unique index activities_id on activities (activity_id);
create index activities_start on activities (start_time);

-- What is reserved for a contact in state 2, or was until it was done. A reservation that is undone is deleted: the entries of budget and register tell of it.
create table reservations (
    customer_id uuid           not null,
    contact_id  uuid           not null,
    budget_id   uuid,
    currency    text           not null, -- empty: it costs nothing
    other_cost  numeric(20, 4) not null,
    committed   numeric(20, 4) not null, -- other_cost and all benefits, as the budget has it committed; 0 once it is settled
    made        boolean        not null, -- by the gate: undone it is cancelled, and not planned as before
    settled     boolean        not null default false,
    constraint reservations_pkey primary key (customer_id, contact_id),
    constraint reservations_contact foreign key (customer_id, contact_id) references contacts (customer_id, contact_id) on delete cascade
);
create index reservations_budget on reservations (budget_id) where budget_id is not null;

-- What a person is to be given at a reserved contact, or was given at one that is done. Limits hold for the sums of these rows. Who is removed by profile keeps no row.
create table benefits (
    customer_id uuid           not null,
    contact_id  uuid           not null,
    person_id   uuid           not null,
    benefit     smallint       not null,
    currency    text           not null,
    planned     numeric(20, 4) not null,
    actual      numeric(20, 4),           -- null until it is done
    day         date           not null,  -- of the contact
    constraint benefits_pkey primary key (customer_id, contact_id, person_id, benefit),
    constraint benefits_contact foreign key (customer_id, contact_id) references contacts (customer_id, contact_id) on delete cascade
);
create index benefits_person on benefits (customer_id, person_id, day);

-- The rules of what may be given. None is ever changed, but for its end.
create table compliance_rules (
    rule_id        uuid        not null,
    jurisdiction   text        not null,
    benefit        smallint    not null,
    measure        smallint    not null, -- 1 per occasion, 2 per year, 3 banned
    currency       text        not null, -- empty for a ban
    limit_amount   numeric(20, 4),
    approval_above numeric(20, 4),
    effective_date date        not null,
    expire_date    date,                 -- the first day it is no longer in force
    label_en       text        not null,
    label_zh       text        not null,
    replaced       uuid,
    author         text        not null,
    create_time    timestamptz not null,
    sequence       bigint      not null default 0,
    constraint compliance_rules_pkey primary key (rule_id),
    constraint compliance_rules_limit check ((measure = 3) = (limit_amount is null))
);

-- All that was decided about giving. There is no reference to customers: the register outlives them.
create table compliance_register (
    entry_id    uuid           not null,
    customer_id uuid           not null,
    person_id   uuid,                     -- null once profile has removed the person
    decision    smallint       not null,  -- as in the API
    benefit     smallint       not null,
    currency    text           not null,
    amount      numeric(20, 4) not null,
    contact_id  uuid,
    day         date           not null,
    owner       text           not null,
    rules       text[]         not null,
    approval_id uuid,
    reason      text           not null,
    author      text           not null,
    create_time timestamptz    not null,
    constraint compliance_register_pkey primary key (customer_id, entry_id)
);
create unique index compliance_register_id on compliance_register (entry_id);
create index compliance_register_time on compliance_register (create_time, entry_id);

-- +goose StatementBegin
create function compliance_register_stays() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and new.person_id is null and (to_jsonb(old) - 'person_id') = (to_jsonb(new) - 'person_id') then
        return new; -- the person was removed
    end if;
    raise exception 'the compliance register is only added to';
end
$$;
-- +goose StatementEnd
create trigger compliance_register_stays before update or delete on compliance_register for each row execute function compliance_register_stays();

-- +goose StatementBegin
create function budget_entries_stay() returns trigger language plpgsql as $$
begin
    raise exception 'the entries of budgets are only added to';
end
$$;
-- +goose StatementEnd
create trigger budget_entries_stay before update or delete on budget_entries for each row execute function budget_entries_stay();

create table compliance_approvals (
    customer_id uuid        not null,
    approval_id uuid        not null,
    state       smallint    not null, -- 1 requested, 2 approved, 3 rejected, 4 used
    activity    smallint    not null,
    day         date        not null,
    benefits    jsonb       not null, -- [{"person", "benefit", "amount", "currency"}]
    purpose     text        not null,
    owner       text        not null,
    rules       uuid[]      not null,
    requester   text        not null,
    create_time timestamptz not null,
    decider     text        not null default '',
    decide_time timestamptz,
    reason      text        not null default '',
    contact_id  uuid,
    constraint compliance_approvals_pkey primary key (customer_id, approval_id)
);
create unique index compliance_approvals_id on compliance_approvals (approval_id);

-- Shipped rules. They are conservative defaults of this product and not the law of any country: counsel must review them before they are relied on. Kinds that buy a decision are
-- banned everywhere (domain: 利益捆绑, 私人就医, 子女入学, 许诺职位, 现金等价物). The limits of "*" are in the currency that settings ship.
insert into compliance_rules (rule_id, jurisdiction, benefit, measure, currency, limit_amount, approval_above, effective_date, label_en, label_zh, author, create_time)
select cast('00000000-0000-7000-8000-0000000100' || lpad(cast(n as text), 2, '0') as uuid), jurisdiction, benefit, measure, currency, limit_amount, approval_above,
    date '1900-01-01', label_en, label_zh, '', timestamptz '1970-01-01Z'
from (values
    (1, '*', 4, 3, '', null, null, 'Cash and what is like cash is never given', '禁止给予现金及现金等价物'),
    (2, '*', 5, 3, '', null, null, 'Personal interests are never tied', '禁止捆绑个人利益'),
    (3, '*', 6, 3, '', null, null, 'Private medical help is never given', '禁止提供私人就医帮助'),
    (4, '*', 7, 3, '', null, null, 'Private help with schools is never given', '禁止提供子女入学等私人帮助'),
    (5, '*', 8, 3, '', null, null, 'Posts are never promised', '禁止许诺职位'),
    (11, '*', 1, 1, 'CNY', 200, 100, 'Gift to a person at one occasion', '单次礼品上限'),
    (12, '*', 1, 2, 'CNY', 400, null, 'Gifts to a person in a year', '每年礼品上限'),
    (13, '*', 2, 1, 'CNY', 300, 200, 'Hospitality to a person at one occasion', '单次招待上限'),
    (14, '*', 2, 2, 'CNY', 1200, null, 'Hospitality to a person in a year', '每年招待上限'),
    (15, '*', 3, 1, 'CNY', 3000, 0, 'Travel of a person at one occasion', '单次差旅上限'),
    (16, '*', 3, 2, 'CNY', 6000, null, 'Travel of a person in a year', '每年差旅上限'),
    (21, 'CN', 1, 1, 'CNY', 200, 100, 'China: gift to a person at one occasion', '中国：单次礼品上限'),
    (22, 'CN', 1, 2, 'CNY', 500, null, 'China: gifts to a person in a year', '中国：每年礼品上限'),
    (23, 'CN', 2, 1, 'CNY', 300, 200, 'China: hospitality to a person at one occasion', '中国：单次招待上限'),
    (24, 'CN', 2, 2, 'CNY', 2000, null, 'China: hospitality to a person in a year', '中国：每年招待上限'),
    (25, 'CN', 3, 1, 'CNY', 5000, 0, 'China: travel of a person at one occasion', '中国：单次差旅上限'),
    (26, 'CN', 3, 2, 'CNY', 10000, null, 'China: travel of a person in a year', '中国：每年差旅上限'),
    (31, 'US', 1, 1, 'USD', 50, 25, 'United States: gift to a person at one occasion', '美国：单次礼品上限'),
    (32, 'US', 1, 2, 'USD', 100, null, 'United States: gifts to a person in a year', '美国：每年礼品上限'),
    (33, 'US', 2, 1, 'USD', 100, 50, 'United States: hospitality to a person at one occasion', '美国：单次招待上限'),
    (34, 'US', 2, 2, 'USD', 400, null, 'United States: hospitality to a person in a year', '美国：每年招待上限'),
    (35, 'US', 3, 1, 'USD', 1000, 0, 'United States: travel of a person at one occasion', '美国：单次差旅上限'),
    (36, 'US', 3, 2, 'USD', 2000, null, 'United States: travel of a person in a year', '美国：每年差旅上限'),
    (41, 'EU', 1, 1, 'EUR', 40, 20, 'European Union: gift to a person at one occasion', '欧盟：单次礼品上限'),
    (42, 'EU', 1, 2, 'EUR', 80, null, 'European Union: gifts to a person in a year', '欧盟：每年礼品上限'),
    (43, 'EU', 2, 1, 'EUR', 60, 40, 'European Union: hospitality to a person at one occasion', '欧盟：单次招待上限'),
    (44, 'EU', 2, 2, 'EUR', 240, null, 'European Union: hospitality to a person in a year', '欧盟：每年招待上限'),
    (45, 'EU', 3, 1, 'EUR', 800, 0, 'European Union: travel of a person at one occasion', '欧盟：单次差旅上限'),
    (46, 'EU', 3, 2, 'EUR', 1600, null, 'European Union: travel of a person in a year', '欧盟：每年差旅上限')
) as shipped (n, jurisdiction, benefit, measure, currency, limit_amount, approval_above, label_en, label_zh);

-- +goose Down
drop table compliance_approvals, compliance_register, compliance_rules, benefits, reservations, activities, budget_entries, budgets;
drop function compliance_register_stays(), budget_entries_stay();
