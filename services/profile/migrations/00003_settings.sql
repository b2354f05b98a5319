-- The numbers that the service works by, as versions that are never changed: the newest is in force. The first one is what is shipped.

-- +goose Up
create table settings (
    version integer not null,
    expected_order_lead_days integer not null,
    rhythm_min_intervals integer not null,
    overdue_deviation_factor double precision not null,
    overdue_median_factor double precision not null,
    deleted_customer_days integer not null,
    author text not null,
    create_time timestamptz not null,
    constraint settings_pkey primary key (version)
);
insert into settings values (1, 7, 3, 3, 0.5, 30, '', now());

-- +goose Down
drop table settings;
