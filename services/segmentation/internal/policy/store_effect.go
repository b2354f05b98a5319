package policy

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
)

const countGroups = `select coalesce(s.class, 0) as class, coalesce(s.tier, 0) as tier, coalesce(s.grade, 0) as grade, count(*) as customers
	from customers c left join standings s on s.customer_id = c.customer_id
	where c.delete_time is null and guanxi_covers(c.territory, $1)
	group by 1, 2, 3 order by 1, 2, 3`

// Groups counts the living customers in the caller's territories by standing, in one pass.
func (s *Store) Groups(ctx context.Context) ([]Group, error) {
	var groups []Group
	err := s.db.Select(ctx, &groups, countGroups, auth.From(ctx).Scope())
	return groups, err
}

// Kinds of signals are 2 complaint and 3 satisfaction.
const figures = `select coalesce(s.class, 0) as class, coalesce(s.tier, 0) as tier, coalesce(s.grade, 0) as grade,
		count(*) as customers, count(*) filter (where s.at_risk) as at_risk,
		coalesce(sum(m.previous_sales), 0) as sales_before, coalesce(sum(m.sales), 0) as sales_after,
		sum(m.previous_gross) as gross_before, sum(m.gross_profit) as gross_after,
		cast(coalesce(sum(g.complaints_before), 0) as bigint) as complaints_before, cast(coalesce(sum(g.complaints_after), 0) as bigint) as complaints_after,
		cast(coalesce(sum(g.measured_before), 0) as bigint) as measured_before, cast(coalesce(sum(g.measured_after), 0) as bigint) as measured_after,
		coalesce(sum(g.satisfaction_before), 0) as satisfaction_before, coalesce(sum(g.satisfaction_after), 0) as satisfaction_after
	from customers c
	left join standings s on s.customer_id = c.customer_id
	left join measures m on m.customer_id = c.customer_id
	left join (select customer_id,
			count(*) filter (where kind = 2 and signal_time < $3) as complaints_before, count(*) filter (where kind = 2 and signal_time >= $3) as complaints_after,
			count(*) filter (where kind = 3 and signal_time < $3) as measured_before, count(*) filter (where kind = 3 and signal_time >= $3) as measured_after,
			sum(value) filter (where kind = 3 and signal_time < $3) as satisfaction_before, sum(value) filter (where kind = 3 and signal_time >= $3) as satisfaction_after
		from signals where kind in (2, 3) and signal_time >= $2 and signal_time < $4 group by customer_id
	) g on g.customer_id = c.customer_id
	where c.delete_time is null and guanxi_covers(c.territory, $1)
	group by 1, 2, 3 order by 1, 2, 3`

// Figures sums the living customers in the caller's territories up by standing, in one pass. The windows begin at midnight in the zone.
func (s *Store) Figures(ctx context.Context, w Window, zone *time.Location) ([]Group, error) {
	instant := func(day time.Time) time.Time { return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone) }
	var groups []Group
	err := s.db.Select(ctx, &groups, figures, auth.From(ctx).Scope(), instant(w.Before), instant(w.After), instant(w.End))
	return groups, err
}

var daysInForce = `select count(*) from generate_series(cast($2 as date), cast($3 as date), interval '1 day') as days (day)
	where (` + inForce("policy_id", "days.day") + `) = $1`

// DaysInForce counts the days from one to another, both included, on which a policy is in force.
func (s *Store) DaysInForce(ctx context.Context, id uuid.UUID, from, to time.Time) (days int32, err error) {
	err = s.db.Get(ctx, &days, daysInForce, id, from.Format(time.DateOnly), to.Format(time.DateOnly))
	return days, err
}

// Evaluation is one that was kept, as the table has it.
type Evaluation struct {
	PolicyID   uuid.UUID      `db:"policy_id"`
	ID         uuid.UUID      `db:"evaluation_id"`
	Scope      pq.StringArray `db:"scope"` // the territories that were evaluated; null: all
	Body       string         `db:"body"`  // protobuf JSON without what the other columns say
	Author     string         `db:"author"`
	CreateTime time.Time      `db:"create_time"`
}

const insertEvaluation = `insert into policy_evaluations (policy_id, evaluation_id, scope, body, author, create_time)
	values (:policy_id, :evaluation_id, cast(:scope as text[]), :body, :author, :create_time)`

// Keep stores an evaluation that the caller has made just now.
func (s *Store) Keep(ctx context.Context, policy uuid.UUID, body string) (*Evaluation, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	caller := auth.From(ctx)
	k := &Evaluation{PolicyID: policy, ID: id, Body: body, Author: caller.Subject, CreateTime: s.now()}
	if !caller.Everywhere() {
		k.Scope = append(pq.StringArray{}, caller.Territories...)
	}
	_, err = s.db.NamedExec(ctx, insertEvaluation, k)
	return k, err
}

// Figures give away something of each territory that they are of.
const within = `policy_id = $1 and (cast($2 as text[]) is null
	or scope is not null and not exists (select from unnest(scope) as territory where not guanxi_covers(territory, $2)))`

// Kept reads a page of the evaluations of a policy that are of territories within the caller's.
func (s *Store) Kept(ctx context.Context, plan *listing.Plan, policy uuid.UUID) ([]Evaluation, string, error) {
	query, args := plan.Query(`policy_id, evaluation_id, body, author, create_time`, "policy_evaluations", within, policy, auth.From(ctx).Scope())
	var rows []struct {
		Evaluation
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	list := make([]Evaluation, len(rows))
	for i := range rows {
		list[i] = rows[i].Evaluation
	}
	return list, next, err
}
