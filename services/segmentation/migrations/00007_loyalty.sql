-- Points of customers as a double-entry ledger, the rules they are earned by, what they are redeemed for, and rebates.

-- +goose Up

-- The newest version is in force. See libs/settings.
create table loyalty_programmes (
    version     integer     not null,
    body        jsonb       not null,
    author      text        not null,
    create_time timestamptz not null,
    constraint loyalty_programmes_pkey primary key (version)
);

create table rewards (
    reward_id   uuid        not null,
    revision    bigint      not null,
    label_en    text        not null,
    label_zh    text        not null,
    points      bigint      not null,
    active      boolean     not null,
    stock       bigint, -- null: no limit
    create_time timestamptz not null,
    update_time timestamptz not null,
    constraint rewards_pkey primary key (reward_id),
    constraint rewards_points check (points > 0),
    constraint rewards_stock check (stock >= 0)
);

-- Balance and debt are written by the trigger below alone: they are the sums of the entries, whatever the program does. A customer owes nothing while it has points.
create table points_accounts (
    customer_id uuid   not null references customers (customer_id) on delete cascade,
    balance     bigint not null default 0,
    debt        bigint not null default 0,
    level       text   not null default '', -- of the programme, as announced last
    constraint points_accounts_pkey primary key (customer_id),
    constraint points_accounts_balance check (balance >= 0),
    constraint points_accounts_debt check (debt >= 0),
    constraint points_accounts_either check (balance = 0 or debt = 0)
);

-- What one source has brought, an order, a referral, ...: a source brings points once, and corrections of it go into the same lot. points and points_left are sums of
-- entries, written by the trigger below alone. Of a return points are below 0.
create table points_lots (
    customer_id   uuid        not null references customers (customer_id) on delete cascade,
    lot_id        uuid        not null, -- the transaction that it came by
    kind          smallint    not null,
    reference     text        not null,
    points        bigint      not null default 0,
    points_left   bigint      not null default 0,
    earn_day      date        not null,
    expire_day    date,                           -- the last day of its points; null: none
    rate          numeric(18, 9),                 -- points for one unit of sales, of what was earned by itself
    currency      text        not null default '', -- that the sales were in
    reversed      boolean     not null default false,
    constraint points_lots_pkey primary key (customer_id, lot_id),
    constraint points_lots_source unique (customer_id, kind, reference),
    constraint points_lots_left check (points_left >= 0)
);
create index points_lots_open on points_lots (customer_id, expire_day) where points_left > 0;
create index points_lots_due on points_lots (expire_day, customer_id) where points_left > 0;
create index points_lots_earned on points_lots (customer_id, earn_day) include (points);

create table points_transactions (
    customer_id    uuid        not null references customers (customer_id) on delete cascade,
    transaction_id uuid        not null,
    kind           smallint    not null, -- 1 volume, 2 referral, 3 other, 4 adjustment, 5 redemption, 6 expiry, 7 reversal
    points         bigint      not null, -- by which the balance changed
    balance_after  bigint      not null,
    reference      text        not null,
    reason         text        not null,
    expire_day     date,
    reward_id      uuid references rewards (reward_id),
    quantity       integer     not null,
    reverses       uuid, -- the transaction that this one is against
    author         text        not null,
    post_day       date        not null,
    post_time      timestamptz not null,
    constraint points_transactions_pkey primary key (customer_id, transaction_id)
);
create unique index points_transactions_reverses on points_transactions (customer_id, reverses) where reverses is not null;
create index points_transactions_time on points_transactions (customer_id, post_time, transaction_id);

-- Accounts: 1 the customer's points, 2 issued, 3 redeemed, 4 expired, 5 the customer's debt (below 0).
create table points_entries (
    customer_id    uuid     not null,
    transaction_id uuid     not null,
    entry_number   integer  not null,
    account        smallint not null,
    lot_id         uuid,
    points         bigint   not null,
    constraint points_entries_pkey primary key (customer_id, transaction_id, entry_number),
    constraint points_entries_transaction foreign key (customer_id, transaction_id) references points_transactions on delete cascade,
    constraint points_entries_lot foreign key (customer_id, lot_id) references points_lots on delete cascade,
    constraint points_entries_points check (points <> 0),
    constraint points_entries_account check (account between 1 and 5 and (account in (1, 2, 4)) = (lot_id is not null))
);

