package duplicate

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/operation"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// searching is the kind of the operations that search.
const searching = "profile-find-duplicates"

// Kind is the operation that searches through all customers.
func (s *Store) Kind() operation.Kind {
	return operation.Kind{Name: searching, Begin: s.begin, Step: s.step}
}

// Nightly asks for a search.
func (s *Store) Nightly(ctx context.Context, _ time.Time) error {
	ctx = auth.With(ctx, auth.Principal{Subject: "profile", Level: typev1.Level_MANAGER})
	_, err := s.ask(ctx)
	return err
}

// ask has a search begun. It is over all territories, whoever asks, so only those may look at it who see all.
func (s *Store) ask(ctx context.Context) (uuid.UUID, error) {
	return operation.Ensure(everywhere(ctx), s.db, searching, struct{}{}, s.now())
}

// The phases of a search.
const (
	prepare = ""      // what is gone is forgotten
	keying  = "keys"  // keys are made of customers that have changed
	pairing = "pairs" // candidates are looked for, a range of keys at a time
	judging = "judge" // candidates are compared
)

// cursor is where a search stands.
type cursor struct {
	Phase  string    `json:"phase"`
	After  uuid.UUID `json:"after"`  // the last customer, or the older one of the last pair
	Second uuid.UUID `json:"second"` // the younger one of the last pair
	Part   int       `json:"part"`   // the next range of keys
	Parts  int       `json:"parts"`
	Found
}

// Found is what came of a search.
type Found struct {
	Changed int64 `json:"changed"` // customers whose keys were made
	Pairs   int64 `json:"pairs"`
	New     int64 `json:"new"`
}

func (c *cursor) String() string {
	text, err := json.Marshal(c)
	if err != nil { // of numbers and texts only
		panic(err)
	}
	return string(text)
}

// Of a customer that has changed; a look-up for each in the order of the customers, which stays as fast while the table grows that is looked into.
const (
	isChanged = `(select m.revision from match_states m where m.holder = c.customer_id and m.rules = $1) is distinct from c.revision`

	countChanged = `select count(*) from customers c where c.delete_time is null and ` + isChanged
)

func (s *Store) begin(ctx context.Context, _ operation.Operation) (total int64, err error) {
	return total, s.db.Get(ctx, &total, countChanged, Version)
}

func (s *Store) step(ctx context.Context, o operation.Operation) (operation.Progress, error) {
	ctx = events.WithCause(everywhere(ctx), "recompute")
	var at cursor
	if o.Cursor != "" {
		if err := json.Unmarshal([]byte(o.Cursor), &at); err != nil {
			return operation.Progress{}, fmt.Errorf("duplicate: the cursor of a search: %w", err)
		}
	}
	var done int64
	var finished bool
	var err error
	switch at.Phase {
	case prepare:
		err = s.prepare(ctx)
		at.Phase = keying
	case keying:
		done, err = s.makeKeys(ctx, &at, *o.StartTime)
	case pairing:
		err = s.pair(ctx, &at)
	case judging:
		done, finished, err = s.judge(ctx, &at)
	default:
		err = fmt.Errorf("duplicate: a search in the unknown phase %q", at.Phase)
	}
	if err != nil {
		return operation.Progress{}, err
	}
	return operation.Progress{Cursor: at.String(), Done: done, Finished: finished, Result: at.Found}, nil
}

const (
	emptyWork = `truncate match_crowds, match_candidates`

	// Deleted and merged customers.
	forgetGone = `with gone as (
		delete from match_states m where not exists (select from customers c where c.customer_id = m.holder and c.delete_time is null) returning holder, keys
	)
	delete from match_keys k using (select holder, unnest(keys) as key from gone) g where k.key = g.key and k.holder = g.holder`

	// A dismissal outlives a deletion that is taken back.
	forgetDismissals = `delete from duplicate_dismissals d where not exists (select from customers c where c.customer_id = d.first_id)
		or not exists (select from customers c where c.customer_id = d.second_id)`
)

func (s *Store) prepare(ctx context.Context) error {
	for _, statement := range []string{emptyWork, forgetGone, forgetDismissals} {
		if _, err := s.db.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// perPart is about how many keys are looked at in one step.
const perPart = 1_000_000

const (
	countKeys = `select count(*) from match_keys`

	// In one pass over a range of keys: those that too many have, and the pairs that the others make, of the kinds that lead to enough.
	findPairs = `with counted as materialized (
		select key, count(*) as holders from match_keys where key between $1 and $2 group by key having count(*) > 1
	), crowds as (
		insert into match_crowds select key from counted where holders > $3
	)
	insert into match_candidates (first_id, second_id)
	select distinct a.holder, b.holder
	from counted t join match_keys a on a.key = t.key join match_keys b on b.key = t.key
	where t.holders <= $3 and cast(t.key & 15 as integer) = any($4) and a.holder < b.holder
	on conflict do nothing`
)

// pair looks for candidates among a range of keys.
func (s *Store) pair(ctx context.Context, at *cursor) error {
	rules, err := s.rules(ctx)
	if err != nil {
		return err
	}
	low, high := part(at.Part, at.Parts)
	if _, err := s.db.Exec(ctx, findPairs, low, high, rules.Crowd, kindNumbers(rules.Leading())); err != nil {
		return err
	}
	if at.Part++; at.Part < at.Parts {
		return nil
	}
	at.Phase, at.After, at.Second = judging, uuid.Nil, uuid.Nil
	_, err = s.db.Exec(ctx, `analyze match_candidates`) // nothing else tells the planner in time what has just been filled
	return err
}

// part are the bounds of one of so many equal ranges of all keys, both included.
func part(i, parts int) (low, high int64) {
	width := math.MaxUint64/uint64(parts) + 1
	if parts == 1 {
		return math.MinInt64, math.MaxInt64
	}
	low = int64(uint64(1)<<63 + width*uint64(i))
	if i == parts-1 {
		return low, math.MaxInt64
	}
	return low, int64(uint64(1)<<63 + width*uint64(i+1) - 1)
}
