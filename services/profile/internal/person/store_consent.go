package person

import (
	"context"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/services/profile/internal/consent"
)

// followConsents has the ledger follow what the person holds; nothing is asked where he holds what he held before.
func (s *Store) followConsents(ctx context.Context, before []Consent, p *Person) error {
	if sameConsents(before, p.Consents) {
		return nil
	}
	return consent.NewStore(s.db, s.now, s.box.Keys).Follow(ctx, p.CustomerID, p.ID, answers(p.Consents))
}

// Answer implements consent.People.
func (s *Store) Answer(ctx context.Context, customer, id uuid.UUID, change func(context.Context, []consent.Answer) ([]consent.Answer, error)) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		_, err := s.Update(ctx, customer, id, "", func(p *Person) error {
			changed, err := change(ctx, answers(p.Consents))
			if err != nil {
				return err
			}
			p.Consents = make([]Consent, len(changed))
			for i, a := range changed {
				p.Consents[i] = Consent(a)
			}
			return nil
		})
		return err
	})
}

// See implements consent.People.
func (s *Store) See(ctx context.Context, customer, id uuid.UUID) error {
	_, err := s.Get(ctx, customer, id)
	return err
}

func answers(consents []Consent) []consent.Answer {
	out := make([]consent.Answer, len(consents))
	for i, c := range consents {
		out[i] = consent.Answer(c)
	}
	return out
}

func sameConsents(a, b []Consent) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := a[i], b[i]
		timed := x.Time != nil && y.Time != nil
		if timed && !x.Time.Equal(*y.Time) || !timed && x.Time != y.Time {
			return false
		}
		x.Time, y.Time = nil, nil
		if x != y {
			return false
		}
	}
	return true
}
