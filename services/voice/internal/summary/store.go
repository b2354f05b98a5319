package summary

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// Store reads summaries.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

// The parameters are $1 the customer, null for all, $2 the scope, $3 the start of the year before, $4 that of the year, $5 its end. A voice of nobody yet is where it waits.
const (
	voices = ` from voices v left join customers c using (customer_id)
	where v.received_time >= $3 and v.received_time < $5 and ($1::uuid is null or v.customer_id = $1) and guanxi_covers(coalesce(c.territory, v.territory), $2)`
	cases = ` from cases k join customers c using (customer_id)
	where k.received_time >= $3 and k.received_time < $5 and ($1::uuid is null or k.customer_id = $1) and guanxi_covers(c.territory, $2)`

	counts = `, count(*) filter (where received_time >= $4) as count, count(*) filter (where received_time < $4) as before`
	// Of those that there were in the year, the most frequent first.
	ordered = ` group by 1 having count(*) filter (where received_time >= $4) > 0 order by 2 desc, 1 limit `

	// Complaints as VoiceFigureService counts them: those voices that one case answers once, when the first of them was received, and complaints that came as cases (2) without any.
	complaints = `select count(*) as complaints from (
		select distinct v.customer_id, coalesce(v.case_id, v.voice_id)` + voices + ` and c.customer_id is not null and v.kind = 4 and v.received_time >= $4 and not exists (
			select from voices b where b.customer_id = v.customer_id and b.case_id = v.case_id and b.kind = 4 and b.received_time < $4)
		union all
		select k.customer_id, k.case_id` + cases + ` and k.received_time >= $4 and k.request_kind = 2 and not exists (
			select from voices v where v.customer_id = k.customer_id and v.case_id = k.case_id and v.kind = 4)
	) told`

	// An action is of a case of the year, $6 is today. An order in which everything goes back is none.
	totals = `select v.*, t.*, k.*, a.*, o.orders from (select count(*) as voices` + voices + ` and v.received_time >= $4) v, (` + complaints + `) t,
		(select count(*) as cases, count(*) filter (where k.major) as major, count(*) filter (where k.reopen_count > 0) as reopened, count(*) filter (where k.state < 6) as open` + cases + `
			and k.received_time >= $4) k,
		(select count(*) as actions, count(*) filter (where a.due_date < $6) as overdue from case_actions a where a.done_time is null and (a.customer_id, a.case_id) in (
			select k.customer_id, k.case_id` + cases + ` and k.received_time >= $4)) a,
		(select count(*) as orders from orders o join customers c using (customer_id)
			where o.order_time >= $4 and o.order_time < $5 and ($1::uuid is null or o.customer_id = $1) and guanxi_covers(c.territory, $2) and (
				exists (select from order_lines l where l.customer_id = o.customer_id and l.order_id = o.order_id and l.quantity > 0)
				or not exists (select from order_lines l where l.customer_id = o.customer_id and l.order_id = o.order_id))) o`

	attainments = `select l.measure, count(*) filter (where l.state = 3) as met, count(*) filter (where l.state = 4 or l.state in (1, 2) and l.due_time < $6) as missed
	from clocks l where (l.customer_id, l.case_id) in (select k.customer_id, k.case_id` + cases + ` and k.received_time >= $4) group by l.measure order by l.measure`

	issues = `select g.group_id, g.name_zh, g.name_en, array_to_string(g.keywords[1:3], ' · ') as keywords, g.cause, g.action, n.count from issue_groups g join (
		select k.issue_group_id as group_id, count(*) as count` + cases + ` and k.received_time >= $4 group by 1
	) n using (group_id) where g.state = 2 order by n.count desc, g.group_id limit `
)

// columnsOf are what voices and cases are counted by.
var columnsOf = struct{ kind, source, line, product, cause string }{
	kind: `select cast(v.kind as text) as key` + counts + voices + ordered + `100`, source: `select cast(v.source as text) as key` + counts + voices + ordered + `100`,
	line: `select k.product_line as key` + counts + cases + ordered + `20`, product: `select k.product_code as key` + counts + cases + ordered + `20`,
	cause: `select k.cause as key` + counts + cases + ordered + `20`,
}

// Read computes the summary of a year of a customer, or of all within the caller's territories.
func (s *Store) Read(ctx context.Context, customer uuid.UUID, year int, p Period, today time.Time) (*Summary, error) {
	if customer != resource.Any {
		if err := aggregate.Visible(ctx, s.db, customer); err != nil {
			return nil, err
		}
	}
	out := &Summary{Customer: customer, FiscalYear: year, Period: p}
	args := []any{uuid.NullUUID{UUID: customer, Valid: customer != resource.Any}, auth.From(ctx).Scope(), p.Before, p.Start, p.End}
	for _, q := range []struct {
		to    *[]Count
		query string
	}{
		{&out.Kinds, columnsOf.kind},
		{&out.Sources, columnsOf.source},
		{&out.Lines, columnsOf.line},
		{&out.Products, columnsOf.product},
		{&out.Causes, columnsOf.cause},
	} {
		if err := s.db.Select(ctx, q.to, q.query, args...); err != nil {
			return nil, err
		}
	}
	if err := s.db.Select(ctx, &out.Issues, issues+`10`, args...); err != nil {
		return nil, err
	}
	if err := s.db.Select(ctx, &out.Attainments, attainments, append(args, s.now())...); err != nil {
		return nil, err
	}
	return out, s.db.Get(ctx, &out.Totals, totals, append(args, today)...)
}
