package issue

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

// batch is how many cases are grouped at once: few enough not to hold their customers for long.
const batch = 300

const (
	// Groups are changed by one at a time: the grouping waits for people, who wait for each other.
	tryLock = `select pg_try_advisory_xact_lock(hashtextextended('guanxi voice issue groups', 0))`
	lock    = `select pg_advisory_xact_lock(hashtextextended('guanxi voice issue groups', 0))`

	ungrouped = `select customer_id, case_id from cases where issue_group_id is null order by received_time, customer_id, case_id limit $1`

	textOf   = `title || ' ' || description`
	digestOf = `sha256(convert_to(concat_ws(E'\x1f', title, description, product_line, product_code, cause), 'UTF8'))`

	selectCases = `select customer_id, case_id, received_time, ` + textOf + ` as body, ` + digestOf + ` as digest, product_line, product_code, cause from cases
	where (customer_id, case_id) in (select c, k from unnest(cast($1 as uuid[]), cast($2 as uuid[])) as n (c, k)) and issue_group_id is null
	order by received_time, customer_id, case_id`
)

const (
	// lateness is by how much a case may have been received before others and be grouped after them.
	lateness = 7 * 24 * time.Hour
	// mostPruned is how many candidates leave the index at once. More do not come about by a batch, unless there was none for long.
	mostPruned = 10 * batch

	// The arrays have the indexes used, whatever the planner believes of how many there are.
	prune = `update issue_groups set indexed = false
	where group_id = any(array(select group_id from issue_groups where state = 1 and indexed and last_time < $1 order by last_time limit $2)) returning group_id`
)

// row is a case as the database has it.
type row struct {
	Customer uuid.UUID `db:"customer_id"`
	Case     uuid.UUID `db:"case_id"`
	Received time.Time `db:"received_time"`
	Body     string    `db:"body"`
	Digest   []byte    `db:"digest"`
	Line     string    `db:"product_line"`
	Code     string    `db:"product_code"`
	Cause    string    `db:"cause"`
}

// background is who groups: nobody's caller, everywhere.
func background(ctx context.Context) context.Context {
	return events.WithCause(auth.With(ctx, auth.Principal{Territories: []string{auth.Anywhere}}), "recompute")
}

// Pass groups the next cases that are in no group, and returns how many these were. It leaves them to another replica that is at it.
func (s *Store) Pass(ctx context.Context) (count int, err error) {
	ctx = background(ctx)
	var some bool
	if err := s.db.Get(ctx, &some, `select exists (select from cases where issue_group_id is null)`); err != nil || !some {
		return 0, err
	}
	n, err := s.numbers.Current(ctx)
	if err != nil {
		return 0, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		var free bool
		if err := s.db.Get(ctx, &free, tryLock); err != nil || !free {
			return err
		}
		rows, err := s.take(ctx)
		if err != nil || len(rows) == 0 {
			return err
		}
		count = len(rows)
		if err := s.group(ctx, &n.Issue, rows); err != nil {
			return err
		}
		return s.prune(ctx, rows[0].Received.Add(-n.Issue.Window-lateness))
	})
	return count, err
}

// take holds the customers of the next cases, and reads these.
func (s *Store) take(ctx context.Context) (rows []row, err error) {
	var next []struct {
		Customer uuid.UUID `db:"customer_id"`
		Case     uuid.UUID `db:"case_id"`
	}
	if err := s.db.Select(ctx, &next, ungrouped, batch); err != nil {
		return nil, err
	}
	customers, cases := make([]uuid.UUID, len(next)), make([]uuid.UUID, len(next))
	for i, n := range next {
		customers[i], cases[i] = n.Customer, n.Case
	}
	if _, err := aggregate.Hold(ctx, s.db, customers); err != nil {
		return nil, err
	}
	return rows, s.db.Select(ctx, &rows, selectCases, pq.Array(customers), pq.Array(cases))
}

// group places cases and writes what came of it.
func (s *Store) group(ctx context.Context, r *settings.Issue, rows []row) error {
	cases := make([]*Case, len(rows))
	var terms []string
	seen := map[string]bool{}
	for i, row := range rows {
		cases[i] = NewCase(row.Customer, row.Case, row.Received, row.Body, Facts{Line: row.Line, Code: row.Code, Cause: row.Cause})
		for _, term := range cases[i].Terms {
			if !seen[term] {
				seen[term] = true
				terms = append(terms, term)
			}
		}
	}
	corpus, err := s.corpus(ctx, terms)
	if err != nil {
		return err
	}
	near, err := s.near(ctx, r, corpus, cases)
	if err != nil {
		return err
	}
	known, err := s.profiles(ctx, corpus, near, terms)
	if err != nil {
		return err
	}
	g := NewGrouping(r, corpus, func() uuid.UUID { return uuid.Must(uuid.NewV7()) }, known)
	placed := make([]Placed, len(cases))
	for i, c := range cases {
		placed[i] = g.Place(c, near[i])
	}
	return s.write(ctx, r, placed, rows)
}

// prune takes candidates without a case since an instant out of the index: no case at hand, nor one that comes late, can join them any more.
func (s *Store) prune(ctx context.Context, before time.Time) error {
	var old []uuid.UUID
	if err := s.db.Select(ctx, &old, prune, before, mostPruned); err != nil || len(old) == 0 {
		return err
	}
	_, err := s.db.Exec(ctx, dropTerms, pq.Array(old))
	return err
}
