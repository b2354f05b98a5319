-- What was made after 00006 is given to a survivor as well when customers are merged: see libs/rekey.

-- +goose Up
select guanxi_defer_customer_keys();

-- +goose Down
select 1;
