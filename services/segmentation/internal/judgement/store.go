package judgement

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/grade"
)

// Store keeps judgements.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

const (
	columns = `customer_id, judgement_id, factor, level, evidence, judge_day, expire_day, author, create_time, withdraw_time, withdraw_author`

	insert = `insert into judgements (customer_id, judgement_id, factor, level, evidence, judge_day, expire_day, author, create_time)
	values (:customer_id, :judgement_id, :factor, :level, :evidence, :judge_day, :expire_day, :author, :create_time)`

	withdraw = `update judgements set withdraw_time = $3, withdraw_author = $4 where customer_id = $1 and judgement_id = $2 and withdraw_time is null
	returning ` + columns

	known = `select exists (select from judgements where customer_id = $1 and judgement_id = $2)`
)

// The cause of an assessment that follows.
const cause = "judgement"

// Create records a judgement.
func (s *Store) Create(ctx context.Context, j *Judgement) error {
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("judgement: %w", err)
	}
	return grade.Change(ctx, s.db, j.Customer, cause, func(ctx context.Context) (history.Record, error) {
		j.ID, j.CreateTime = id, s.now()
		if _, err := s.db.NamedExec(ctx, insert, j); err != nil {
			return history.Record{}, err
		}
		return j.recorded(ctx)
	})
}

// Withdraw takes a judgement back.
func (s *Store) Withdraw(ctx context.Context, customer, id uuid.UUID, author string) (*Judgement, error) {
	var j Judgement
	err := grade.Change(ctx, s.db, customer, cause, func(ctx context.Context) (history.Record, error) {
		err := s.db.Get(ctx, &j, withdraw, customer, id, s.now(), author)
		if errors.Is(err, postgres.ErrNoRows) {
			return history.Record{}, s.whyNot(ctx, customer, id)
		}
		if err != nil {
			return history.Record{}, err
		}
		return j.withdrawn(ctx)
	})
	return &j, err
}

func (s *Store) whyNot(ctx context.Context, customer, id uuid.UUID) error {
	name := resource.Name("customers", customer, "judgements", id)
	var there bool
	if err := s.db.Get(ctx, &there, known, customer, id); err != nil {
		return err
	}
	if there {
		return fault.New(codes.FailedPrecondition, "WITHDRAWN", fault.Text{En: name + " has been withdrawn already", Zh: name + " 已被撤回"})
	}
	return resource.Missing(ctx, name, typev1.Level_BASIC)
}

// List reads a page of the judgements of a customer.
func (s *Store) List(ctx context.Context, plan *listing.Plan, customer uuid.UUID) ([]*Judgement, string, error) {
	if err := aggregate.Visible(ctx, s.db, customer); err != nil {
		return nil, "", err
	}
	query, args := plan.Query(columns, "judgements", "customer_id = $1", customer)
	var rows []struct {
		Judgement
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Judgement, len(rows))
	for i := range rows {
		out[i] = &rows[i].Judgement
	}
	return out, next, err
}
