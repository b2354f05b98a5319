package plan

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Store keeps plans.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

// row is a plan as it is stored.
type row struct {
	Plan
	Content  postgres.JSON[Content]             `db:"content"`
	Progress postgres.JSON[map[string]Progress] `db:"progress"`
	Editors  pq.StringArray                     `db:"editors"`
}

func rowOf(p *Plan) row {
	progress := p.Progress
	if progress == nil {
		progress = map[string]Progress{}
	}
	return row{Plan: *p, Content: postgres.JSON[Content]{V: p.Content}, Progress: postgres.JSON[map[string]Progress]{V: progress}, Editors: p.Editors}
}

func (r *row) plan() *Plan {
	p := r.Plan
	p.Content, p.Progress, p.Editors = r.Content.V, r.Progress.V, r.Editors
	return &p
}

const (
	columns = `k.customer_id, k.plan_id, k.fiscal_year, k.version, k.state, k.content, k.progress, k.editors, k.author, k.approver, k.revision_reason, k.revision,
		k.create_time, k.update_time, k.approve_time`

	from = `plans k join customers c using (customer_id)`

	selectOne = `select ` + columns + ` from ` + from + ` where k.plan_id = $1 and guanxi_covers(c.territory, $2)`

	insert = `insert into plans (customer_id, plan_id, fiscal_year, version, state, content, progress, editors, author, revision_reason, revision, create_time, update_time)
	values (:customer_id, :plan_id, :fiscal_year, :version, :state, :content, :progress, :editors, :author, :revision_reason, :revision, :create_time, :update_time)`

	// What a version says is written while it is a draft, and by the approval that ends that.
	update = `update plans set state = :state, content = case when state = 1 then :content else content end, progress = :progress, editors = :editors, approver = :approver,
		revision = :revision, update_time = :update_time, approve_time = :approve_time where customer_id = :customer_id and plan_id = :plan_id`

	// selectState finds the version of that state: of drafts and approved ones there is at most one.
	selectState = `select ` + columns + ` from plans k where k.customer_id = $1 and k.fiscal_year = $2 and k.state = $3`

	insertReport = `insert into plan_reports (customer_id, fiscal_year, version, report_id, measure, state, percent, note, author, report_time)
	values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

	selectReports = `select measure, state, percent, note, version, author, report_time from plan_reports
	where customer_id = $1 and fiscal_year = $2 and version <= $3 order by report_id desc limit $4`
)

// keptReports is how many reports a plan shows.
const keptReports = 200

// Get reads a version without its reports.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (*Plan, error) {
	var found row
	err := s.db.Get(ctx, &found, selectOne, id, auth.From(ctx).Scope())
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, resource.Name("plans", id), typev1.Level_BASIC)
	}
	if err != nil {
		return nil, err
	}
	return found.plan(), nil
}

// Whole reads a version with its reports.
func (s *Store) Whole(ctx context.Context, id uuid.UUID) (*Plan, error) {
	p, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return p, s.addReports(ctx, p)
}

func (s *Store) addReports(ctx context.Context, p *Plan) error {
	return s.db.Select(ctx, &p.Reports, selectReports, p.Customer, p.FiscalYear, p.Version, keptReports)
}

// ofState is the version of a customer and year that is in that state, nil if there is none.
func (s *Store) ofState(ctx context.Context, customer uuid.UUID, year int, state State) (*Plan, error) {
	var found row
	err := s.db.Get(ctx, &found, selectState, customer, year, state)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, nil //nolint:nilnil // there is none
	}
	if err != nil {
		return nil, err
	}
	return found.plan(), nil
}

// List reads a page of the plans of a customer or, with resource.Any, of all, without their reports.
func (s *Store) List(ctx context.Context, plan *listing.Plan, customer uuid.UUID) ([]*Plan, string, error) {
	where, args := `guanxi_covers(c.territory, $1)`, []any{auth.From(ctx).Scope()}
	if customer != resource.Any {
		if err := aggregate.Visible(ctx, s.db, customer); err != nil {
			return nil, "", err
		}
		where, args = where+` and k.customer_id = $2`, append(args, customer)
	} else {
		where += ` and c.delete_time is null`
	}
	query, args := plan.Query(columns, from, where, args...)
	var rows []struct {
		row
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Plan, len(rows))
	for i := range rows {
		out[i] = rows[i].plan()
	}
	return out, next, err
}

const forget = `update plans set revision = revision + 1, update_time = $3, content = content || jsonb_build_object(
		'analyses', (select coalesce(jsonb_agg(one order by place), '[]') from jsonb_array_elements(nullif(content -> 'analyses', 'null')) with ordinality as e (one, place)
			where one ->> 'person' <> $2),
		'goals', (select coalesce(jsonb_agg(one order by place), '[]') from jsonb_array_elements(nullif(content -> 'goals', 'null')) with ordinality as e (one, place)
			where one ->> 'person' <> $2))
	where customer_id = $1 and content::text like '%' || $2 || '%'`

// Forget takes a person whom profile has removed out of all versions, approved ones too; see fact.Forget.
func (s *Store) Forget(ctx context.Context, customer, person uuid.UUID) error {
	_, err := s.db.Exec(ctx, forget, customer, person.String(), s.now())
	return err
}
