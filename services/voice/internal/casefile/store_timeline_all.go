package casefile

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// Noted is an entry and whose it is.
type Noted struct {
	Entry

	Customer, Case uuid.UUID
}

const appendEntries = `with given as (
		select g.customer_id, g.case_id, g.kind, g.occur_time, g.note, g.data, row_number() over (partition by g.customer_id, g.case_id order by g.place) as nth
		from unnest(cast($1 as uuid[]), cast($2 as uuid[]), cast($3 as smallint[]), cast($4 as timestamptz[]), cast($5 as text[]), cast($6 as jsonb[])) with ordinality
			as g (customer_id, case_id, kind, occur_time, note, data, place)
	), numbered as (
		update cases f set entries = f.entries + c.count
		from (select customer_id, case_id, count(*) as count from given group by customer_id, case_id) c
		where (f.customer_id, f.case_id) = (c.customer_id, c.case_id)
		returning f.customer_id, f.case_id, f.entries - c.count as before
	)
	insert into timeline (customer_id, case_id, number, kind, actor, occur_time, note, data)
	select g.customer_id, g.case_id, n.before + g.nth, g.kind, '` + nobody + `', g.occur_time, g.note, g.data
	from given g join numbered n on (n.customer_id, n.case_id) = (g.customer_id, g.case_id)`

// NoteAll is Note for many entries that no caller caused, each with its time: those of a case are numbered in the order given.
func (s *Store) NoteAll(ctx context.Context, all []Noted) error {
	if len(all) == 0 {
		return nil
	}
	customers, cases, kinds := make([]uuid.UUID, len(all)), make([]uuid.UUID, len(all)), make([]int16, len(all))
	times, notes, data := make([]time.Time, len(all)), make([]string, len(all)), make([]string, len(all))
	for i, n := range all {
		encoded, err := json.Marshal(n.Data)
		if err != nil {
			return err
		}
		customers[i], cases[i], kinds[i] = n.Customer, n.Case, int16(n.Kind)
		times[i], notes[i], data[i] = n.Time, n.Note, string(encoded)
	}
	_, err := s.db.Exec(ctx, appendEntries, pq.Array(customers), pq.Array(cases), pq.Array(kinds), pq.Array(times), pq.Array(notes), pq.Array(data))
	return err
}
