package questionnaire

import (
	"fmt"
	"maps"
	"slices"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// demand is what must have been answered for a question to be shown: of each question that is answered by one value, which of them - grades by their number, choices by their
// place. Questions of many choices demand nothing that could contradict: all may be chosen.
type demand map[string]map[int]bool

// reach finds questions that no answers lead to. Conditions are those of the question and of all those that it depends on, since these must have been shown.
func (q *Questionnaire) reach(wrong *faults) {
	demands := map[string]demand{}
	all := map[string]*Question{}
	for i := range q.Body.Sections {
		for j := range q.Body.Sections[i].Questions {
			x := &q.Body.Sections[i].Questions[j]
			all[x.Code] = x
			d := demand{}
			met := true
			for _, c := range x.Conditions {
				for code, values := range demands[c.Question] {
					met = d.narrow(code, values) && met
				}
				if of := all[c.Question]; of.Kind != Multiple {
					met = d.narrow(c.Question, of.values(c)) && met
				}
			}
			demands[x.Code] = d
			wrong.add(!met, fmt.Sprintf("sections[%d].questions[%d].conditions", i, j), "UNREACHABLE",
				fault.Text{En: "cannot all be met at once", Zh: "这些条件不可能同时满足"})
		}
	}
}

// narrow demands one more thing, and says whether it can still be met.
func (d demand) narrow(code string, values map[int]bool) bool {
	before, there := d[code]
	if !there {
		d[code] = maps.Clone(values)
		return len(values) > 0
	}
	maps.DeleteFunc(before, func(v int, _ bool) bool { return !values[v] })
	return len(before) > 0
}

// values are the answers to the question that meet a condition.
func (x *Question) values(c Condition) map[int]bool {
	out := map[int]bool{}
	for i, o := range x.Options {
		if slices.Contains(c.Choices, o.Code) {
			out[i] = true
		}
	}
	if x.graded() {
		least, most := x.Scale.Bounds()
		for v := max(least, c.Least); v <= min(most, c.Most); v++ {
			out[int(v)] = true
		}
	}
	return out
}
