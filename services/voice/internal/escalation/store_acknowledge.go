package escalation

import (
	"context"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/history"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

const (
	acknowledge = `update escalations set acknowledge_time = coalesce(acknowledge_time, $3), acknowledgements = acknowledgements + 1, climb_time = null
	where customer_id = $1 and escalation_id = $2`

	addAcknowledgement = `insert into escalation_acknowledgements (customer_id, escalation_id, number, subject, acknowledge_time, note) values ($1, $2, $3, $4, $5, $6)`
)

// Acknowledge notes that the caller has taken note of an escalation; once, however often he says so.
func (s *Store) Acknowledge(ctx context.Context, id uuid.UUID, note string) (*Escalation, error) {
	e, err := s.Get(ctx, id) // before anything is said of the customer
	if err != nil {
		return nil, err
	}
	err = aggregate.Change(ctx, s.db, e.Customer, func(ctx context.Context) ([]history.Record, error) {
		if e, err = s.Get(ctx, id); err != nil { // as it is now that the customer is held
			return nil, err
		}
		caller := auth.From(ctx)
		if caller.Level < typev1.Level_MANAGER && !e.toldTo(caller.Subject) {
			return nil, notToldError()
		}
		a := Acknowledgement{Subject: caller.Subject, Time: s.now(), Note: note}
		added, err := e.acknowledge(a)
		if err != nil || !added {
			return nil, err
		}
		if _, err := s.db.Exec(ctx, acknowledge, e.Customer, id, a.Time); err != nil {
			return nil, err
		}
		if _, err := s.db.Exec(ctx, addAcknowledgement, e.Customer, id, len(e.Acknowledgements), a.Subject, a.Time, a.Note); err != nil {
			return nil, err
		}
		return e.acknowledged(ctx, a)
	})
	return e, err
}
