package gate

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/services/planning/internal/compliance"
)

// Recheck says whether a contact may be on another day, by the rules that depend on the day, in the transaction of ctx and before that locks anything of the contact; the contact
// does not count against itself. If so, what it gives counts in the year of that day from then on.
func (s *Store) Recheck(ctx context.Context, contact uuid.UUID, day time.Time) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		o, err := s.open(ctx, contact)
		if err != nil {
			return err
		}
		people, err := ids(o.People)
		if err != nil {
			return err
		}
		c := &Candidate{
			Customer: o.Customer, Contact: o.ID, Kind: o.Kind, People: people, Day: day, Minutes: o.Minutes, Owner: o.Owner, Gifts: o.gifts,
			Activity: o.Activity.UUID,
		}
		snapshot, err := s.snapshot(ctx, c, o.locks, o.numbers)
		if err != nil {
			return err
		}
		snapshot.Budget, snapshot.Reserved = o.budget, true
		if d := snapshot.DecideDay(); !d.Granted() {
			return refusal(&d)
		}
		if len(o.gifts) == 0 {
			return nil
		}
		if _, err := s.db.Exec(ctx, moveBenefits, o.Customer, o.ID, day); err != nil {
			return err
		}
		return s.compliance.Register(ctx, compliance.Entries(snapshot.entry(compliance.Moved, nil), o.gifts))
	})
}

const datesOf = `select contact_id from contacts where customer_id = $1 and origin = 2 and state = 2 and source like $2 || '#%'`

// Forget removes what is kept of a person; see fact.Forget. It comes before that of contacts, which removes those for his special dates: what is reserved for them is given back.
func (s *Store) Forget(ctx context.Context, customer, person uuid.UUID) error {
	everywhere := auth.With(ctx, auth.Principal{Subject: "planning", Level: levelOfSeniors, Territories: []string{auth.Anywhere}})
	var contacts []uuid.UUID
	if err := s.db.Select(ctx, &contacts, datesOf, customer, resource.Name("customers", customer, "people", person)); err != nil {
		return err
	}
	for _, id := range contacts {
		if err := s.Released(everywhere, id); err != nil {
			return err
		}
	}
	return s.compliance.Forget(ctx, customer, person)
}
