package issue

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
)

const (
	dropTerms = `delete from issue_group_terms where group_id = any($1)`
	allTerms  = `insert into issue_group_terms (term, group_id, members) select term, group_id, count(*) from issue_members m, unnest(m.terms) as term where group_id = any($1) group by term, group_id`
	recount   = `update issue_groups g set size = n.size, first_time = n.first, last_time = n.last, product_line = n.line, product_code = n.code, common_cause = n.cause, keywords = '{}', indexed = true from (
		select m.group_id, count(*) as size, min(m.received_time) as first, max(m.received_time) as last,
			case when count(distinct nullif(c.product_line, '')) > 1 then '*' else max(c.product_line) end as line,
			case when count(distinct nullif(c.product_code, '')) > 1 then '*' else max(c.product_code) end as code,
			case when count(distinct nullif(c.cause, '')) > 1 then '*' else max(c.cause) end as cause
		from issue_members m join cases c using (customer_id, case_id) where m.group_id = any($1) group by m.group_id
	) n where g.group_id = n.group_id`
	emptied    = `update issue_groups g set size = 0, square = 0, keywords = '{}' where group_id = any($1) and not exists (select from issue_members m where m.group_id = g.group_id)`
	dropEmpty  = `delete from issue_groups where group_id = any($1) and state = 1 and size = 0`
	remeasured = `(select t.group_id, sum(power(t.members * ln(1 + (a.cases + 1.0) / (n.cases + 1.0)), 2)) as square
		from issue_group_terms t join issue_terms n using (term) join issue_terms a on a.term = ''`
	remeasure = `update issue_groups g set square = s.square from ` + remeasured + ` where t.group_id = any($1) group by t.group_id) s where g.group_id = s.group_id`
)

// rebuild makes groups anew from the cases that they have; a candidate without any goes.
func (s *Store) rebuild(ctx context.Context, groups []uuid.UUID) error {
	for _, query := range []string{dropTerms, allTerms, recount, emptied, dropEmpty, remeasure} {
		if _, err := s.db.Exec(ctx, query, pq.Array(groups)); err != nil {
			return err
		}
	}
	return nil
}

// daily is how many cases that have changed are grouped anew in a day's run.
const daily = 20000

const (
	selectChanged = `select m.customer_id, m.case_id, m.group_id from issue_members m join cases c using (customer_id, case_id)
	where not m.pinned and c.update_time > m.join_time and m.digest <> ` + digestOf + ` limit $1`
	uncountTerms = `update issue_terms t set cases = t.cases - n.cases from (
		select term, count(*) as cases from issue_members m, unnest(m.terms || array['']) as term
		where (m.customer_id, m.case_id) in (select c, k from unnest(cast($1 as uuid[]), cast($2 as uuid[])) as n (c, k)) group by term
	) n where t.term = n.term`
	dropMembers = `delete from issue_members where (customer_id, case_id) in (select c, k from unnest(cast($1 as uuid[]), cast($2 as uuid[])) as n (c, k))`
	freeCases   = `update cases set issue_group_id = null where (customer_id, case_id) in (select c, k from unnest(cast($1 as uuid[]), cast($2 as uuid[])) as n (c, k))`

	// Cases go with their customers.
	selectShrunk = `select group_id from issue_groups g where state < 3 and size <> (select count(*) from issue_members m where m.group_id = g.group_id)`
	// How much a term tells changes as cases come; what that changes by less than a twentieth is left.
	remeasureAll = `update issue_groups g set square = s.square from ` + remeasured + ` group by t.group_id) s
	where g.group_id = s.group_id and abs(g.square - s.square) > 0.05 * g.square`
)

// Daily takes the cases whose text, product or cause have changed out of their groups, so that they are grouped anew, and keeps the index true.
func (s *Store) Daily(ctx context.Context, _ time.Time) error {
	ctx = background(ctx)
	if _, err := s.db.Exec(ctx, lock); err != nil {
		return err
	}
	if err := s.free(ctx); err != nil {
		return err
	}
	var shrunk []uuid.UUID
	if err := s.db.Select(ctx, &shrunk, selectShrunk); err != nil {
		return err
	}
	if err := s.rebuild(ctx, shrunk); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, remeasureAll)
	return err
}

func (s *Store) free(ctx context.Context) error {
	var rows []struct {
		Customer uuid.UUID `db:"customer_id"`
		Case     uuid.UUID `db:"case_id"`
		Group    uuid.UUID `db:"group_id"`
	}
	if err := s.db.Select(ctx, &rows, selectChanged, daily); err != nil || len(rows) == 0 {
		return err
	}
	customers, cases, groups := make([]uuid.UUID, len(rows)), make([]uuid.UUID, len(rows)), make([]uuid.UUID, len(rows))
	for i, r := range rows {
		customers[i], cases[i], groups[i] = r.Customer, r.Case, r.Group
	}
	if _, err := aggregate.Hold(ctx, s.db, customers); err != nil {
		return err
	}
	for _, query := range []string{uncountTerms, dropMembers, freeCases} {
		if _, err := s.db.Exec(ctx, query, pq.Array(customers), pq.Array(cases)); err != nil {
			return err
		}
	}
	return s.rebuild(ctx, groups)
}
