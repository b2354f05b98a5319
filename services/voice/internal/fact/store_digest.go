package fact

import "context"

// Sums of hashes do not depend on the order of rows, so nothing has to be sorted. What is left out is not of the facts: our own sequence numbers.
const digest = `select string_agg(part, ', ' order by part) from (
		select 'orders ' || count(*) || ' ' || coalesce(sum(hashtextextended(o::text, 0)::numeric), 0) as part from orders o
		union all select 'order_lines ' || count(*) || ' ' || coalesce(sum(hashtextextended(l::text, 0)::numeric), 0) from order_lines l
		union all select 'people ' || count(*) || ' ' || coalesce(sum(hashtextextended(p::text, 0)::numeric), 0) from people p
		union all select 'customers ' || count(*) || ' ' || coalesce(sum(hashtextextended(
			(c.customer_id, c.territory, c.owner, c.display_name, c.kind, c.relations, c.time_zone, c.delete_time, c.class, c.tier, c.grade)::text, 0)::numeric), 0) from customers c
	) parts`

// Digest is a fingerprint of all facts, table by table: the same facts, however they came, have the same.
func (s *Store) Digest(ctx context.Context) (sum string, err error) {
	return sum, s.db.Get(ctx, &sum, digest)
}
