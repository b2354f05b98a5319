package consent

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/seal"
)

// Store keeps the ledger.
type Store struct {
	db  *postgres.DB
	now func() time.Time
	box *seal.Box
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time, keys *seal.Keys) *Store {
	return &Store{db: db, now: now, box: seal.NewBox(db, keys)}
}

// forSource is the use that sources are sealed for.
const forSource = "consent_entries.source"

// row is an entry as the table has it.
type row struct {
	Entry
	listing.Cursor
	Sealed []byte `db:"source"`
}

// open makes entries of the rows of one person.
func (s *Store) open(ctx context.Context, person uuid.UUID, rows []row) ([]Entry, error) {
	out := make([]Entry, len(rows))
	if len(rows) == 0 {
		return out, nil
	}
	key, err := s.box.Key(ctx, person)
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		out[i] = r.Entry
		if len(r.Sealed) == 0 {
			continue
		}
		source, err := key.Open(forSource, r.Sealed)
		if err != nil {
			return nil, fmt.Errorf("consent %s: %w", r.ID, err)
		}
		out[i].Source = string(source)
	}
	return out, nil
}

// read reads the entries of one person.
func (s *Store) read(ctx context.Context, query string, customer, person uuid.UUID) ([]Entry, error) {
	var rows []row
	if err := s.db.Select(ctx, &rows, query, customer, person); err != nil {
		return nil, err
	}
	return s.open(ctx, person, rows)
}

// imposing is the cause of what nobody said anew: where customers are merged, of two entries for one human being the stricter answers hold for both.
const imposing = "merge"

const (
	columns = `e.customer_id, e.person_id, e.entry_id, e.medium, e.purpose, e.state, e.consent_time, e.source, e.actor, e.cause, e.record_time`

	selectNewest = `select distinct on (e.medium, e.purpose) ` + columns + ` from consent_entries e where e.customer_id = $1 and e.person_id = $2
		order by e.medium, e.purpose, e.consent_time desc, e.record_time desc, e.entry_id desc`

	selectAll = `select ` + columns + ` from consent_entries e where e.customer_id = $1 and e.person_id = $2 order by e.consent_time, e.record_time, e.entry_id`
)

// Record keeps an entry of a person whose customer is held and answers the newest one of its kind then, which may be another. In the caller's transaction.
func (s *Store) Record(ctx context.Context, e *Entry) (newest *Entry, err error) {
	if e.Time.IsZero() {
		e.Time = s.now()
	}
	if wrong := e.Check(s.now()); len(wrong) > 0 {
		return nil, fault.Prefix(fault.Invalid(wrong...), "consent")
	}
	added := []Entry{*e}
	if err := s.add(ctx, e.Customer, e.Person, added); err != nil {
		return nil, err
	}
	*e = added[0]
	all, err := s.newest(ctx, e.Customer, e.Person)
	return all[e.Key()], err
}

// Follow has the ledger say what the person holds now, in the caller's transaction, in which the person was written. What it says already is not said again.
func (s *Store) Follow(ctx context.Context, customer, person uuid.UUID, answers []Answer) error {
	newest, err := s.newest(ctx, customer, person)
	if err != nil {
		return err
	}
	missing, wrong := Follow(newest, answers, s.now(), events.CauseOf(ctx) == imposing)
	if len(wrong) > 0 {
		return fault.Prefix(fault.Invalid(wrong...), "person")
	}
	return s.add(ctx, customer, person, missing)
}

func (s *Store) newest(ctx context.Context, customer, person uuid.UUID) (map[Key]*Entry, error) {
	all, err := s.read(ctx, selectNewest, customer, person)
	return Newest(all), err
}

// add writes entries and announces them.
func (s *Store) add(ctx context.Context, customer, person uuid.UUID, added []Entry) error {
	if len(added) == 0 {
		return nil
	}
	slices.SortStableFunc(added, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Medium, b.Medium), cmp.Compare(a.Purpose, b.Purpose))
	})
	held, err := aggregate.Hold(ctx, s.db, []uuid.UUID{customer})
	if err != nil {
		return err
	}
	if h := held[customer]; h == nil || h.Deleted {
		return aggregate.Explain(ctx, s.db, customer)
	}
	now := s.now()
	records := make([]history.Record, len(added))
	for i := range added {
		e := &added[i]
		if e.ID, err = uuid.NewV7(); err != nil {
			return fmt.Errorf("consent: new id: %w", err)
		}
		e.Customer, e.Person, e.Actor, e.Cause, e.RecordTime = customer, person, auth.From(ctx).Subject, events.CauseOf(ctx), now
		if records[i], err = e.recorded(ctx); err != nil {
			return err
		}
	}
	if err := s.insert(ctx, person, added); err != nil {
		return err
	}
	return aggregate.Record(ctx, s.db, held, records)
}

func (s *Store) insert(ctx context.Context, person uuid.UUID, added []Entry) error {
	key, err := s.box.Key(ctx, person)
	if err != nil {
		return err
	}
	names := []string{"customer_id", "person_id", "entry_id", "medium", "purpose", "state", "consent_time", "source", "actor", "cause", "record_time"}
	return s.db.CopyIn(ctx, "consent_entries", names, func(yield func([]any) bool) {
		for _, e := range added {
			source := []byte{}
			if e.Source != "" {
				source = key.Seal(forSource, []byte(e.Source))
			}
			if !yield([]any{e.Customer, e.Person, e.ID, e.Medium, e.Purpose, e.State, e.Time, source, e.Actor, e.Cause, e.RecordTime}) {
				return
			}
		}
	})
}

// All is the whole ledger of a person, the oldest answer first, whatever the caller may see: who asks has seen to that.
func (s *Store) All(ctx context.Context, customer, person uuid.UUID) ([]Entry, error) {
	return s.read(ctx, selectAll, customer, person)
}

// List reads a page of the ledger of a person whom the caller may see.
func (s *Store) List(ctx context.Context, plan *listing.Plan, customer, person uuid.UUID) ([]Entry, string, error) {
	query, args := plan.Query(columns, "consent_entries e", "e.customer_id = $1 and e.person_id = $2", customer, person)
	var rows []row
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	if err != nil {
		return nil, "", err
	}
	out, err := s.open(ctx, person, rows)
	return out, next, err
}
