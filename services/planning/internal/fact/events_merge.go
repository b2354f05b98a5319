package fact

import (
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/libs/rekey"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// Following has merges of customers followed: all that planning keeps of the merged customer becomes the survivor's. Contacts that are still to be made are put aside where the
// survivor has the same ones; both customers are planned anew (changed).
func (s *Store) Following(aliases mirror.Aliases) *Store {
	s.customers.Following(mirror.Merger{
		Now: s.now, Consumer: Consumer, Aliases: aliases, Know: s.standings.Know,
		Mover: rekey.New(s.db, rekey.Options{
			Collections: map[string]string{
				"people": "person_id", "activities": "activity_id", "contacts": "contact_id", "concerns": "concern_id", "evaluations": "evaluation_id", "coaches": "coach_id", "cards": "card_id",
				"powerMaps": "map_id", "plans": "plan_id", "liaisons": "liaison_id",
			},
			References: map[string][]string{"contacts": {"source"}, "ladders": {"reference"}},
		}),
		Rekeyed: func(customer, survivor string, undone bool) proto.Message {
			return &planningv1.CustomerRekeyed{Customer: customer, Survivor: survivor, Undone: undone}
		},
	})
	return s
}
