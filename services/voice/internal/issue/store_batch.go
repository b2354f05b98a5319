package issue

import (
	"context"
	"math"
	"slices"
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

	selectTerms = `select term, cases from issue_terms where term = any($1)`

	// Of the groups that share the cases' rarest terms those whose vectors point most nearly in the same direction. That the product is the same weighs as much as a third of that:
	// the same words may be said of many.
	selectNear = `select number, group_id from (
		select q.number, t.group_id, row_number() over (
			partition by q.number
			order by sum(q.weight * t.members) / sqrt(greatest(g.square, 1e-9)) / max(q.length) + case when max(q.code) <> '' and g.product_code = max(q.code) then 0.3 else 0 end desc, t.group_id
		) as place
		from unnest(cast($1 as integer[]), cast($2 as text[]), cast($3 as float8[]), cast($4 as float8[]), cast($5 as text[]), cast($6 as timestamptz[]))
			as q (number, term, weight, length, code, received)
		join issue_group_terms t on t.term = q.term
		join issue_groups g on g.group_id = t.group_id
		where g.state = 2 or g.state = 1 and q.received between g.first_time - cast($7 as interval) and g.last_time + cast($7 as interval)
		group by q.number, t.group_id, g.square, g.product_code
	) ranked where place <= $8 order by number, place`

	// The length is measured anew: what terms tell has changed since it was kept.
	selectProfiles = `select g.group_id, g.state, g.size, g.first_time, g.last_time, s.square, g.product_line, g.product_code, g.common_cause from issue_groups g join (
		select t.group_id, sum(power(t.members * ln(1 + ($2 + 1.0::float8) / (n.cases + 1)), 2)) as square
		from issue_group_terms t join issue_terms n using (term) where t.group_id = any($1) group by t.group_id
	) s using (group_id)`
	selectCounts = `select group_id, term, members from issue_group_terms where group_id = any($1) and term = any($2)`
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
		return s.group(ctx, &n.Issue, rows)
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

func (s *Store) corpus(ctx context.Context, terms []string) (*Corpus, error) {
	var rows []struct {
		Term  string `db:"term"`
		Cases int64  `db:"cases"`
	}
	if err := s.db.Select(ctx, &rows, selectTerms, pq.Array(append([]string{""}, terms...))); err != nil {
		return nil, err
	}
	c := &Corpus{Of: make(map[string]int64, len(rows))}
	for _, r := range rows {
		if r.Term == "" {
			c.Cases = r.Cases
			continue
		}
		c.Of[r.Term] = r.Cases
	}
	return c, nil
}

// near are the groups that each case is to be compared with.
func (s *Store) near(ctx context.Context, r *settings.Issue, corpus *Corpus, cases []*Case) ([][]uuid.UUID, error) {
	var (
		numbers         []int64
		terms, codes    []string
		weights, length []float64
		received        []time.Time
	)
	for i, c := range cases {
		corpus.Measure(&c.Document)
		for _, term := range corpus.Probes(&c.Document) {
			numbers, terms, weights = append(numbers, int64(i)), append(terms, term), append(weights, square(corpus.Weight(term)))
			length, codes, received = append(length, math.Sqrt(c.Square)), append(codes, c.Code), append(received, c.Received)
		}
	}
	var rows []struct {
		Number int       `db:"number"`
		Group  uuid.UUID `db:"group_id"`
	}
	// Planned anew each time: the plan depends on how many groups there are by now, and one for any arrays reads them all.
	err := s.db.SelectDynamic(ctx, &rows, selectNear, pq.Array(numbers), pq.Array(terms), pq.Array(weights), pq.Array(length), pq.Array(codes), pq.Array(received), interval(r.Window), Nearest)
	near := make([][]uuid.UUID, len(cases))
	for _, row := range rows {
		near[row.Number] = append(near[row.Number], row.Group)
	}
	return near, err
}

// profiles reads groups with those of their terms that the cases at hand have.
func (s *Store) profiles(ctx context.Context, corpus *Corpus, near [][]uuid.UUID, terms []string) ([]*Profile, error) {
	ids := slices.Concat(near...)
	var rows []struct {
		ID     uuid.UUID `db:"group_id"`
		State  State     `db:"state"`
		Size   int       `db:"size"`
		First  time.Time `db:"first_time"`
		Last   time.Time `db:"last_time"`
		Square float64   `db:"square"`
		Line   string    `db:"product_line"`
		Code   string    `db:"product_code"`
		Cause  string    `db:"common_cause"`
	}
	if err := s.db.Select(ctx, &rows, selectProfiles, pq.Array(ids), corpus.Cases); err != nil {
		return nil, err
	}
	out, byID := make([]*Profile, len(rows)), map[uuid.UUID]*Profile{}
	for i, r := range rows {
		out[i] = &Profile{ID: r.ID, Formed: r.State == Formed, Size: r.Size, First: r.First, Last: r.Last, Document: Document{
			Counts: map[string]int{}, Square: r.Square, Line: r.Line, Code: r.Code, Cause: r.Cause,
		}}
		byID[r.ID] = out[i]
	}
	var counts []struct {
		Group   uuid.UUID `db:"group_id"`
		Term    string    `db:"term"`
		Members int       `db:"members"`
	}
	if err := s.db.Select(ctx, &counts, selectCounts, pq.Array(ids), pq.Array(terms)); err != nil {
		return nil, err
	}
	for _, c := range counts {
		byID[c.Group].Counts[c.Term] = c.Members
	}
	return out, nil
}
