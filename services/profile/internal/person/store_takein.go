package person

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/contact"
)

// State says what came of an incoming person.
type State int

// The states.
const (
	Created State = iota + 1
	Changed
	Unchanged
)

const findByKey = `select p.person_id from vault.person_keys k join people p on p.person_id = k.person_id
	where k.blinds && $2 and p.customer_id = $1 order by p.person_id limit 1`

// TakeIn creates a person as another system knows him, or changes the fields of him that are set in facts; he is known by his first external id. It is in the
// caller's transaction.
func (s *Store) TakeIn(ctx context.Context, customerID uuid.UUID, facts *profilev1.Person) (State, error) {
	key := externalBlinds(s.box.Keys, contact.ExternalIDsFromProto(facts.GetExternalIds()[:1]))
	var id uuid.UUID
	err := s.db.Get(ctx, &id, findByKey, customerID, key)
	if errors.Is(err, postgres.ErrNoRows) {
		p, err := FromProto(customerID, facts)
		if err != nil {
			return 0, fault.Prefix(err, "person")
		}
		return Created, s.Create(ctx, p)
	}
	if err != nil {
		return 0, err
	}
	var before int64
	p, err := s.Update(ctx, customerID, id, "", func(p *Person) error {
		before = p.Revision
		state := ToProto(p)
		if err := mask.Apply("person", state, facts, nil, auth.From(ctx).Level); err != nil {
			return err
		}
		return p.over(state)
	})
	switch {
	case err != nil:
		return 0, err
	case p.Revision == before:
		return Unchanged, nil
	default:
		return Changed, nil
	}
}
