-- The numbers of a version become one body, the message of the API as JSON, as libs/settings keeps them for every service: a new number needs no new column.

-- +goose Up
alter table settings add column body jsonb;
update settings set body = jsonb_build_object(
    'expectedOrderLeadDays', expected_order_lead_days,
    'rhythmMinIntervals', rhythm_min_intervals,
    'overdueDeviationFactor', overdue_deviation_factor,
    'overdueMedianFactor', overdue_median_factor,
    'deletedCustomerDays', deleted_customer_days);
alter table settings alter column body set not null,
    drop column expected_order_lead_days,
    drop column rhythm_min_intervals,
    drop column overdue_deviation_factor,
    drop column overdue_median_factor,
    drop column deleted_customer_days;

-- +goose Down
alter table settings
    add column expected_order_lead_days integer not null default 0,
    add column rhythm_min_intervals integer not null default 0,
    add column overdue_deviation_factor double precision not null default 0,
    add column overdue_median_factor double precision not null default 0,
    add column deleted_customer_days integer not null default 0;
update settings set -- a zero is left out of a body
    expected_order_lead_days = coalesce(cast(body ->> 'expectedOrderLeadDays' as integer), 0),
    rhythm_min_intervals = coalesce(cast(body ->> 'rhythmMinIntervals' as integer), 0),
    overdue_deviation_factor = coalesce(cast(body ->> 'overdueDeviationFactor' as double precision), 0),
    overdue_median_factor = coalesce(cast(body ->> 'overdueMedianFactor' as double precision), 0),
    deleted_customer_days = coalesce(cast(body ->> 'deletedCustomerDays' as integer), 0);
alter table settings
    alter column expected_order_lead_days drop default,
    alter column rhythm_min_intervals drop default,
    alter column overdue_deviation_factor drop default,
    alter column overdue_median_factor drop default,
    alter column deleted_customer_days drop default,
    drop column body;
