package activity

import (
	"bytes"
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/services/planning/internal/budget"
)

// charge is what an activity has in a budget.
type charge struct {
	Budget    uuid.NullUUID
	Committed decimal.Decimal
	Actual    decimal.Decimal
}

// charged is what it has there as it stands.
func (a *Activity) charged() charge {
	switch a.State {
	case Planned:
		return charge{Budget: a.Budget, Committed: a.PlannedCost}
	case Done:
		return charge{Budget: a.Budget, Actual: a.ActualCost.Decimal}
	case Cancelled:
	}
	return charge{Budget: a.Budget}
}

// Create stores an activity.
func (s *Store) Create(ctx context.Context, a *Activity) (err error) {
	if a.ID, err = uuid.NewV7(); err != nil {
		return err
	}
	a.State, a.Author, a.CreateTime, a.Revision = Planned, auth.From(ctx).Subject, s.now(), 1
	a.UpdateTime = a.CreateTime
	return s.db.InTx(ctx, func(ctx context.Context) error {
		budgets, err := s.lock(ctx, a.Budget)
		if err != nil {
			return err
		}
		held, err := s.hold(ctx, a.Customer)
		if err != nil {
			return err
		}
		if err := s.checkReferences(ctx, a, budgets, nil); err != nil {
			return err
		}
		if _, err := s.db.NamedExec(ctx, insert, rowOf(a)); err != nil {
			return err
		}
		if err := s.book(ctx, a, budgets, charge{}, a.charged()); err != nil {
			return err
		}
		record, err := a.planned(ctx)
		if err != nil {
			return err
		}
		return aggregate.Record(ctx, s.db, held, []history.Record{record})
	})
}

// Change does something to an activity: set changes it and says what there is to announce, nil when nothing changed. other is a budget that it may be charged to afterwards.
func (s *Store) Change(
	ctx context.Context, id uuid.UUID, tag string, other uuid.NullUUID, set func(ctx context.Context, a *Activity) (*history.Record, error),
) (a *Activity, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		before, budgets, held, err := s.open(ctx, id, tag, other)
		if err != nil {
			return err
		}
		changed := *before
		a = &changed
		record, err := set(ctx, a)
		if err != nil || record == nil {
			return err
		}
		if err := s.checkReferences(ctx, a, budgets, before); err != nil {
			return err
		}
		a.Revision++
		a.UpdateTime = record.Time
		if _, err := s.db.NamedExec(ctx, update, rowOf(a)); err != nil {
			return err
		}
		if err := s.book(ctx, a, budgets, before.charged(), a.charged()); err != nil {
			return err
		}
		return aggregate.Record(ctx, s.db, held, []history.Record{*record})
	})
	return a, err
}

type (
	purses  = map[uuid.UUID]*budget.Budget
	holding = map[uuid.UUID]*aggregate.Held
)

// open locks an activity with its budgets and its customer.
func (s *Store) open(ctx context.Context, id uuid.UUID, tag string, other uuid.NullUUID) (*Activity, purses, holding, error) {
	before, err := s.Get(ctx, id)
	if err != nil {
		return nil, nil, nil, err
	}
	budgets, err := s.lock(ctx, before.Budget, other)
	if err != nil {
		return nil, nil, nil, err
	}
	held, err := s.hold(ctx, before.Customer)
	if err != nil {
		return nil, nil, nil, err
	}
	now, err := s.Get(ctx, id) // as it is now that nobody else changes it
	if err != nil {
		return nil, nil, nil, err
	}
	if now.Budget != before.Budget {
		return nil, nil, nil, fault.Aborted(now.Name())
	}
	return now, budgets, held, etag.Check(tag, now.Revision, now.Name())
}

// lock locks budgets in the order of their ids, before anything else.
func (s *Store) lock(ctx context.Context, budgets ...uuid.NullUUID) (map[uuid.UUID]*budget.Budget, error) {
	slices.SortFunc(budgets, func(a, b uuid.NullUUID) int { return bytes.Compare(a.UUID[:], b.UUID[:]) })
	locked := map[uuid.UUID]*budget.Budget{}
	for _, id := range budgets {
		if !id.Valid || locked[id.UUID] != nil {
			continue
		}
		b, err := s.budgets.Lock(ctx, id.UUID)
		if err != nil {
			return nil, err
		}
		if b != nil {
			locked[id.UUID] = b
		}
	}
	return locked, nil
}

func (s *Store) hold(ctx context.Context, customer uuid.UUID) (map[uuid.UUID]*aggregate.Held, error) {
	held, err := aggregate.Hold(ctx, s.db, []uuid.UUID{customer})
	if err != nil {
		return nil, err
	}
	if h := held[customer]; h == nil || h.Deleted {
		return nil, aggregate.Explain(ctx, s.db, customer)
	}
	return held, nil
}

// book brings what an activity has in its budgets from before to after.
func (s *Store) book(ctx context.Context, a *Activity, budgets purses, before, after charge) error {
	if before.Budget.Valid && before.Budget != after.Budget {
		entry := budget.Entry{Kind: budget.Release, Committed: before.Committed.Neg(), Actual: before.Actual.Neg(), Reference: a.Name()}
		if err := s.budgets.Book(ctx, budgets[before.Budget.UUID], entry); err != nil {
			return err
		}
	}
	if before.Budget != after.Budget {
		before = charge{}
	}
	if !after.Budget.Valid {
		return nil
	}
	b := budgets[after.Budget.UUID]
	if a.Currency != "" {
		if err := b.CheckCurrency(a.Currency); err != nil {
			return err
		}
	}
	entry := budget.Entry{Kind: budget.Commit, Committed: after.Committed.Sub(before.Committed), Actual: after.Actual.Sub(before.Actual), Reference: a.Name()}
	switch a.State {
	case Planned:
	case Done:
		entry.Kind = budget.Actual
	case Cancelled:
		entry.Kind, entry.Reason = budget.Release, a.CancelReason
	}
	return s.budgets.Book(ctx, b, entry)
}
