package issue

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

// interval is a duration for PostgreSQL.
func interval(d time.Duration) string { return fmt.Sprintf("%d seconds", int64(d/time.Second)) }

const (
	upsertGroups = `insert into issue_groups as g (group_id, state, product_line, product_code, common_cause, size, square, first_time, last_time, create_time, update_time)
	select id, 1, line, code, cause, size, square, first, last, $9, $9
	from unnest(cast($1 as uuid[]), cast($2 as text[]), cast($3 as text[]), cast($4 as text[]), cast($5 as integer[]), cast($6 as float8[]), cast($7 as timestamptz[]), cast($8 as timestamptz[]))
		as n (id, line, code, cause, size, square, first, last)
	on conflict (group_id) do update set product_line = excluded.product_line, product_code = excluded.product_code, common_cause = excluded.common_cause,
		size = excluded.size, square = excluded.square, first_time = excluded.first_time, last_time = excluded.last_time`

	insertMembers = `insert into issue_members (customer_id, case_id, group_id, received_time, digest, terms, similarity, pinned, join_time)
	select customer, id, target, received, digest, cast(terms as text[]), similarity, false, $8
	from unnest(cast($1 as uuid[]), cast($2 as uuid[]), cast($3 as uuid[]), cast($4 as timestamptz[]), cast($5 as bytea[]), cast($6 as text[]), cast($7 as float8[]))
		as n (customer, id, target, received, digest, terms, similarity)`

	// The case itself does not change: neither its etag nor its update_time.
	setGroups = `update cases c set issue_group_id = n.target
	from unnest(cast($1 as uuid[]), cast($2 as uuid[]), cast($3 as uuid[])) as n (customer, id, target) where c.customer_id = n.customer and c.case_id = n.id`

	addTerms = `insert into issue_group_terms as t (term, group_id, members)
	select term, group_id, count(*) from issue_members m, unnest(m.terms) as term
	where (m.customer_id, m.case_id) in (select c, k from unnest(cast($1 as uuid[]), cast($2 as uuid[])) as n (c, k)) group by term, group_id
	on conflict (term, group_id) do update set members = t.members + excluded.members`

	countTerms = `insert into issue_terms as t (term, cases)
	select term, count(*) from issue_members m, unnest(m.terms || array['']) as term
	where (m.customer_id, m.case_id) in (select c, k from unnest(cast($1 as uuid[]), cast($2 as uuid[])) as n (c, k)) group by term
	on conflict (term) do update set cases = t.cases + excluded.cases`

	// Of the words that at least half of the cases share, the ones that tell most.
	setKeywords = `update issue_groups g set keywords = k.words from (
		select group_id, array_agg(term order by weight desc, term) as words from (
			select t.group_id, t.term, t.members * ln(1 + (a.cases + 1.0) / (n.cases + 1.0)) as weight,
				row_number() over (partition by t.group_id order by t.members * ln(1 + (a.cases + 1.0) / (n.cases + 1.0)) desc, t.term) as place
			from issue_group_terms t join issue_groups o using (group_id) join issue_terms n using (term) join issue_terms a on a.term = ''
			where t.group_id = any($1) and t.members >= 2 and t.members * 2 >= o.size
		) ranked where place <= 8 group by group_id
	) k where g.group_id = k.group_id`
)

// write stores what cases have come to, in a fixed number of statements.
func (s *Store) write(ctx context.Context, r *settings.Issue, placed []Placed, rows []row) error {
	groups := touched(placed)
	if err := s.writeGroups(ctx, groups); err != nil {
		return err
	}
	customers, cases, targets := make([]uuid.UUID, len(placed)), make([]uuid.UUID, len(placed)), make([]uuid.UUID, len(placed))
	received, digests, terms, similar := make([]time.Time, len(placed)), make([][]byte, len(placed)), make([]string, len(placed)), make([]float64, len(placed))
	for i, p := range placed {
		customers[i], cases[i], targets[i], received[i], digests[i], similar[i] = p.Customer, p.ID, p.Group.ID, p.Received, rows[i].Digest, p.Similarity
		text, err := pq.Array(p.Terms).Value()
		if err != nil {
			return err
		}
		terms[i], _ = text.(string)
		if p.Terms == nil {
			terms[i] = "{}"
		}
	}
	at := s.now()
	if _, err := s.db.Exec(ctx, insertMembers, pq.Array(customers), pq.Array(cases), pq.Array(targets), pq.Array(received), pq.Array(digests), pq.Array(terms), pq.Array(similar), at); err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, setGroups, pq.Array(customers), pq.Array(cases), pq.Array(targets)); err != nil {
		return err
	}
	for _, query := range []string{addTerms, countTerms} {
		if _, err := s.db.Exec(ctx, query, pq.Array(customers), pq.Array(cases)); err != nil {
			return err
		}
	}
	ids := make([]uuid.UUID, len(groups))
	for i, g := range groups {
		ids[i] = g.ID
	}
	return s.settle(ctx, r, ids)
}

// touched are the groups that cases have come to, each once.
func touched(placed []Placed) []*Profile {
	var out []*Profile
	seen := map[uuid.UUID]bool{}
	for _, p := range placed {
		if !seen[p.Group.ID] {
			seen[p.Group.ID] = true
			out = append(out, p.Group)
		}
	}
	return out
}

func (s *Store) writeGroups(ctx context.Context, groups []*Profile) error {
	n := len(groups)
	ids, lines, codes, causes := make([]uuid.UUID, n), make([]string, n), make([]string, n), make([]string, n)
	sizes, squares, first, last := make([]int64, n), make([]float64, n), make([]time.Time, n), make([]time.Time, n)
	for i, g := range groups {
		ids[i], lines[i], codes[i], causes[i] = g.ID, g.Line, g.Code, g.Cause
		sizes[i], squares[i], first[i], last[i] = int64(g.Size), g.Square, g.First, g.Last
	}
	_, err := s.db.Exec(ctx, upsertGroups, pq.Array(ids), pq.Array(lines), pq.Array(codes), pq.Array(causes), pq.Array(sizes), pq.Array(squares), pq.Array(first), pq.Array(last), s.now())
	return err
}
