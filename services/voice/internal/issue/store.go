package issue

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/worker"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/casefile"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

// Store keeps groups.
type Store struct {
	db      *postgres.DB
	now     func() time.Time
	numbers *settings.Store
	cases   *casefile.Store
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time, numbers *settings.Store) *Store {
	return &Store{db: db, now: now, numbers: numbers, cases: casefile.NewStore(db, now, casefile.Tools{})}
}

// Loop groups cases as they come.
func (s *Store) Loop(log *slog.Logger) *worker.Loop {
	return (&worker.Loop{Name: "issues", Pass: s.Pass, Log: log}).Start(s.db, "cases", "issue_groups")
}

const (
	columns = `group_id, state, name_zh, name_en, cause, action, keywords, product_line, product_code, size, announced, form_time, merged_into, revision, create_time, update_time,
	seen, seen_first, seen_last`

	// Of a merged group it is the cases of the one that it is part of by which it is seen.
	selectGroup = `select ` + columns + ` from issue_groups g, lateral (
		select count(*) as seen, min(m.received_time) as seen_first, max(m.received_time) as seen_last from issue_members m join customers c using (customer_id)
		where m.group_id = coalesce(g.merged_into, g.group_id) and guanxi_covers(c.territory, $2)
	) s where g.group_id = $1`

	own       = `group_id, state, name_zh, name_en, cause, action, keywords, product_line, product_code, size, announced, form_time, merged_into, revision, create_time, update_time, last_time`
	allGroups = `(select ` + own + `, size as seen, case when size > 0 then first_time end as seen_first, case when size > 0 then last_time end as seen_last from issue_groups) g`
	ourGroups = `(select ` + own + `, seen, seen_first, seen_last from issue_groups join (
		select m.group_id, count(*) as seen, min(m.received_time) as seen_first, max(m.received_time) as seen_last from issue_members m join customers c using (customer_id)
		where guanxi_covers(c.territory, $1) group by m.group_id
	) s using (group_id)) g`

	memberColumns = `m.group_id, m.customer_id, m.case_id, c.title, c.product_line, c.product_code, c.cause, m.received_time, m.similarity, m.pinned`
	memberTables  = `issue_members m join cases c using (customer_id, case_id) join customers o using (customer_id)`
)

// groupRow is a group with what only the database reads so.
type groupRow struct {
	Group
	Words pq.StringArray `db:"keywords"`
}

func (r *groupRow) group() *Group {
	r.Keywords = r.Words
	return &r.Group
}

// Get reads a group of which the caller may see a case.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (*Group, error) {
	var r groupRow
	caller := auth.From(ctx)
	err := s.db.Get(ctx, &r, selectGroup, id, caller.Scope())
	if err != nil && !errors.Is(err, postgres.ErrNoRows) {
		return nil, err
	}
	if err != nil || r.Seen == 0 && !caller.Everywhere() {
		return nil, resource.Missing(ctx, Name(id), typev1.Level_BASIC)
	}
	if r.State == Merged {
		r.Seen, r.First, r.Last = 0, nil, nil
	}
	return r.group(), nil
}

// List reads a page of the groups of which the caller may see a case; all: candidates and merged ones too.
func (s *Store) List(ctx context.Context, plan *listing.Plan, all bool) ([]*Group, string, error) {
	from, args := allGroups, []any(nil)
	if caller := auth.From(ctx); !caller.Everywhere() {
		from, args = ourGroups, []any{caller.Scope()}
	}
	where := ""
	if !all {
		where = "state = 2"
	}
	query, args := plan.Query(columns, from, where, args...)
	var rows []struct {
		groupRow
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Group, len(rows))
	for i := range rows {
		out[i] = rows[i].group()
	}
	return out, next, err
}

// Members reads a page of the cases of a group that the caller may see.
func (s *Store) Members(ctx context.Context, plan *listing.Plan, id uuid.UUID) ([]*Member, string, error) {
	query, args := plan.Query(memberColumns, memberTables, "m.group_id = $1 and guanxi_covers(o.territory, $2)", id, auth.From(ctx).Scope())
	var rows []struct {
		Member
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Member, len(rows))
	for i := range rows {
		out[i] = &rows[i].Member
	}
	return out, next, err
}
