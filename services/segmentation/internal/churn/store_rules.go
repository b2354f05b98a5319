package churn

import (
	"time"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/purchase"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// rules are what the conditions need beside the customer, sent as one JSON object: $1 of every statement below. Its numbers arrive as exact decimals.
type rules struct {
	Day              string          `json:"day"`
	Zone             string          `json:"zone"`
	Currency         string          `json:"currency"`
	MinIntervals     int32           `json:"min_intervals"`
	DeviationFactor  float64         `json:"deviation_factor"`
	MedianFactor     float64         `json:"median_factor"`
	TierSilence      map[int16]int32 `json:"tier_silence"`
	YearDrop         float64         `json:"year_drop"`
	ShareLoss        float64         `json:"share_loss"`
	ComplaintCount   int32           `json:"complaint_count"`
	ComplaintDays    int32           `json:"complaint_days"`
	SatisfactionDrop float64         `json:"satisfaction_drop"`
	AliveBelow       float64         `json:"alive_below"`
	*parameters                      // nil without a model
}

// parameters are those of the purchase model.
type parameters struct {
	ModelDay string  `json:"model_day"`
	R        float64 `json:"r"`
	Alpha    float64 `json:"alpha"`
	A        float64 `json:"a"`
	B        float64 `json:"b"`
}

func rulesOf(day time.Time, n *settings.Numbers, c settings.Churn, m *Model) postgres.JSON[rules] {
	r := rules{
		Day: day.Format(time.DateOnly), Zone: n.Zone.String(), Currency: n.Currency,
		MinIntervals: c.MinIntervals, DeviationFactor: c.DeviationFactor, MedianFactor: c.MedianFactor, TierSilence: c.TierSilence,
		YearDrop: c.YearDrop, ShareLoss: c.ShareLoss, ComplaintCount: c.ComplaintCount, ComplaintDays: c.ComplaintDays,
		SatisfactionDrop: c.SatisfactionDrop, AliveBelow: c.AliveBelow,
	}
	if m != nil {
		r.parameters = parametersOf(m.FitDay, m.Model)
	}
	return postgres.JSON[rules]{V: r}
}

func parametersOf(day time.Time, m purchase.Model) *parameters {
	return &parameters{ModelDay: day.Format(time.DateOnly), R: m.R, Alpha: m.Alpha, A: m.A, B: m.B}
}

// given is the rules as a table of one row; until is the end of the business day.
const given = `rule as (
		select day, zone, currency, min_intervals, deviation_factor, median_factor, tier_silence, year_drop, share_loss, complaint_count, complaint_days,
			satisfaction_drop, alive_below, model_day, r, alpha, a, b, cast(day + 1 as timestamp) at time zone zone as until
		from jsonb_to_record(cast($1 as jsonb)) as g (day date, zone text, currency text, min_intervals integer, deviation_factor numeric, median_factor numeric,
			tier_silence jsonb, year_drop numeric, share_loss numeric, complaint_count integer, complaint_days integer, satisfaction_drop numeric,
			alive_below double precision, model_day date, r double precision, alpha double precision, a double precision, b double precision)
	)`

// subjects are the customers to be judged ($2), by their measures as they are kept. What judges a past day has a CTE of the same name and columns of its own.
const subjects = `subject as (
		select m.customer_id, m.first_day, m.last_day, m.order_days, m.interval_median, m.interval_deviation, m.sales, m.previous_sales, m.unrated,
			greatest(coalesce(s.tier, 0), 1) as tier
		from measures m left join standings s using (customer_id)
		where m.customer_id = any($2) and m.order_days > 0
	)`

// rhythms say of each subject how many whole days of silence are tolerated; null when no rule says. The bound keeps the limit within the calendar.
const rhythms = `rhythm as (
		select customer_id, first_day, last_day, order_days, interval_median, interval_deviation, tier, day, own,
			cast(case when own then least(floor(cast(interval_median as numeric)
					+ greatest(deviation_factor * 1.4826 * cast(interval_deviation as numeric), median_factor * cast(interval_median as numeric))), 36500)
				else cast(tier_silence ->> cast(tier as text) as numeric) end as integer) as tolerated
		from subject cross join rule cross join lateral (select order_days > min_intervals as own) o
	)`

// histories are what the purchase model looks at, in weeks. An order may be dated ahead of the day.
const histories = `history as (
		select customer_id, last_day, order_days - 1 as x, (last_day - first_day) / cast(7 as double precision) as tx,
			(greatest(day, last_day) - first_day) / cast(7 as double precision) as t
		from subject cross join rule
	)`

// observed are the signals that the conditions compare or count. One older than a year says nothing of the day.
const observed = `shares as (
		select g.customer_id, g.signal_id, g.value, g.signal_time, row_number() over (partition by g.customer_id order by g.signal_time desc, g.signal_id desc) as place
		from signals g join subject using (customer_id) cross join rule where g.kind = 4 and g.signal_time < until
	), share as (
		select distinct on (l.customer_id) l.customer_id, b.value as before, b.signal_id as before_signal, l.value as after, l.signal_id as after_signal
		from shares l join shares b on b.customer_id = l.customer_id and b.place > 1 and b.signal_time >= l.signal_time - interval '1 year' cross join rule
		where l.place = 1 and l.signal_time >= until - interval '1 year'
		order by l.customer_id, b.value desc, b.place
	), scores as (
		select g.customer_id, g.signal_id as after_signal, g.value as after, g.signal_time, lead(g.value) over latest as before,
			lead(g.signal_id) over latest as before_signal, row_number() over latest as place
		from signals g join subject using (customer_id) cross join rule where g.kind = 3 and g.signal_time < until
		window latest as (partition by g.customer_id order by g.signal_time desc, g.signal_id desc)
	), complaints as (
		select g.customer_id, count(*) as count
		from signals g join subject using (customer_id) cross join rule
		where g.kind = 2 and g.signal_time < until and g.signal_time >= cast(day - complaint_days + 1 as timestamp) at time zone zone
		group by g.customer_id
	)`

// conditions are the rules, each a line of Reason. Sales of orders without an exchange rate are not known, and so is no drop.
const conditions = rhythms + `, ` + histories + `, ` + observed + `, holds (customer_id, reason, last_day, figures) as (
		select customer_id, 1, last_day, jsonb_build_object('silence_days', day - last_day, 'tolerated_days', tolerated, 'limit_day', last_day + tolerated,
			'own_rhythm', own, 'intervals', order_days - 1, 'median_days', coalesce(interval_median, 0), 'deviation_days', coalesce(interval_deviation, 0), 'tier', tier)
		from rhythm where day > last_day + tolerated
		union all
		select customer_id, 2, last_day, jsonb_build_object('before', previous_sales, 'after', sales, 'currency', currency,
			'drop', round((previous_sales - sales) / previous_sales, 6))
		from subject cross join rule
		where year_drop > 0 and unrated = 0 and previous_sales > 0 and previous_sales - sales >= year_drop * previous_sales
		union all
		select customer_id, 3, last_day, jsonb_build_object('before', before, 'after', after, 'drop', before - after,
			'before_signal', before_signal, 'after_signal', after_signal)
		from share join subject using (customer_id) cross join rule where share_loss > 0 and before - after >= share_loss
		union all
		select customer_id, 4, last_day, jsonb_build_object('count', count, 'days', complaint_days)
		from complaints join subject using (customer_id) cross join rule where complaint_count > 0 and count >= complaint_count
		union all
		select customer_id, 5, last_day, jsonb_build_object('before', before, 'after', after, 'drop', before - after,
			'before_signal', before_signal, 'after_signal', after_signal)
		from scores join subject using (customer_id) cross join rule
		where place = 1 and signal_time >= until - interval '1 year' and satisfaction_drop > 0 and before - after >= satisfaction_drop
		union all
		select customer_id, 6, last_day, jsonb_build_object('alive', alive, 'threshold', alive_below, 'x', x, 'tx', tx, 't', t, 'model_day', model_day)
		from history cross join rule cross join lateral (select purchase_alive(x, tx, t, r, alpha, a, b) as alive offset 0) p
		where r is not null and alive_below > 0 and alive < alive_below
	)`
