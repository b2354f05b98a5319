-- Figures are counted from what is there. These keep short the ways to what they look for.

-- +goose Up

-- The backlog: few of all the cases that there have ever been.
create index cases_open on cases (received_time) where state < 6;
-- The complaints of a customer within a period.
create index voices_complaints on voices (customer_id, received_time) where kind = 4 and customer_id is not null;
create index cases_complaints on cases (customer_id, received_time) where request_kind = 2;

-- +goose Down
drop index cases_complaints, voices_complaints, cases_open;
