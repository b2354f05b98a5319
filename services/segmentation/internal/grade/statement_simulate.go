package grade

import "github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"

// simulation is one pass over all customers in reach: what they are graded goes into the matrix and, of those who move, the first by value into the list of movers. Row
// kinds: 1 a cell of the matrix, 2 a mover. Its parameters are the scope, day, end of the day, time zone, and how many movers.
func simulation(m *gradingmodel.Model) string {
	const from = `(select customer_id, display_name from customers where delete_time is null and guanxi_covers(territory, $1)) k
join measures m on m.customer_id = k.customer_id
join standings s on s.customer_id = k.customer_id`
	columns := "k.customer_id, k.display_name, s.grade as grade_before, s.score as score_before, s.value"
	p := params{day: "cast($2 as date)", until: "cast($3 as timestamptz)", zone: "cast($4 as text)"}
	return `with judged as materialized (
select customer_id, display_name, grade_before, score_before, value, grade, provisional, score from (` + graded(m, columns, from, everybody{}, p) + `) g
)
select 1 as kind, grade_before, grade, count(*) as customers, count(*) filter (where provisional) as provisional, sum(value) as value,
	cast(null as uuid) as customer_id, '' as display_name, cast(null as numeric) as score_before, cast(null as numeric) as score
from judged group by grade_before, grade
union all
(select 2, grade_before, grade, 1, 0, value, customer_id, display_name, score_before, score
from judged where grade <> grade_before order by value desc, customer_id limit $5)`
}
