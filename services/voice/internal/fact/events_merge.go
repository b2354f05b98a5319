package fact

import (
	"context"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/libs/rekey"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// Following has merges of customers followed: voices, cases with their clocks, actions and escalations, orders and recalls of the merged customer become the survivor's. No case is
// put aside: each has an id of its own, and of a recall that concerns both the survivor is told once and all goods are traced.
func (s *Store) Following(aliases mirror.Aliases) *Store {
	s.customers.Following(mirror.Merger{
		Now: s.now, Consumer: Consumer, Aliases: aliases, Know: s.standings.Know, After: s.merged,
		Mover: rekey.New(s.db, rekey.Options{Collections: map[string]string{"people": "person_id", "orders": "order_id", "cases": "case_id", "voices": "voice_id", "escalations": "escalation_id"}}),
		Rekeyed: func(customer, survivor string, undone bool) proto.Message {
			return &voicev1.CustomerRekeyed{Customer: customer, Survivor: survivor, Undone: undone}
		},
	})
	return s
}

// merged has the clocks that run looked at: what the customer is entitled to is now what the one is who has the case.
func (s *Store) merged(ctx context.Context, m mirror.Merge) error {
	customer := m.Survivor
	if m.Undone {
		customer = m.Merged
	}
	_, err := s.db.Exec(ctx, insertMove, customer, m.Time)
	return err
}
