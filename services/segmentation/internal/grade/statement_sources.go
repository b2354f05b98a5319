package grade

import (
	"fmt"
	"slices"
	"strings"

	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
)

// sources writes what a model needs to be known of a customer.
type sources struct {
	model *gradingmodel.Model
	whom
	params
}

// columns are, for the factor at i: vi, its measured value; ji, the judgement in force as judged writes it; and all factors' arrays measured, sources, evidence and days.
func (s *sources) columns() string {
	var single, values, kinds, evidence, days []string
	for i := range s.model.Factors {
		f := &s.model.Factors[i]
		source := s.source(f, i)
		single = append(single, source.single...)
		values, kinds = append(values, source.value), append(kinds, source.kind)
		evidence, days = append(evidence, source.evidence), append(days, source.day)
	}
	return strings.Join(single, ", ") + fmt.Sprintf(`,
	array[%s] as measured,
	array[%s] as sources,
	array[%s] as evidence,
	array[%s] as days`, strings.Join(values, ", "), strings.Join(kinds, ", "), strings.Join(evidence, ", "), strings.Join(days, ", "))
}

// source is the SQL of where a factor's level comes from.
type source struct {
	single                     []string
	value, kind, evidence, day string
}

func (s *sources) source(f *gradingmodel.Factor, i int) source {
	out := source{value: "cast(null as numeric)", kind: "cast(0 as smallint)", evidence: "cast(null as uuid)", day: "cast(null as date)"}
	if f.Measurable() {
		value := measured(f.Measure, s.params)
		out.single = append(out.single, fmt.Sprintf("%s as v%d", value, i))
		out.value = "cast(" + value + " as numeric)"
		out.kind = fmt.Sprintf("cast(case when %s is not null then %d else 0 end as smallint)", value, sourceFacts)
		if kind := f.Measure.Signal(); kind > 0 {
			out.kind = fmt.Sprintf("cast(case when s%d.value is not null then %d else 0 end as smallint)", kind, sourceSignal)
			out.evidence, out.day = fmt.Sprintf("s%d.signal_id", kind), fmt.Sprintf("s%d.signal_day", kind)
		}
	}
	if !f.Judgeable() {
		return out
	}
	judged := fmt.Sprintf("j.j%d", i)
	out.single = append(out.single, judged)
	otherwise := func(judgement, else_ string) string {
		return fmt.Sprintf("case when %s is not null then %s else %s end", judged, judgement, else_)
	}
	out.value = otherwise("null", out.value)
	out.kind = otherwise(fmt.Sprintf("cast(%d as smallint)", sourceJudgement), out.kind)
	out.evidence = otherwise("cast(substr("+judged+", 9, 36) as uuid)", out.evidence)
	out.day = otherwise("to_date(left("+judged+", 8), 'YYYYMMDD')", out.day)
	return out
}

// joins are what the columns are read from, beside measures.
func (s *sources) joins() string {
	var out strings.Builder
	for _, kind := range s.signals() {
		out.WriteString("\n" + s.signal(kind, s.params))
	}
	if columns := s.judged(); columns != "" {
		out.WriteString("\n" + s.judgements(columns, s.params))
	}
	out.WriteString("\n" + s.overrides(s.params))
	return out.String()
}

func (s *sources) signals() []int {
	var kinds []int
	for i := range s.model.Factors {
		f := &s.model.Factors[i]
		if kind := f.Measure.Signal(); f.Measurable() && kind > 0 && !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// judged finds the judgement in force of each factor in one pass over those of a customer: day, id and level are written behind one another, so that the greatest of these
// texts is the latest judgement. Ids of one day are ordered by time, being UUIDv7.
func (s *sources) judged() string {
	var out []string
	for i := range s.model.Factors {
		if f := &s.model.Factors[i]; f.Judgeable() {
			out = append(out, fmt.Sprintf(
				`max((to_char(judge_day, 'YYYYMMDD') || judgement_id || level) collate "C") filter (where factor = '%s') as j%d`, f.ID, i))
		}
	}
	return strings.Join(out, ",\n\t")
}

// valid are the judgements that count on the day.
func (p params) valid() string {
	return fmt.Sprintf("withdraw_time is null and judge_day <= %[1]s and expire_day > %[1]s", p.day)
}

// inForce is whether an override o, the last one set until the day, still holds.
func (p params) inForce() string {
	return fmt.Sprintf("o.expire_day > %[1]s and (o.clear_day is null or o.clear_day > %[1]s)", p.day)
}

func (p params) signalColumns() string {
	return "value, signal_id, cast(signal_time at time zone " + p.zone + " as date) as signal_day"
}

// single finds by the keys of a customer k, however many there are and whatever the planner takes their number for.
type single struct{}

func (single) signal(kind int, p params) string {
	return fmt.Sprintf(`left join lateral (select %s from signals where customer_id = k.customer_id and kind = %d and signal_time < %s
	order by signal_time desc, signal_id desc limit 1) s%[2]d on true`, p.signalColumns(), kind, p.until)
}

func (single) judgements(columns string, p params) string {
	return fmt.Sprintf("left join lateral (select %s\n\tfrom judgements where customer_id = k.customer_id and %s) j on true", columns, p.valid())
}

func (single) overrides(p params) string {
	return fmt.Sprintf(`left join lateral (select override_id, grade from (select override_id, grade, expire_day, clear_day from grade_overrides where customer_id = k.customer_id and set_day <= %s
	order by set_day desc, override_id desc limit 1) o where %s) o on true`, p.day, p.inForce())
}

// everybody finds for all customers at once.
type everybody struct{}

func (everybody) signal(kind int, p params) string {
	return fmt.Sprintf(`left join (select distinct on (customer_id) customer_id, %s from signals where kind = %d and signal_time < %s
	order by customer_id, signal_time desc, signal_id desc) s%[2]d on s%[2]d.customer_id = k.customer_id`, p.signalColumns(), kind, p.until)
}

func (everybody) judgements(columns string, p params) string {
	return fmt.Sprintf("left join (select customer_id, %s\n\tfrom judgements where %s group by customer_id) j on j.customer_id = k.customer_id", columns, p.valid())
}

func (everybody) overrides(p params) string {
	return fmt.Sprintf(`left join (select o.customer_id, o.override_id, o.grade from (select distinct on (customer_id) customer_id, override_id, grade, expire_day, clear_day from grade_overrides where set_day <= %s
	order by customer_id, set_day desc, override_id desc) o where %s) o on o.customer_id = k.customer_id`, p.day, p.inForce())
}
