package gate

import (
	"context"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/services/planning/internal/budget"
	"github.com/guanxi-crm/guanxi/services/planning/internal/compliance"
)

// Released gives back what was set aside for a reserved contact, in the transaction of ctx and before that locks anything of the contact; what becomes of the contact itself is
// for the caller to say. When nothing was reserved, or it is settled, nothing is done.
func (s *Store) Released(ctx context.Context, contact uuid.UUID) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		o, err := s.open(ctx, contact)
		if err != nil || o.reservation == nil || o.reservation.Settled {
			return err
		}
		return s.giveBack(ctx, o, "")
	})
}

func (s *Store) giveBack(ctx context.Context, o *opened, reason string) error {
	if o.budget != nil {
		entry := budget.Entry{Kind: budget.Release, Committed: o.reservation.Committed.Neg(), Reference: contactName(o.ID), Reason: reason}
		if err := s.budgets.Book(ctx, o.budget, entry); err != nil {
			return err
		}
	}
	for _, statement := range []string{deleteReservation, deleteBenefits} {
		if _, err := s.db.Exec(ctx, statement, o.Customer, o.ID); err != nil {
			return err
		}
	}
	return s.compliance.Register(ctx, compliance.Entries(o.entry(compliance.Released, reason), o.gifts))
}

// Release undoes a reservation and says whether the contact is cancelled, having been made by it; else it is planned again.
func (s *Store) Release(ctx context.Context, contact uuid.UUID, reason string) (cancelled bool, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		o, err := s.open(ctx, contact)
		if err != nil {
			return err
		}
		if o.State != stateReserved || o.reservation == nil || o.reservation.Settled {
			return stateError(contact, "is not reserved", "未处于预约状态")
		}
		if err := s.giveBack(ctx, o, reason); err != nil {
			return err
		}
		state := statePlanned
		if cancelled = o.reservation.Made; cancelled {
			state = stateCancelled
		}
		now := s.now()
		if _, err := s.db.Exec(ctx, unreserve, o.Customer, o.ID, state, auth.From(ctx).Subject, now); err != nil {
			return err
		}
		record, err := o.released(ctx, now, cancelled)
		if err != nil {
			return err
		}
		return s.record(ctx, o.locks, record)
	})
	return cancelled, err
}
