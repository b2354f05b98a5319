package insight

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/dossier"
)

// Store keeps insights.
type Store struct {
	db       *postgres.DB
	now      func() time.Time
	dossiers *dossier.Store
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store {
	return &Store{db: db, now: now, dossiers: dossier.NewStore(db, now)}
}

const (
	columns = `i.customer_id, i.insight_id, i.revision, i.insight_date, i.source_kind, i.source, i.reliability, i.title, i.body, i.url, i.sections, i.tags, i.author,
		i.create_time, i.update_time`
	from = `insights i join customers c using (customer_id)`
)

type row struct {
	Insight
	listing.Cursor
	Codes pq.StringArray `db:"sections"`
	Words pq.StringArray `db:"tags"`
}

func (r *row) insight() *Insight {
	i := r.Insight
	i.Sections, i.Tags = r.Codes, r.Words
	return &i
}

func rowOf(i *Insight) row {
	return row{Insight: *i, Codes: postgres.OrEmpty(i.Sections), Words: postgres.OrEmpty(i.Tags)}
}

const selectOne = `select ` + columns + ` from ` + from + ` where guanxi_covers(c.territory, $1) and i.customer_id = $2 and i.insight_id = $3`

// Get reads one insight.
func (s *Store) Get(ctx context.Context, customer, id uuid.UUID) (*Insight, error) {
	var r row
	err := s.db.Get(ctx, &r, selectOne, auth.From(ctx).Scope(), customer, id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, resource.Name("customers", customer, "insights", id), typev1.Level_MANAGER)
	}
	if err != nil {
		return nil, err
	}
	return r.insight(), nil
}

// List reads a page of the insights into one customer, or into all living ones.
func (s *Store) List(ctx context.Context, plan *listing.Plan, customer uuid.UUID) ([]*Insight, string, error) {
	where, args := "guanxi_covers(c.territory, $1)", []any{auth.From(ctx).Scope()}
	if customer == resource.Any {
		where += " and c.delete_time is null"
	} else {
		where, args = where+" and i.customer_id = $2", append(args, customer)
	}
	query, args := plan.Query(columns, from, where, args...)
	var rows []row
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Insight, len(rows))
	for i := range rows {
		out[i] = rows[i].insight()
	}
	return out, next, err
}

// The newest of a span of days, as far as their texts are not longer than so many characters together ($5), and $4 at most. The customer has been asked for before.
const selectSpan = `select ` + columns + ` from (
		select ` + columns + `, row_number() over w as place, sum(length(title) + length(body)) over w as size from insights i
		where customer_id = $1 and insight_date between $2 and $3
		window w as (order by insight_date desc, insight_id desc)
	) as i where place <= $4 and size <= $5 order by insight_date desc, insight_id desc`

const countSpan = `select count(*) from insights where customer_id = $1 and insight_date between $2 and $3`

// Span is the days, both included, that insights are asked of, and how much of them.
type Span struct {
	First, Last time.Time
	Most        int // insights
	Characters  int // of their texts
}

// Within are the newest insights of a span, for a caller who may read the customer, and how many there are in all.
func (s *Store) Within(ctx context.Context, customer uuid.UUID, span Span) (found []*Insight, all int, err error) {
	var rows []row
	if err := s.db.Select(ctx, &rows, selectSpan, customer, span.First, span.Last, span.Most, span.Characters); err != nil {
		return nil, 0, err
	}
	for i := range rows {
		found = append(found, rows[i].insight())
	}
	return found, all, s.db.Get(ctx, &all, countSpan, customer, span.First, span.Last)
}
