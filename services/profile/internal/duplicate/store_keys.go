package duplicate

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// chunk is of how many customers keys are made in one step: it bounds memory, whatever their number.
const chunk = 5000

const (
	nextChanged = `select ` + factColumns + ` from customers c where c.customer_id > $2 and c.delete_time is null and ` + isChanged + ` order by c.customer_id limit $3`

	forgetKeys = `with old as (delete from match_states where holder = any($1) returning holder, keys)
	delete from match_keys k using (select holder, unnest(keys) as key from old) o where k.key = o.key and k.holder = o.holder`

	setHorizon = `insert into match_horizon (only_one, known_time) values (true, $1) on conflict (only_one) do update set known_time = excluded.known_time`

	analyzeKeys = `analyze match_keys, match_states`
)

// makeKeys makes the keys of the next customers that have changed.
func (s *Store) makeKeys(ctx context.Context, at *cursor, began time.Time) (int64, error) {
	var rows []factRow
	if err := s.db.Select(ctx, &rows, nextChanged, Version, at.After, chunk); err != nil {
		return 0, err
	}
	if len(rows) > 0 {
		if err := s.putKeys(ctx, rows); err != nil {
			return 0, err
		}
		at.After = rows[len(rows)-1].ID
		at.Changed += int64(len(rows))
	}
	if len(rows) == chunk {
		return int64(len(rows)), nil
	}
	return int64(len(rows)), s.endKeys(ctx, at, began)
}

// endKeys goes on to the pairs.
func (s *Store) endKeys(ctx context.Context, at *cursor, began time.Time) error {
	if _, err := s.db.Exec(ctx, setHorizon, began); err != nil {
		return err
	}
	if at.Changed > 0 { // nothing else tells the planner in time what has just been filled
		if _, err := s.db.Exec(ctx, analyzeKeys); err != nil {
			return err
		}
	}
	var keys int
	if err := s.db.Get(ctx, &keys, countKeys); err != nil {
		return err
	}
	at.Phase, at.Part, at.Parts = pairing, 0, keys/perPart+1
	return nil
}

// held is a key of a customer.
type held struct {
	key    Key
	holder uuid.UUID
}

func (s *Store) putKeys(ctx context.Context, rows []factRow) error {
	ids, made := make([]uuid.UUID, len(rows)), make([]*Keys, len(rows))
	all := make([]held, 0, 5*len(rows))
	for i := range rows {
		ids[i], made[i] = rows[i].ID, rows[i].keys()
		for _, k := range made[i].All {
			all = append(all, held{k, ids[i]})
		}
	}
	// In the order of the index, in which pages that stand beside each other are written together.
	slices.SortFunc(all, func(a, b held) int { return cmp.Compare(a.key, b.key) })
	if _, err := s.db.Exec(ctx, forgetKeys, pq.Array(ids)); err != nil {
		return err
	}
	states := func(yield func([]any) bool) {
		for i, k := range made {
			if !yield([]any{ids[i], rows[i].Revision, Version, numbers(k.All), numbers(k.Private), int64(k.Registration), pq.StringArray(postgres.OrEmpty(k.Names))}) {
				return
			}
		}
	}
	if err := s.db.CopyIn(ctx, "match_states", []string{"holder", "revision", "rules", "keys", "private_keys", "registration_key", "names"}, states); err != nil {
		return err
	}
	return s.db.CopyIn(ctx, "match_keys", []string{"key", "holder"}, func(yield func([]any) bool) {
		for _, h := range all {
			if !yield([]any{int64(h.key), h.holder}) {
				return
			}
		}
	})
}

func kindNumbers(of []Kind) pq.Int32Array {
	out := make(pq.Int32Array, len(of))
	for i, k := range of {
		out[i] = int32(k)
	}
	return out
}
