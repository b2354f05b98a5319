package person

import (
	"context"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

const selectMany = `select ` + columns + ` from ` + sources + `
	where (p.customer_id, p.person_id) in (select k.customer, k.id from unnest(cast($1 as uuid[]), cast($2 as uuid[])) as k (customer, id))`

// Load reads those of the people that there are, by their ids, whatever the caller may see: who asks has seen to that.
func (s *Store) Load(ctx context.Context, customers, ids []uuid.UUID) (map[uuid.UUID]*Person, error) {
	var rows []row
	if err := s.db.Select(ctx, &rows, selectMany, pq.Array(customers), pq.Array(ids)); err != nil {
		return nil, err
	}
	out := make(map[uuid.UUID]*Person, len(rows))
	for i := range rows {
		p, err := rows[i].open(s.box.Keys)
		if err != nil {
			return nil, err
		}
		out[p.ID] = p
	}
	return out, nil
}
