package standing

import (
	"context"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// parameters are what the rules need beside the customer's measures.
type parameters struct {
	Customers pq.GenericArray `db:"customers"`
	Day       string          `db:"day"`
	ByProfit  bool            `db:"by_profit"`
	// Borders, from the top; a null value stands for none.
	ClassValues pq.GenericArray `db:"class_values"`
	ClassIDs    pq.GenericArray `db:"class_ids"`
	ABCValues   pq.GenericArray `db:"abc_values"`
	ABCIDs      pq.GenericArray `db:"abc_ids"`
	TierValues  pq.GenericArray `db:"tier_values"`
	TierIDs     pq.GenericArray `db:"tier_ids"`
	// Tiers as bands, from the lowest.
	ByRank     bool            `db:"by_rank"`
	Edges      pq.GenericArray `db:"edges"`
	Tiers      pq.Int32Array   `db:"tiers"`
	First      pq.Int32Array   `db:"first_levels"`
	Last       pq.Int32Array   `db:"last_levels"`
	Step       decimal.Decimal `db:"step"`
	Hysteresis decimal.Decimal `db:"hysteresis"`
	// Lifecycle.
	ResponderDays   int32         `db:"responder_days"`
	Established     int32         `db:"established"`
	StableDays      int32         `db:"stable_days"`
	StableTenure    int32         `db:"stable_tenure"`
	FormerDays      int32         `db:"former_days"`
	Drop            float64       `db:"drop"`
	MinIntervals    int32         `db:"min_intervals"`
	DeviationFactor float64       `db:"deviation_factor"`
	MedianFactor    float64       `db:"median_factor"`
	Silences        pq.Int32Array `db:"silences"` // by tier, from 1
}

func parametersOf(customers []uuid.UUID, day string, r *Ranking, n *settings.Numbers) parameters {
	p := parameters{
		Customers: pq.GenericArray{A: customers}, Day: day, ByProfit: r.Basis == settings.GrossProfit, ByRank: n.TierByRank,
		Hysteresis: n.TierHysteresis, ResponderDays: n.Lifecycle.ResponderDays, Established: n.Lifecycle.EstablishedOrderDays,
		StableDays: n.Lifecycle.StableOrderDays, StableTenure: n.Lifecycle.StableTenureDays, FormerDays: n.Lifecycle.FormerDays,
		Drop: n.Lifecycle.DeclineDrop, MinIntervals: n.Churn.MinIntervals, DeviationFactor: n.Churn.DeviationFactor, MedianFactor: n.Churn.MedianFactor,
	}
	p.ClassValues, p.ClassIDs = r.Borders.arrays(belowCore, belowImportant, belowOrdinary)
	p.ABCValues, p.ABCIDs = r.Borders.arrays(belowA, belowB)
	p.TierValues, p.TierIDs = r.Borders.arrays(belowProject, belowVIP, belowMid, belowRegular)
	var edges []decimal.Decimal
	for _, b := range n.TierBands {
		edges = append(edges, b.Lower)
		p.Tiers, p.First, p.Last = append(p.Tiers, int32(b.Tier)), append(p.First, int32(b.First)), append(p.Last, int32(b.Last))
	}
	p.Edges, p.Step = pq.GenericArray{A: edges}, n.TierBands[len(n.TierBands)-1].Step
	for tier := int16(1); tier <= topTier; tier++ {
		days, ok := n.Churn.TierSilence[tier]
		if !ok {
			days = n.Lifecycle.FormerDays
		}
		p.Silences = append(p.Silences, days)
	}
	return p
}

// topTier is the highest number of a tier.
const topTier = 5

func (b Borders) arrays(names ...string) (values, ids pq.GenericArray) {
	v, i := make([]decimal.NullDecimal, len(names)), make([]uuid.UUID, len(names))
	for at, name := range names {
		if border, ok := b[name]; ok {
			v[at], i[at] = decimal.NewNullDecimal(border.Value), border.Customer
		}
	}
	return pq.GenericArray{A: v}, pq.GenericArray{A: i}
}

// above says whether a customer is above the n-th border of a set.
func above(set, n string) string {
	return `(value > (p.` + set + `_values)[` + n + `] or value = (p.` + set + `_values)[` + n + `] and customer_id <= (p.` + set + `_ids)[` + n + `])`
}

// Where a customer with orders stands by the borders of the ranking.
var (
	rankedClass = `case when ` + above("class", "1") + ` then 5 when ` + above("class", "2") + ` then 4 when ` + above("class", "3") + ` then 3 else 2 end`
	rankedABC   = `case when ` + above("abc", "1") + ` then 3 when ` + above("abc", "2") + ` then 2 else 1 end`
	rankedTier  = `case when ` + above("tier", "1") + ` then 5 when ` + above("tier", "2") + ` then 4 when ` + above("tier", "3") + ` then 3
				when ` + above("tier", "4") + ` then 2 else 1 end`
)

// tolerated is how many days of silence are.
const tolerated = `case when order_days - 1 >= p.min_intervals
				then interval_median + greatest(p.deviation_factor * 1.4826 * interval_deviation, p.median_factor * interval_median)
				else p.silences[greatest(tier, 1)] end`

// judged gives for each customer of m (measures, with its standing s) where it stands now, beside where it stood. The steps build on each other: value, contribution and
// rank, the plain tier, the tier with hysteresis, silence, lifecycle. Each is a line of domain.md.
//
// Each step is fenced off by "offset 0": without it the planner writes the expressions of one into the next and computes them again for each use, and these uses
// multiply from step to step.
//
// A band's lower edge is inclusive. A customer keeps its tier until its contribution is more than the hysteresis below its edge.
//
//nolint:unqueryvet // each step keeps all that the steps before it found
var judged = `valued as (
		select m.customer_id, m.first_day, m.last_day, m.order_days, m.interval_median, m.interval_deviation,
			case when p.by_profit then coalesce(m.gross_profit, 0) else m.sales end as value,
			case when p.by_profit then coalesce(m.previous_gross, 0) else m.previous_sales end as previous,
			least(greatest((extract(year from m.measure_month) - extract(year from m.first_day)) * 12
				+ extract(month from m.measure_month) - extract(month from m.first_day) + 1, 1), 12) as months,
			(p.day - m.last_day) as silence, s.class as class_before, s.abc as abc_before, s.tier as tier_before, s.inner_level as level_before,
			s.stage as stage_before, s.role as role_before, s.engagement as engagement_before, s.value as value_before, s.contribution as contribution_before
		from subject m join standings s using (customer_id) cross join p
		offset 0
	), contributing as (
		select v.*, case when order_days > 0 then round(value / months, 9) else 0 end as contribution from valued v
		offset 0
	), banded as (
		select c.*, case when p.by_rank
			then ` + rankedTier + ` else greatest(width_bucket(contribution, p.edges), 1) end as band,
			array_position(p.tiers, cast(c.tier_before as integer)) as band_before
		from contributing c cross join p
		offset 0
	), held as (
		select b.*, case when not p.by_rank and band_before > band and contribution >= p.edges[band_before] * (1 - p.hysteresis) then band_before else band end as kept
		from banded b cross join p
		offset 0
	), leveled as (
		select h.*,
			case when order_days = 0 then 0 when p.by_rank then band else p.tiers[kept] end as tier,
			case when order_days = 0 then 0 when p.by_rank then 0 when kept > band then p.first_levels[kept]
				when kept = array_length(p.edges, 1)
					then least(p.first_levels[kept] + floor((contribution - p.edges[kept]) / p.step), p.last_levels[kept])
				else least(p.first_levels[kept] + floor(greatest(contribution - p.edges[kept], 0) * (p.last_levels[kept] - p.first_levels[kept] + 1)
					/ (p.edges[kept + 1] - p.edges[kept])), p.last_levels[kept]) end as inner_level
		from held h cross join p
		offset 0
	), silent as (
		select l.*,
			silence > ` + tolerated + ` as overdue,
			first_day <= p.day - interval '24 months' and previous > 0 and value < previous * (1 - cast(p.drop as numeric)) as dropped,
			exists (select from signals i where i.customer_id = l.customer_id and i.kind = 1
				and i.signal_time >= p.day - p.responder_days and i.signal_time < p.day + 1) as interested
		from leveled l cross join p
		offset 0
	), staged as (
		select t.*,
			case when order_days = 0 then 1 else ` + rankedClass + ` end as class, case when order_days = 0 then 0 else ` + rankedABC + ` end as abc,
			case when order_days = 0 then case when interested then 2 else 1 end when silence > p.former_days then 5
				when order_days < p.established then 3 else 4 end as role,
			case when order_days = 0 then 1 when silence > p.former_days or overdue or dropped then 4 when order_days = 1 then 1
				when order_days >= p.stable_days and p.day - first_day >= p.stable_tenure then 3 else 2 end as stage
		from silent t cross join p
		offset 0
	), placed as (
		select t.*, case when role = 5 then 5 when stage = 4 then 4 when role = 1 then 1 when role in (2, 3) then 2 else 3 end as engagement from staged t
	)`

// judgedBy are the measures that judged reads.
const judgedBy = `m.customer_id, m.measure_month, m.first_day, m.last_day, m.order_days, m.interval_median, m.interval_deviation, m.gross_profit, m.previous_gross,
	m.sales, m.previous_sales`

// given are the parameters as a table of one row.
const given = `p as (select cast(:day as date) as day, cast(:by_profit as boolean) as by_profit,
		cast(:class_values as numeric[]) as class_values, cast(:class_ids as uuid[]) as class_ids,
		cast(:abc_values as numeric[]) as abc_values, cast(:abc_ids as uuid[]) as abc_ids,
		cast(:tier_values as numeric[]) as tier_values, cast(:tier_ids as uuid[]) as tier_ids,
		cast(:by_rank as boolean) as by_rank, cast(:edges as numeric[]) as edges, cast(:tiers as integer[]) as tiers,
		cast(:first_levels as integer[]) as first_levels, cast(:last_levels as integer[]) as last_levels, cast(:step as numeric) as step,
		cast(:hysteresis as numeric) as hysteresis, cast(:responder_days as integer) as responder_days, cast(:established as integer) as established,
		cast(:stable_days as integer) as stable_days, cast(:stable_tenure as integer) as stable_tenure, cast(:former_days as integer) as former_days,
		cast(:drop as double precision) as drop, cast(:min_intervals as integer) as min_intervals,
		cast(:deviation_factor as double precision) as deviation_factor, cast(:median_factor as double precision) as median_factor,
		cast(:silences as integer[]) as silences)`

// Rows that come out as they were are not written. What the outer select gives are those whose place changed.
var judge = `with ` + given + `, subject as (
		select ` + judgedBy + ` from measures m where customer_id = any(cast(:customers as uuid[]))
	), ` + judged + `, written as (
		update standings s set value = n.value, contribution = n.contribution, class = n.class, abc = n.abc, tier = n.tier, inner_level = n.inner_level,
			stage = n.stage, role = n.role, engagement = n.engagement,
			class_day = case when (n.class, n.abc) = (n.class_before, n.abc_before) then s.class_day else p.day end,
			tier_day = case when n.tier = n.tier_before then s.tier_day else p.day end,
			stage_day = case when n.stage = n.stage_before then s.stage_day else p.day end
		from placed n cross join p
		where s.customer_id = n.customer_id
			and (n.value, n.contribution, n.class, n.abc, n.tier, n.inner_level, n.stage, n.role, n.engagement) is distinct from
				(n.value_before, n.contribution_before, n.class_before, n.abc_before, n.tier_before, n.level_before, n.stage_before, n.role_before, n.engagement_before)
	)
	select customer_id, value, contribution, class, abc, tier, inner_level, stage, role, engagement,
		class_before, abc_before, tier_before, level_before, stage_before, role_before, engagement_before
	from placed
	where (class, abc, tier, inner_level, stage, role, engagement) is distinct from
		(class_before, abc_before, tier_before, level_before, stage_before, role_before, engagement_before)
	order by customer_id`

// change is a customer whose place changed.
type change struct {
	Customer     uuid.UUID       `db:"customer_id"`
	Value        decimal.Decimal `db:"value"`
	Contribution decimal.Decimal `db:"contribution"`
	Place
	ClassBefore      int16 `db:"class_before"`
	ABCBefore        int16 `db:"abc_before"`
	TierBefore       int16 `db:"tier_before"`
	LevelBefore      int16 `db:"level_before"`
	StageBefore      int16 `db:"stage_before"`
	RoleBefore       int16 `db:"role_before"`
	EngagementBefore int16 `db:"engagement_before"`
}

func (c *change) before() Place {
	return Place{c.ClassBefore, c.ABCBefore, c.TierBefore, c.LevelBefore, c.StageBefore, c.RoleBefore, c.EngagementBefore}
}

// judge places the customers of a scope anew and returns those whose place changed.
func (s *Store) judge(ctx context.Context, scope assess.Scope, r *Ranking) ([]change, error) {
	var changes []change
	err := s.db.NamedSelect(ctx, &changes, judge, parametersOf(scope.Customers, scope.Day.Format("2006-01-02"), r, scope.Settings))
	return changes, err
}
