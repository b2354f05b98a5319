package grade

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
)

// overriding is a grade set by a person.
type overriding struct {
	Customer    uuid.UUID          `db:"customer_id"  json:"customer_id"`
	ID          uuid.UUID          `db:"override_id"  json:"override_id"`
	Grade       gradingmodel.Grade `db:"grade"        json:"grade"`
	Reason      string             `db:"reason"       json:"reason"`
	SetDay      time.Time          `db:"set_day"      json:"set_day"`
	ExpireDay   time.Time          `db:"expire_day"   json:"expire_day"`
	Author      string             `db:"author"       json:"author"`
	CreateTime  time.Time          `db:"create_time"  json:"create_time"`
	ClearTime   *time.Time         `db:"clear_time"   json:"clear_time"`
	ClearAuthor string             `db:"clear_author" json:"clear_author"`
}

const insertOverride = `insert into grade_overrides (customer_id, override_id, grade, reason, set_day, expire_day, author, create_time)
	values (:customer_id, :override_id, :grade, :reason, :set_day, :expire_day, :author, :create_time)`

// override sets the grade of a customer.
func (s *store) override(ctx context.Context, o *overriding) error {
	return Change(ctx, s.db, o.Customer, "override", func(ctx context.Context) (history.Record, error) {
		o.CreateTime = s.now()
		if _, err := s.db.NamedExec(ctx, insertOverride, o); err != nil {
			return history.Record{}, err
		}
		return o.set(ctx)
	})
}

const (
	overrideColumns = `customer_id, override_id, grade, reason, set_day, expire_day, author, create_time, clear_time, clear_author`

	// Only the last one set can be in force.
	clearOverride = `update grade_overrides set clear_day = $2, clear_time = $3, clear_author = $4
	where customer_id = $1 and clear_time is null and expire_day > $2
		and override_id = (select override_id from grade_overrides where customer_id = $1 and set_day <= $2 order by set_day desc, override_id desc limit 1)
	returning ` + overrideColumns
)

// clear ends the override in force.
func (s *store) clear(ctx context.Context, customer uuid.UUID, today time.Time, author string) (*overriding, error) {
	var o overriding
	err := Change(ctx, s.db, customer, "override", func(ctx context.Context) (history.Record, error) {
		now := s.now()
		err := s.db.Get(ctx, &o, clearOverride, customer, today, now, author)
		if errors.Is(err, postgres.ErrNoRows) {
			return history.Record{}, fault.New(codes.FailedPrecondition, "NO_OVERRIDE", fault.Text{
				En: aggregate.Name(customer) + " has no override in force", Zh: aggregate.Name(customer) + " 没有生效中的人工调整",
			})
		}
		if err != nil {
			return history.Record{}, err
		}
		return o.cleared(ctx, now)
	})
	return &o, err
}

const touch = `insert into touched (customer_id, cause, reference, occur_time) values ($1, $2, $3, $4)`

// Change does something to a living customer within the caller's territories: it holds the customer, runs fn, records what fn returns, and makes the customer be looked
// at again for the cause given.
func Change(ctx context.Context, db *postgres.DB, customer uuid.UUID, cause string, fn func(context.Context) (history.Record, error)) error {
	return aggregate.Change(ctx, db, customer, func(ctx context.Context) ([]history.Record, error) {
		record, err := fn(ctx)
		if err != nil {
			return nil, err
		}
		if _, err := db.Exec(ctx, touch, customer, cause, record.Resource, record.Time); err != nil {
			return nil, err
		}
		return []history.Record{record}, nil
	})
}
