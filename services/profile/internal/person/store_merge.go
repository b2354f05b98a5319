package person

import (
	"context"

	"github.com/google/uuid"
)

// Twin is a person whom two customers know, each as its own.
type Twin struct {
	Ours   uuid.UUID `db:"ours"`
	Theirs uuid.UUID `db:"theirs"`
}

// What a person is recognized by: an id in another system, a channel.
const selectTwins = `select ours.person_id as ours, theirs.person_id as theirs
	from people ours join vault.person_keys o on o.person_id = ours.person_id
		join people theirs on theirs.customer_id = $2 join vault.person_keys t on t.person_id = theirs.person_id
	where ours.customer_id = $1 and o.blinds && t.blinds
	order by ours, theirs`

// Twins finds the people that two customers have in common, by an external id or a channel.
func (s *Store) Twins(ctx context.Context, ours, theirs uuid.UUID) ([]Twin, error) {
	var out []Twin
	err := s.db.Select(ctx, &out, selectTwins, ours, theirs)
	return out, err
}
