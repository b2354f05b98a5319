package grade

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
)

// store reads assessments and keeps overrides.
type store struct {
	db     *postgres.DB
	now    func() time.Time
	models *gradingmodel.Store
}

func newStore(db *postgres.DB, now func() time.Time) *store {
	return &store{db: db, now: now, models: gradingmodel.NewStore(db, now)}
}

// list is an array column whose elements may be null.
type list[T any] []T

// Scan implements sql.Scanner.
func (l *list[T]) Scan(src any) error { return pq.Array((*[]T)(l)).Scan(src) }

// assessed is one assessment, with the override it was made under.
type assessed struct {
	Customer    uuid.UUID                  `db:"customer_id"`
	ID          uuid.UUID                  `db:"assessment_id"`
	Model       uuid.UUID                  `db:"model_id"`
	Day         time.Time                  `db:"valid_day"`
	RecordTime  time.Time                  `db:"record_time"`
	Grade       gradingmodel.Grade         `db:"grade"`
	Calculated  gradingmodel.Grade         `db:"calculated"`
	Points      decimal.Decimal            `db:"points"`
	Weight      decimal.Decimal            `db:"weight"`
	Provisional bool                       `db:"provisional"`
	Measured    list[decimal.NullDecimal]  `db:"measured"`
	Levels      pq.Int32Array              `db:"levels"`
	Sources     pq.Int32Array              `db:"sources"`
	Evidence    list[uuid.NullUUID]        `db:"evidence"`
	Days        list[sql.NullString]       `db:"days"`
	Cause       string                     `db:"cause"`
	Reference   string                     `db:"reference"`
	Override    postgres.JSON[*overriding] `db:"override"`
	listing.Cursor
}

const (
	columns = `a.customer_id, a.assessment_id, a.model_id, a.valid_day, a.record_time, a.grade, a.calculated, a.points, a.weight, a.provisional, a.measured, a.levels,
	a.sources, a.evidence, cast(a.days as text[]) as days, a.cause, a.reference,
	(select to_jsonb(o) from (select customer_id, override_id, grade, reason, author, create_time, clear_time, clear_author,
		cast(set_day as timestamp) at time zone 'UTC' as set_day, cast(expire_day as timestamp) at time zone 'UTC' as expire_day
		from grade_overrides where customer_id = a.customer_id and override_id = a.override_id) o) as override`

	// The latest day counts first: what was found out later about an earlier day does not replace it.
	latest = ` from assessments a where a.customer_id = $1 and a.valid_day <= $2 and (cast($3 as timestamptz) is null or a.record_time <= $3)
	order by a.valid_day desc, a.record_time desc, a.assessment_id desc limit 1`
)

// at is the assessment of a customer that holds on a day, as it was known at an instant (nil: now); nil when there is none.
func (s *store) at(ctx context.Context, customer uuid.UUID, day time.Time, known *time.Time) (*assessed, error) {
	if err := aggregate.Visible(ctx, s.db, customer); err != nil {
		return nil, err
	}
	var a assessed
	err := s.db.Get(ctx, &a, `select `+columns+latest, customer, day, known)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, nil //nolint:nilnil // not to have been graded is an answer
	}
	return &a, err
}

// page reads a page of the assessments of a customer.
func (s *store) page(ctx context.Context, plan *listing.Plan, customer uuid.UUID) ([]assessed, string, error) {
	if err := aggregate.Visible(ctx, s.db, customer); err != nil {
		return nil, "", err
	}
	query, args := plan.Query(columns, "assessments a", "a.customer_id = $1", customer)
	var rows []assessed
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	return listing.Page(plan, rows)
}
