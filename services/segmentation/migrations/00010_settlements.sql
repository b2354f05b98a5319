-- The first results of each settlement of rebates, to be shown with it. They go with it, and with their customer.

-- +goose Up
create table rebate_settlement_results (
    operation_id  uuid    not null references operations (operation_id) on delete cascade,
    result_number integer not null, -- from 0, by agreement
    customer_id   uuid    not null references customers (customer_id) on delete cascade,
    posting       jsonb   not null,
    constraint rebate_settlement_results_pkey primary key (operation_id, result_number)
);
create index rebate_settlement_results_customer on rebate_settlement_results (customer_id);

-- +goose Down
drop table rebate_settlement_results;
