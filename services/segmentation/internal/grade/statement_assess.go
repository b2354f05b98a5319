package grade

import (
	"fmt"

	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
)

// The customers of a scope: the parameters 1 to 4 are arrays of the same length, their ids, ids for their assessments, causes and references. "offset 0" makes the planner
// look each one up by its key: it does not know how many there are, and must never read a whole table for a few.
const scoped = `unnest(cast($1 as uuid[]), cast($2 as uuid[]), cast($3 as text[]), cast($4 as text[])) as k (customer_id, assessment_id, cause, reference)
cross join lateral (select first_day, sales, gross_profit, net_profit, year_sales, last_year_sales, last_year_gross, last_year_net, orders, quarters, product_lines,
	payment_late_days, expected_sales from %s where customer_id = k.customer_id offset 0) m`

const standing = `
cross join lateral (select grade, score, provisional from standings where customer_id = k.customer_id offset 0) s`

var assessParams = params{day: "cast($5 as date)", until: "cast($6 as timestamptz)", zone: "cast($7 as text)"}

// head grades the customers of a scope and compares them with their last assessments until the day. The parameter 8 is the model's id, 9 the
// instant that is recorded. more are columns of g to be kept.
func head(m *gradingmodel.Model, columns, more, from string) string {
	return `with graded as materialized (
select g.customer_id, g.assessment_id, g.cause, g.reference, ` + more + `g.grade, g.calculated, g.points, g.weight, g.score, g.provisional, g.override_id, g.measured,
	g.levels, g.sources, g.evidence, g.days, case when last.model_id is null then g.grade > 0
	else (last.model_id, last.grade, last.provisional, last.levels, last.evidence, last.override_id)
		is distinct from (cast($8 as uuid), g.grade, g.provisional, g.levels, g.evidence, g.override_id) end as differs
from (` + graded(m, columns, from, single{}, assessParams) + `) g
left join lateral (select model_id, grade, provisional, levels, evidence, override_id from assessments
	where customer_id = g.customer_id and valid_day <= cast($5 as date)
	order by valid_day desc, record_time desc, assessment_id desc limit 1) last on true
), written as (
insert into assessments (customer_id, assessment_id, model_id, valid_day, record_time, grade, calculated, points, weight, provisional, override_id,
	measured, levels, sources, evidence, days, cause, reference)
select customer_id, assessment_id, cast($8 as uuid), cast($5 as date), cast($9 as timestamptz), grade, calculated, points, weight, provisional, override_id,
	measured, levels, sources, evidence, days, cause, reference
from graded where differs
returning 1
)`
}

// assessment is the statement of the Part: it writes what has changed and returns the customers whose grade, or whether it is provisional, has. The text is the same
// for all scopes, so that it is prepared once.
func assessment(m *gradingmodel.Model) string {
	from := fmt.Sprintf(scoped, MeasuresNow) + standing
	columns := "k.customer_id, k.assessment_id, k.cause, k.reference, s.grade as grade_before, s.score as score_before, s.provisional as provisional_before"
	return head(m, columns, "g.grade_before, g.score_before, g.provisional_before, ", from) + `, stood as (
update standings s set grade = g.grade, score = g.score, provisional = g.provisional,
	grade_day = case when s.grade <> g.grade then cast($5 as date) else s.grade_day end
from graded g
where s.customer_id = g.customer_id
	and (g.grade_before, g.score_before, g.provisional_before) is distinct from (g.grade, g.score, g.provisional)
)
select customer_id, assessment_id, grade_before, provisional_before, grade, provisional, score, override_id is not null as overridden
from graded where (grade_before, provisional_before) is distinct from (grade, provisional)`
}

// assessmentThen is the statement that grades a past day: it reads another table of measures, and where customers stand today is not its matter.
func assessmentThen(m *gradingmodel.Model) string {
	return head(m, "k.customer_id, k.assessment_id, k.cause, k.reference", "", fmt.Sprintf(scoped, MeasuresThen)) + `
select count(*) from written`
}
