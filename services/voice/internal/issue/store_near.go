package issue

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

const (
	selectTerms = `select term, cases from issue_terms where term = any($1)`

	// Of the groups that share the cases' rarest terms those whose vectors point most nearly in the same direction. That the product is the same weighs as much as a third of that:
	// the same words may be said of many. The index is asked by term and the groups by their ids, whatever the planner believes of how many there are (offset 0): it has read them all.
	selectNear = `select c.number, near.group_id from (
		select number, length, code, received, array_agg(term) as terms, array_agg(weight) as weights
		from unnest(cast($1 as integer[]), cast($2 as text[]), cast($3 as float8[]), cast($4 as float8[]), cast($5 as text[]), cast($6 as timestamptz[]))
			as q (number, term, weight, length, code, received) group by number, length, code, received
	) c cross join lateral (
		select f.group_id, f.dot / sqrt(greatest(g.square, 1e-9)) / c.length + case when c.code <> '' and g.product_code = c.code then 0.3::float8 else 0 end as score
		from (
			select t.group_id, sum(q.weight * t.members) as dot from unnest(c.terms, c.weights) as q (term, weight)
			cross join lateral (select group_id, members from issue_group_terms t where t.term = q.term offset 0) t group by t.group_id
		) f cross join lateral (
			select square, product_code from issue_groups g where g.group_id = f.group_id
				and (g.state = 2 or g.state = 1 and c.received between g.first_time - cast($7 as interval) and g.last_time + cast($7 as interval)) offset 0
		) g order by score desc, f.group_id limit $8
	) near order by c.number, near.score desc, near.group_id`

	// The length is measured anew: what terms tell has changed since it was kept.
	selectProfiles = `select g.group_id, g.state, g.size, g.first_time, g.last_time, s.square, g.product_line, g.product_code, g.common_cause from issue_groups g join (
		select t.group_id, sum(power(t.members * ln(1 + ($2 + 1.0::float8) / (n.cases + 1)), 2)) as square
		from issue_group_terms t join issue_terms n using (term) where t.group_id = any($1) group by t.group_id
	) s using (group_id)`
	selectCounts = `select group_id, term, members from issue_group_terms where group_id = any($1) and term = any($2)`
)

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
