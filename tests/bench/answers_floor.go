package main

import (
	"fmt"
	"strings"
)

// bareIndex is what somebody would write who needs the figures once: of each stratum and class how many answered each item, its mean and variance, and those of the scores of
// dimensions, latent variables and all together, which are means by weight of what was answered; and of these the mean of all, each answer weighing as many as it stands for. It knows
// no minimum group, no rounding that makes sums exact, no versions and no questionnaire.
func bareIndex() string {
	var items, scores, sums []string
	column := func(name, over, under string) string { return "(" + over + ") / nullif(" + under + ", 0) as " + name }
	// weight is an item's part of the whole: weights are 1, 2 and 3 in turn, and shared out among siblings.
	weight := func(i int) float64 {
		part := func(i, siblings int) float64 {
			first, sum := i-i%siblings, 0
			for k := first; k < first+siblings; k++ {
				sum += 1 + k%3
			}
			return float64(1+i%3) / float64(sum)
		}
		return part(i, perDimension) * part(i/perDimension, perLatent/perDimension) * part(i/perLatent, answeredItems/perLatent)
	}
	sum := func(first, n int) (over, under string) {
		var a, b []string
		for i := first; i < first+n; i++ {
			a = append(a, fmt.Sprintf("coalesce((scores[%d] - 1) * 25 * %v::float8, 0)", i+1, weight(i)))
			b = append(b, fmt.Sprintf("case when scores[%d] is null then 0 else %v::float8 end", i+1, weight(i)))
		}
		return strings.Join(a, " + "), strings.Join(b, " + ")
	}
	moments := func(name string) {
		sums = append(sums, fmt.Sprintf("count(%[1]s) as %[1]s_n, avg(%[1]s) as %[1]s_mean, var_samp(%[1]s) as %[1]s_variance", name))
	}
	for i := range answeredItems {
		items = append(items, fmt.Sprintf("scores[%d] as i%d", i+1, i))
		moments(fmt.Sprintf("i%d", i))
	}
	for _, level := range []struct {
		name string
		each int
	}{{"d", perDimension}, {"l", perLatent}, {"a", answeredItems}} {
		for k := range answeredItems / level.each {
			over, under := sum(k*level.each, level.each)
			name := fmt.Sprintf("%s%d", level.name, k)
			scores = append(scores, column(name, over, under))
			moments(name)
		}
	}
	return `with groups as materialized (
	select stratum, class, count(*) as n, ` + strings.Join(sums, ", ") + `
	from (select stratum, segment->>'class' as class, ` + strings.Join(items, ", ") + ", " + strings.Join(scores, ", ") + ` from responses where survey_id = $1 and state = 2 offset 0) r
	group by stratum, class
), weights as (
	select stratum, s.size / sum(g.n) as weight from groups g join survey_strata s using (stratum) where s.survey_id = $1 group by stratum, s.size
)
select sum(weight * a0_n * a0_mean) / sum(weight * a0_n) from groups join weights using (stratum)`
}
