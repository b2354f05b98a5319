package coach

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/fact"
)

// Store keeps coaches.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

// row is a coach as it is stored.
type row struct {
	Coach
	Observed postgres.JSON[[]Observation] `db:"observations"`
	listing.Cursor
}

func (r *row) coach() *Coach {
	c := r.Coach
	c.Observations = r.Observed.V
	return &c
}

func rowOf(c *Coach) row {
	return row{Coach: *c, Observed: postgres.JSON[[]Observation]{V: postgres.OrEmpty(c.Observations)}}
}

const (
	columns = `customer_id, coach_id, person_id, note, observations, author, revision, create_time, retire_time, retire_author, retire_reason`

	insert = `insert into coaches (customer_id, coach_id, person_id, note, observations, author, revision, create_time)
	values (:customer_id, :coach_id, :person_id, :note, :observations, :author, :revision, :create_time)`

	update = `update coaches set observations = :observations, revision = :revision, retire_time = :retire_time, retire_author = :retire_author, retire_reason = :retire_reason
	where customer_id = :customer_id and coach_id = :coach_id`

	selectOne = `select ` + columns + ` from coaches where customer_id = $1 and coach_id = $2`

	selectActive = `select ` + columns + ` from coaches where customer_id = $1 and retire_time is null order by coach_id`
)

// Create keeps a new coach.
func (s *Store) Create(ctx context.Context, c *Coach) error {
	err := aggregate.Change(ctx, s.db, c.Customer, func(ctx context.Context) ([]history.Record, error) {
		known, err := fact.Known(ctx, s.db, c.Customer, []uuid.UUID{c.Person})
		if err != nil {
			return nil, err
		}
		if !known[c.Person] {
			return nil, fault.Invalid(fault.Field("coach.person", "PERSON_UNKNOWN", fact.PersonUnknown))
		}
		if c.ID, err = uuid.NewV7(); err != nil {
			return nil, fmt.Errorf("coach: %w", err)
		}
		c.Author, c.Revision, c.CreateTime = auth.From(ctx).Subject, 1, s.now()
		if _, err := s.db.NamedExec(ctx, insert, rowOf(c)); err != nil {
			return nil, err
		}
		return c.named(ctx)
	})
	if postgres.Violated(err, "coaches_person") {
		return fault.New(codes.AlreadyExists, "COACH", fault.Text{En: "The person is a coach of the customer already.", Zh: "该人员已是该客户的教练。"})
	}
	return err
}

// Get reads a coach of a customer whom the caller sees.
func (s *Store) Get(ctx context.Context, customer, id uuid.UUID) (*Coach, error) {
	if err := aggregate.Visible(ctx, s.db, customer); err != nil {
		return nil, err
	}
	return s.read(ctx, customer, id)
}

func (s *Store) read(ctx context.Context, customer, id uuid.UUID) (*Coach, error) {
	var r row
	err := s.db.Get(ctx, &r, selectOne, customer, id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, resource.Name("customers", customer, "coaches", id), typev1.Level_BASIC)
	}
	return r.coach(), err
}

// Observe adds observations to a coach.
func (s *Store) Observe(ctx context.Context, customer, id uuid.UUID, tag string, observations []Observation) (*Coach, error) {
	return s.change(ctx, customer, id, tag, func(c *Coach) error {
		if len(c.Observations)+len(observations) > maxObservations {
			return fault.New(codes.FailedPrecondition, "TOO_MANY_OBSERVATIONS", fault.Text{
				En: fmt.Sprintf("%s would have more than %d observations", c.name(), maxObservations), Zh: fmt.Sprintf("%s 的观察将超过 %d 条", c.name(), maxObservations),
			})
		}
		c.Observe(observations)
		return nil
	})
}

// Retire ends it.
func (s *Store) Retire(ctx context.Context, customer, id uuid.UUID, tag, reason string) (*Coach, error) {
	return s.change(ctx, customer, id, tag, func(c *Coach) error {
		now := s.now()
		c.RetireTime, c.RetireAuthor, c.RetireReason = &now, auth.From(ctx).Subject, reason
		return nil
	})
}

// change does something to a coach who is not retired, while his customer is held.
func (s *Store) change(ctx context.Context, customer, id uuid.UUID, tag string, do func(*Coach) error) (c *Coach, err error) {
	err = aggregate.Change(ctx, s.db, customer, func(ctx context.Context) ([]history.Record, error) {
		if c, err = s.read(ctx, customer, id); err != nil {
			return nil, err
		}
		if err := etag.Check(tag, c.Revision, c.name()); err != nil {
			return nil, err
		}
		if c.RetireTime != nil {
			return nil, fault.New(codes.FailedPrecondition, "RETIRED", fault.Text{En: c.name() + " is retired", Zh: c.name() + " 已停用"})
		}
		if err := do(c); err != nil {
			return nil, err
		}
		c.Revision++
		if _, err := s.db.NamedExec(ctx, update, rowOf(c)); err != nil {
			return nil, err
		}
		return c.changed(ctx, s.now())
	})
	return c, err
}

// List reads a page of the coaches of a customer.
func (s *Store) List(ctx context.Context, plan *listing.Plan, customer uuid.UUID) ([]*Coach, string, error) {
	if err := aggregate.Visible(ctx, s.db, customer); err != nil {
		return nil, "", err
	}
	query, args := plan.Query(columns, "coaches", "customer_id = $1", customer)
	var rows []row
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	return coaches(rows), next, err
}

// Active reads the coaches of a customer who are not retired.
func (s *Store) Active(ctx context.Context, customer uuid.UUID) ([]*Coach, error) {
	if err := aggregate.Visible(ctx, s.db, customer); err != nil {
		return nil, err
	}
	var rows []row
	err := s.db.Select(ctx, &rows, selectActive, customer)
	return coaches(rows), err
}

func coaches(rows []row) []*Coach {
	out := make([]*Coach, len(rows))
	for i := range rows {
		out[i] = rows[i].coach()
	}
	return out
}

// Forget removes the coaches who are a person whom profile has removed; see fact.Forget. The customer is held first, as by whoever takes the person for a coach.
func (s *Store) Forget(ctx context.Context, customer, person uuid.UUID) error {
	return s.db.InTx(auth.With(ctx, auth.Principal{Territories: []string{auth.Anywhere}}), func(ctx context.Context) error {
		if _, err := aggregate.Hold(ctx, s.db, []uuid.UUID{customer}); err != nil {
			return err
		}
		_, err := s.db.Exec(ctx, `delete from coaches where customer_id = $1 and person_id = $2`, customer, person)
		return err
	})
}
