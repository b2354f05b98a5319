-- Churn warnings: why we fear to lose a customer, from when to when, and the purchase model that is one of the grounds.

-- +goose Up

-- One row for each time that a customer came to be at risk for a reason. What a risk was raised by is never changed and no row is removed; its end is added once.
create table churn_risks (
    customer_id      uuid        not null references customers (customer_id) on delete cascade,
    risk_id          uuid        not null,
    reason           smallint    not null, -- ChurnRisk.Reason of the API
    raise_day        date        not null, -- the business day
    raise_time       timestamptz not null,
    cause            text        not null, -- what made us look
    reference        text        not null,
    settings_version integer     not null,
    figures          jsonb       not null, -- by which it was raised; days as YYYY-MM-DD
    clear_day        date,
    clear_time       timestamptz,
    clear_cause      text        not null default '',
    clear_reference  text        not null default '',
    constraint churn_risks_pkey primary key (customer_id, risk_id),
    constraint churn_risks_end check ((clear_day is null) = (clear_time is null))
);
-- At most one open risk for a reason, whatever goes wrong above.
create unique index churn_risks_open on churn_risks (customer_id, reason) where clear_time is null;
create index churn_risks_day on churn_risks (raise_day desc, risk_id desc);

-- The purchase models (BG/NBD, in weeks) fitted to all order histories. The last one is in use.
create table purchase_models (
    model_id         uuid             not null,
    fit_day          date             not null,
    r                double precision not null,
    alpha            double precision not null,
    a                double precision not null,
    b                double precision not null,
    log_likelihood   double precision not null,
    customer_count   bigint           not null,
    settings_version integer          not null,
    create_time      timestamptz      not null,
    constraint purchase_models_pkey primary key (model_id)
);
create index purchase_models_day on purchase_models (fit_day desc, model_id desc);

-- The probability that a customer with x repeat purchases, the last of them at tx, has not left at t (Fader, Hardie and Lee 2005). It is the same formula as
-- purchase.Model.ProbabilityAlive; here so that all customers can be judged where they are. A bare expression, so that the planner inlines it. The odds are bounded
-- because exp() fails where it would underflow or overflow: beyond e^700 the probability is 0 or 1 for any purpose.
create function purchase_alive(x double precision, tx double precision, t double precision,
    r double precision, alpha double precision, a double precision, b double precision) returns double precision
    language sql immutable parallel safe as
    $$ select case when x < 1 then 1.0 else
        1.0 / (1.0 + exp(least(greatest(ln(a) - ln(b + (x - 1)) + (r + x) * ln((alpha + t) / (alpha + tx)), -700), 700))) end $$;

-- +goose Down
drop function purchase_alive(double precision, double precision, double precision, double precision, double precision, double precision, double precision);
drop table purchase_models, churn_risks;
