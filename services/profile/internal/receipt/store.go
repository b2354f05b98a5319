package receipt

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Store keeps receipts.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

// An event that is heard again is the same receipt, whose time stays.
const insert = `insert into receipts (subject_id, kind, service, event_id, confirm_time, receive_time) values ($1, $2, $3, $4, $5, $6) on conflict do nothing`

func (s *Store) keep(ctx context.Context, kind Kind, subject uuid.UUID, service string, event uuid.UUID, confirmed time.Time) error {
	_, err := s.db.Exec(ctx, insert, subject, kind, service, event, confirmed, s.now())
	return err
}

const selectAsked = `select cast(a.place as integer) - 1 as place, r.service, min(r.receive_time) as receive_time
	from unnest(cast($1 as smallint[]), cast($2 as uuid[]), cast($3 as timestamptz[])) with ordinality as a (kind, subject_id, since, place)
		join receipts r on r.subject_id = a.subject_id and r.kind = a.kind and r.receive_time >= a.since
	group by a.place, r.service order by a.place, array_position(cast($4 as text[]), r.service)`

// Of are the receipts that answer each of the questions, one at most of each service and in the order of Services, in one statement for all.
func (s *Store) Of(ctx context.Context, asked []Ask) ([][]Receipt, error) {
	kinds, subjects, since := make([]int16, len(asked)), make([]uuid.UUID, len(asked)), make([]time.Time, len(asked))
	for i, a := range asked {
		kinds[i], subjects[i], since[i] = int16(a.Kind), a.Subject, a.Since
	}
	var rows []struct {
		Place   int       `db:"place"`
		Service string    `db:"service"`
		Time    time.Time `db:"receive_time"`
	}
	if err := s.db.Select(ctx, &rows, selectAsked, pq.Array(kinds), pq.Array(subjects), pq.Array(since), pq.Array(Services)); err != nil {
		return nil, err
	}
	out := make([][]Receipt, len(asked))
	for _, r := range rows {
		out[r.Place] = append(out[r.Place], Receipt{Service: r.Service, Time: r.Time})
	}
	return out, nil
}
