-- How long the queues are is watched; of what is to be asked of profile there was no time until now. And deleted customers are found without reading all of them.

-- +goose Up
alter table wanted add column wish_time timestamptz not null default now();
create index customers_deleted on customers (customer_id) where delete_time is not null;

-- +goose Down
drop index customers_deleted;
alter table wanted drop column wish_time;
