package fact

import "context"

// Sums of hashes do not depend on the order of rows, so nothing has to be sorted. What is left out is not of the facts: our own sequence numbers,
// and when a customer is to be looked at again, which depends on when that was done last.
const digest = `select string_agg(part, ', ' order by part) from (
		select 'orders ' || count(*) || ' ' || coalesce(sum(hashtextextended(o::text, 0)::numeric), 0) as part from orders o
		union all select 'payments ' || count(*) || ' ' || coalesce(sum(hashtextextended(p::text, 0)::numeric), 0) from payments p
		union all select 'measures ' || count(*) || ' ' || coalesce(sum(hashtextextended((to_jsonb(m) - 'judged_by' - 'due_day')::text, 0)::numeric), 0) from measures m
		union all select 'customers ' || count(*) || ' ' || coalesce(sum(hashtextextended(
			(c.customer_id, c.territory, c.owner, c.display_name, c.kind, c.relations, c.industry, c.employee_count, c.source, c.tags, c.attributes, c.time_zone,
				c.delete_time)::text, 0)::numeric), 0) from customers c
		union all select 'standings ' || count(*) || ' ' || coalesce(sum(hashtextextended(s::text, 0)::numeric), 0) from standings s
	) parts`

// Digest is a fingerprint of all facts and of what is judged by them, table by table: the same facts, however they came, have the same.
func (s *Store) Digest(ctx context.Context) (sum string, err error) {
	return sum, s.db.Get(ctx, &sum, digest)
}
