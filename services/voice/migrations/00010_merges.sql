-- When customers are merged all that is kept of one becomes the other's: see libs/rekey.

-- +goose Up
select guanxi_defer_customer_keys();

-- +goose Down
select; -- a key that can be deferred is no other key
