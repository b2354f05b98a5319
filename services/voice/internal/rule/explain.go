package rule

import (
	"strings"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Candidate is a rule that was asked, and what came of it.
type Candidate struct {
	Rule      *Rule
	CountsFor []Measure
	Why       fault.Text
}

// Explain asks all rules in order.
func (b Book) Explain(c Case) []Candidate {
	out := make([]Candidate, len(b))
	taken := map[Measure]*Rule{}
	for i, r := range b {
		out[i].Rule = r
		if failed := r.Fails(c); failed != Nothing {
			out[i].Why = failed.text()
			continue
		}
		var before []string
		for _, t := range r.Targets {
			if other := taken[t.Measure]; other != nil {
				before = append(before, other.Code)
				continue
			}
			taken[t.Measure] = r
			out[i].CountsFor = append(out[i].CountsFor, t.Measure)
		}
		if len(out[i].CountsFor) > 0 {
			out[i].Why = fault.Text{En: "fits and is the first that does", Zh: "符合条件且次序最先"}
		} else {
			out[i].Why = fault.Text{En: "fits, but comes after " + strings.Join(before, ", "), Zh: "符合条件，但次序在 " + strings.Join(before, "、") + " 之后"}
		}
	}
	return out
}

func (c Condition) text() fault.Text {
	switch c {
	case Requests:
		return fault.Text{En: "is not for requests of this kind", Zh: "不适用于该请求类型"}
	case Severities:
		return fault.Text{En: "is not for this severity", Zh: "不适用于该严重程度"}
	case Classes:
		return fault.Text{En: "is not for customers of this class", Zh: "不适用于该客户分类"}
	case Major:
		return fault.Text{En: "asks whether the complaint is major, and it is otherwise", Zh: "重大投诉条件不符"}
	case Nothing:
	}
	return fault.Text{}
}
