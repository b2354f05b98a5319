package budget

import (
	"context"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
)

// Change locks a budget, holds the caller to its etag, and stores what set made of it; fields are those that set changed, none when nothing did.
func (s *Store) Change(ctx context.Context, id uuid.UUID, tag string, set func(b *Budget) (fields []string, err error)) (*Budget, error) {
	var changed *Budget
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		b, err := s.hold(ctx, id)
		if err != nil {
			return err
		}
		if err := etag.Check(tag, b.Revision, b.Name()); err != nil {
			return err
		}
		before := *b
		fields, err := set(b)
		changed = b
		if err != nil || len(fields) == 0 {
			return err
		}
		if err := before.CheckCurrency(b.Currency); err != nil {
			return err
		}
		b.UpdateTime = s.now()
		b.Revision++
		if _, err := s.db.NamedExec(ctx, update, b); err != nil {
			return err
		}
		if more := b.Amount.Sub(before.Amount); !more.IsZero() {
			b.Amount = before.Amount
			if err := s.Book(ctx, b, Entry{Kind: Amount, Amount: more}); err != nil {
				return err
			}
		}
		return s.announce(ctx)(b.changed(ctx, b.UpdateTime, fields))
	})
	return changed, err
}

const touch = `update budgets set update_time = $2, revision = revision + 1 where budget_id = $1`

// Approve permits spending beyond the amount. The owner of the budget may not.
func (s *Store) Approve(ctx context.Context, id uuid.UUID, tag, currency string, e Entry) (*Budget, error) {
	var approved *Budget
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		b, err := s.hold(ctx, id)
		if err != nil {
			return err
		}
		if auth.From(ctx).Subject == b.Owner {
			return selfApprovalError()
		}
		if err := etag.Check(tag, b.Revision, b.Name()); err != nil {
			return err
		}
		if err := b.CheckCurrency(currency); err != nil {
			return err
		}
		if err := s.Book(ctx, b, e); err != nil {
			return err
		}
		b.UpdateTime = s.now()
		b.Revision++
		approved = b
		_, err = s.db.Exec(ctx, touch, b.ID, b.UpdateTime)
		return err
	})
	return approved, err
}
