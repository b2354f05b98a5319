package policy

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Store keeps the policies.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

const columns = `policy_id, fiscal_year, version, state, effective_date, label_en, label_zh, content, author, create_time, update_time, publisher, publish_time, revision`

type row struct {
	ID          uuid.UUID              `db:"policy_id"`
	FiscalYear  int32                  `db:"fiscal_year"`
	Version     int32                  `db:"version"`
	State       State                  `db:"state"`
	Effective   *time.Time             `db:"effective_date"`
	LabelEn     string                 `db:"label_en"`
	LabelZh     string                 `db:"label_zh"`
	Content     postgres.JSON[Content] `db:"content"`
	Author      string                 `db:"author"`
	CreateTime  time.Time              `db:"create_time"`
	UpdateTime  time.Time              `db:"update_time"`
	Publisher   string                 `db:"publisher"`
	PublishTime *time.Time             `db:"publish_time"`
	Revision    int64                  `db:"revision"`
}

func (r *row) policy() *Policy {
	return &Policy{
		ID: r.ID, FiscalYear: r.FiscalYear, Version: r.Version, State: r.State, Effective: midnight(r.Effective), LabelEn: r.LabelEn, LabelZh: r.LabelZh,
		Content: r.Content.V, Author: r.Author, CreateTime: r.CreateTime, UpdateTime: r.UpdateTime,
		Publisher: r.Publisher, PublishTime: r.PublishTime, Revision: r.Revision,
	}
}

// midnight puts a date of the database into UTC, so that days can be compared.
func midnight(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return &day
}

func rowOf(p *Policy) row {
	return row{
		ID: p.ID, FiscalYear: p.FiscalYear, Version: p.Version, State: p.State, Effective: p.Effective, LabelEn: p.LabelEn, LabelZh: p.LabelZh,
		Content: postgres.JSON[Content]{V: p.Content}, Author: p.Author, CreateTime: p.CreateTime, UpdateTime: p.UpdateTime,
		Publisher: p.Publisher, PublishTime: p.PublishTime, Revision: p.Revision,
	}
}

// inForce are columns of the policy in force on a day: of those of the day's fiscal year, else of the standing defaults, the latest.
func inForce(columns, day string) string {
	return `select ` + columns + ` from policies where state = 2 and effective_date <= ` + day + ` and (expire_date is null or expire_date > ` + day + `)
		order by fiscal_year = 0, effective_date desc limit 1`
}

var selectInForce = inForce(columns, `cast($1 as date)`)

// InForce reads the policy in force on a day. One is shipped that has been from 1900 on, so there always is one.
func (s *Store) InForce(ctx context.Context, day time.Time) (*Policy, error) {
	var r row
	if err := s.db.Get(ctx, &r, selectInForce, day.Format(time.DateOnly)); err != nil {
		return nil, err
	}
	return r.policy(), nil
}

// Get reads one policy.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (*Policy, error) {
	var r row
	err := s.db.Get(ctx, &r, `select `+columns+` from policies where policy_id = $1`, id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, fault.NotFound((&Policy{ID: id}).Name())
	}
	if err != nil {
		return nil, err
	}
	return r.policy(), nil
}

// List reads a page of the policies.
func (s *Store) List(ctx context.Context, plan *listing.Plan) ([]*Policy, string, error) {
	query, args := plan.Query(columns, "policies", "")
	var rows []struct {
		row
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	policies := make([]*Policy, len(rows))
	for i := range rows {
		policies[i] = rows[i].policy()
	}
	return policies, next, err
}

// Alone runs fn in a transaction in which nobody else writes policies. They are written a few times a year; a number taken, or what is in force on a day, must
// not change between being read and written.
func (s *Store) Alone(ctx context.Context, fn func(ctx context.Context) error) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, `lock table policies in share row exclusive mode`); err != nil {
			return err
		}
		return fn(ctx)
	})
}

const insertPolicy = `insert into policies (policy_id, fiscal_year, version, state, effective_date, label_en, label_zh, content, author, create_time, update_time, revision)
	select :policy_id, :fiscal_year, coalesce(max(version), 0) + 1, 1, :effective_date, :label_en, :label_zh, cast(:content as jsonb), :author,
		cast(:create_time as timestamptz), cast(:create_time as timestamptz), 1
	from policies where fiscal_year = :fiscal_year
	returning ` + columns

// Create stores a draft under a new id and the next number of its fiscal year. To be called Alone.
func (s *Store) Create(ctx context.Context, p *Policy) (*Policy, error) {
	var err error
	if p.ID, err = uuid.NewV7(); err != nil {
		return nil, err
	}
	p.CreateTime = s.now()
	var r row
	if err := s.db.NamedGet(ctx, &r, insertPolicy, rowOf(p)); err != nil {
		return nil, err
	}
	return r.policy(), nil
}

const updatePolicy = `update policies set effective_date = :effective_date, label_en = :label_en, label_zh = :label_zh, content = :content, update_time = :update_time,
		revision = revision + 1
	where policy_id = :policy_id and state = 1 returning ` + columns

// Update stores a changed draft. To be called Alone.
func (s *Store) Update(ctx context.Context, p *Policy) (*Policy, error) {
	p.UpdateTime = s.now()
	var r row
	if err := s.db.NamedGet(ctx, &r, updatePolicy, rowOf(p)); err != nil {
		return nil, err
	}
	return r.policy(), nil
}

const publish = `with bumped as (
	update policies set state = 2, expire_date = :expire_date, publisher = :actor, publish_time = :occur_time, update_time = :occur_time,
		revision = revision + 1, sequence = sequence + 1
	where policy_id = :policy_id and state = 1
	returning policy_id as aggregate_id, sequence as version
)` + events.Insert

// publication is what publish takes.
type publication struct {
	events.Event
	ID     uuid.UUID  `db:"policy_id"`
	Expire *time.Time `db:"expire_date"`
}

// Publish publishes a draft that may be, with its event. expire is the day after its fiscal year; nil: it has no end. To be called Alone.
func (s *Store) Publish(ctx context.Context, p *Policy, expire *time.Time, event events.Event) (*Policy, error) {
	_, err := s.db.NamedExec(ctx, publish, publication{Event: event, ID: p.ID, Expire: expire})
	if postgres.Violated(err, "policies_effective") {
		return nil, fault.New(codes.FailedPrecondition, "EFFECTIVE_DATE_TAKEN", fault.Text{
			En: p.Name() + " has the effective_date of another published policy", Zh: p.Name() + " 的 effective_date 与另一已发布的政策相同",
		})
	}
	if err != nil {
		return nil, err
	}
	return s.Get(ctx, p.ID)
}
