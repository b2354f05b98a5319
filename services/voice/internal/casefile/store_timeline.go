package casefile

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

const appendEntry = `with numbered as (
		update cases set entries = entries + 1 where customer_id = $1 and case_id = $2 returning entries
	)
	insert into timeline (customer_id, case_id, number, kind, actor, occur_time, note, data)
	select $1, $2, entries, $3, $4, $5, $6, cast($7 as jsonb) from numbered`

// Note appends to the timeline of a case in the caller's transaction, which holds the customer. A case that is gone has none, which is no error. It changes
// neither the case's etag nor its update_time.
func (s *Store) Note(ctx context.Context, customer, id uuid.UUID, entry Entry) error {
	if entry.Actor == "" {
		entry.Actor = auth.From(ctx).Subject
	}
	if entry.Actor == "" {
		entry.Actor = nobody
	}
	if entry.Time.IsZero() {
		entry.Time = s.now()
	}
	if entry.Data == nil {
		entry.Data = map[string]string{}
	}
	data, err := json.Marshal(entry.Data)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, appendEntry, customer, id, entry.Kind, entry.Actor, entry.Time, entry.Note, string(data))
	return err
}

// EntryRow is an entry as it is stored.
type EntryRow struct {
	Customer uuid.UUID                        `db:"customer_id"`
	Case     uuid.UUID                        `db:"case_id"`
	Number   int32                            `db:"number"`
	Kind     EntryKind                        `db:"kind"`
	Actor    string                           `db:"actor"`
	Time     time.Time                        `db:"occur_time"`
	Text     string                           `db:"note"`
	Data     postgres.JSON[map[string]string] `db:"data"`
}

const (
	entryColumns = `customer_id, case_id, number, kind, actor, occur_time, note, data`
	selectLast   = `select ` + entryColumns + ` from timeline where customer_id = $1 and case_id = $2 order by number desc limit 1`
)

// Add appends an entry to the timeline of a case of a living customer, and returns it.
func (s *Store) Add(ctx context.Context, id uuid.UUID, entry Entry) (*EntryRow, error) {
	var last EntryRow
	_, err := s.Change(ctx, id, "", func(ctx context.Context, c *Case) ([]history.Record, error) {
		if err := s.Note(ctx, c.Customer, c.ID, entry); err != nil {
			return nil, err
		}
		return nil, s.db.Get(ctx, &last, selectLast, c.Customer, c.ID)
	})
	return &last, err
}

// Timeline reads a page of what happened to a case.
func (s *Store) Timeline(ctx context.Context, plan *listing.Plan, id uuid.UUID) ([]*EntryRow, string, error) {
	c, err := s.Get(ctx, id)
	if err != nil {
		return nil, "", err
	}
	query, args := plan.Query(entryColumns, "timeline", "customer_id = $1 and case_id = $2", c.Customer, c.ID)
	var rows []struct {
		EntryRow
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*EntryRow, len(rows))
	for i := range rows {
		out[i] = &rows[i].EntryRow
	}
	return out, next, err
}
