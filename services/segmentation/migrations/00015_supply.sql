-- Our share of the customers' supply and what their owners expect to sell, as profile announces them. Both are built from its events and can be built from them again. From the shares
-- signals are made, which stay.

-- +goose Up
create table supply_positions (
    customer_id  uuid          not null,
    position_id  uuid          not null,
    product_line text          not null,
    as_of        date          not null,
    share        numeric(5, 2) not null, -- percent
    constraint supply_positions_pkey primary key (customer_id, position_id),
    -- As in profile, so that of two customers that are merged the same rows are put aside.
    constraint supply_positions_day unique (customer_id, product_line, as_of)
);

create table expected_sales (
    customer_id  uuid           not null,
    sales_id     uuid           not null,
    fiscal_year  integer        not null,
    product_line text           not null, -- empty: all together
    currency     text           not null,
    rate         numeric(24, 12),         -- of rate_day; null: none is known
    rate_day     date           not null, -- the day on which it was said
    amount       numeric(28, 9) not null,
    constraint expected_sales_pkey primary key (customer_id, sales_id),
    constraint expected_sales_year unique (customer_id, fiscal_year, product_line)
);

-- Null where nobody has said anything of the fiscal year, or in a currency without a rate.
alter table measures add column expected_sales numeric(28, 9);

-- The shipped model measured expected sales by those of the last 12 months, which the new measure still does where nobody has said what he expects: who was graded before would be
-- graded alike.
update grading_models set body = jsonb_set(body, '{factors,2,measure}', '"EXPECTED_SALES"')
where model_id = '019b7620-0000-7000-8000-000000000013' and body #>> '{factors,2,id}' = 'expected_sales' and body #>> '{factors,2,measure}' = 'SALES_12M';

-- +goose Down
update grading_models set body = jsonb_set(body, '{factors,2,measure}', '"SALES_12M"')
where model_id = '019b7620-0000-7000-8000-000000000013' and body #>> '{factors,2,measure}' = 'EXPECTED_SALES';
alter table measures drop column expected_sales;
drop table expected_sales, supply_positions;