-- One statement inserts all entries of a transaction. They must add up to zero; balances and lots follow.
-- +goose StatementBegin
create function points_entries_post() returns trigger language plpgsql as $$
begin
    if exists (select from posted group by customer_id, transaction_id having sum(points) <> 0) then
        raise exception 'the entries of a transaction do not add up to zero' using errcode = 'check_violation', constraint = 'points_entries_balanced';
    end if;
    insert into points_accounts (customer_id) select distinct customer_id from posted on conflict do nothing;
    update points_accounts a set balance = a.balance + p.available, debt = a.debt - p.debt
        from (select customer_id, coalesce(sum(points) filter (where account = 1), 0) as available, coalesce(sum(points) filter (where account = 5), 0) as debt
            from posted group by customer_id) p
        where a.customer_id = p.customer_id;
    update points_lots l set points = l.points - p.issued, points_left = l.points_left + p.available
        from (select customer_id, lot_id, coalesce(sum(points) filter (where account = 1), 0) as available,
                coalesce(sum(points) filter (where account = 2), 0) as issued
            from posted where lot_id is not null group by customer_id, lot_id) p
        where l.customer_id = p.customer_id and l.lot_id = p.lot_id;
    return null;
end $$;
-- +goose StatementEnd
create trigger points_entries_post after insert on points_entries referencing new table as posted for each statement execute function points_entries_post();

-- A transaction without entries, or with one, is none.
-- +goose StatementBegin
create function points_transactions_complete() returns trigger language plpgsql as $$
begin
    if (select count(*) from points_entries e where e.customer_id = new.customer_id and e.transaction_id = new.transaction_id) < 2 then
        raise exception 'transaction % has less than two entries', new.transaction_id using errcode = 'check_violation', constraint = 'points_transactions_complete';
    end if;
    return null;
end $$;
-- +goose StatementEnd
create constraint trigger points_transactions_complete after insert on points_transactions deferrable initially deferred
    for each row execute function points_transactions_complete();

-- Append only. Rows go with their customer alone.
-- +goose StatementBegin
create function points_append_only() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and not exists (select from customers c where c.customer_id = old.customer_id) then
        return old;
    end if;
    raise exception 'the points ledger is only ever added to' using errcode = 'check_violation', constraint = 'points_append_only';
end $$;
-- +goose StatementEnd
create trigger points_entries_append_only before update or delete on points_entries for each row execute function points_append_only();
create trigger points_transactions_append_only before update or delete on points_transactions for each row execute function points_append_only();

create table rebate_agreements (
    customer_id   uuid        not null references customers (customer_id) on delete cascade,
    agreement_id  uuid        not null,
    kind          smallint    not null, -- 1 target, 2 prepayment
    fiscal_year   integer     not null,
    currency      text        not null,
    target        numeric(28, 9), -- of kind 1
    prepaid_days  integer     not null,
    tiers         jsonb       not null,
    author        text        not null,
    create_time   timestamptz not null,
    cancel_time   timestamptz,
    cancel_reason text        not null default '',
    constraint rebate_agreements_pkey primary key (customer_id, agreement_id)
);
create unique index rebate_agreements_one on rebate_agreements (customer_id, kind, fiscal_year) where cancel_time is null;
create index rebate_agreements_year on rebate_agreements (fiscal_year, customer_id, agreement_id) where cancel_time is null;

-- What was posted, with the figures that it came from. total is what the agreement has given with this posting and all before it. Append only.
create table rebates (
    customer_id    uuid           not null,
    rebate_id      uuid           not null,
    agreement_id   uuid           not null,
    posting_number integer        not null,
    kind           smallint       not null,
    fiscal_year    integer        not null,
    currency       text           not null,
    amount         numeric(28, 9) not null,
    total          numeric(28, 9) not null,
    base           numeric(28, 9) not null,
    target         numeric(28, 9),
    threshold      numeric(28, 9), -- of the tier that was reached; null: none
    rate_percent   numeric(12, 6) not null,
    unrated        integer        not null,
    author         text           not null,
    post_time      timestamptz    not null,
    constraint rebates_pkey primary key (customer_id, rebate_id),
    constraint rebates_agreement foreign key (customer_id, agreement_id) references rebate_agreements on delete cascade,
    constraint rebates_once unique (customer_id, agreement_id, posting_number)
);
create index rebates_time on rebates (customer_id, post_time);

-- +goose Down
drop table rebates, rebate_agreements, points_entries, points_transactions, points_lots, points_accounts, rewards, loyalty_programmes;
drop function points_entries_post(), points_transactions_complete(), points_append_only();
