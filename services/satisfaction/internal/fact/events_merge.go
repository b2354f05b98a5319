package fact

import (
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/libs/rekey"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// Following has merges of customers followed: responses, orders, invitations and scores of the merged customer become the survivor's. A survey that has invited both keeps the
// survivor's invitation, and its score where it was published for both; how the survivor stood when somebody answered stays with the response.
func (s *Store) Following(aliases mirror.Aliases) *Store {
	s.customers.Following(mirror.Merger{
		Now: s.now, Consumer: Consumer, Aliases: aliases, Know: s.standings.Know,
		Mover: rekey.New(s.db, rekey.Options{Collections: map[string]string{"people": "person_id", "orders": "order_id", "responses": "response_id"}}),
		Rekeyed: func(customer, survivor string, undone bool) proto.Message {
			return &satisfactionv1.CustomerRekeyed{Customer: customer, Survivor: survivor, Undone: undone}
		},
	})
	return s
}
