package rule

import (
	"fmt"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/voice/internal/versioned"
)

// least and most are how much a target can be, in seconds.
const least, most = 60, 365 * 24 * 3600

// checker collects what is wrong.
type checker struct{ wrong []fault.Violation }

func (c *checker) add(broken bool, field, rule string, text fault.Text) {
	if broken {
		c.wrong = append(c.wrong, fault.Field(field, rule, text))
	}
}

var required = fault.Text{En: "must be given", Zh: "必须填写"} //nolint:gochecknoglobals // a constant

// Check holds a rule to what the API's constraints cannot say.
func (r *Rule) Check() []fault.Violation {
	var found checker
	found.add(!versioned.IsCode(r.Code), "code", "CODE", fault.Text{
		En: "must be small letters, digits and single hyphens, beginning with a letter", Zh: "须以小写字母开头，由小写字母、数字和单个连字符组成",
	})
	found.add(r.LabelEn == "", "label_en", "REQUIRED", required)
	found.add(r.LabelZh == "", "label_zh", "REQUIRED", required)
	found.add(len(r.Targets) == 0, "targets", "REQUIRED", required)
	seen := map[Measure]bool{}
	for i, t := range r.Targets {
		field := fmt.Sprintf("targets[%d]", i)
		found.add(t.Measure < FirstResponse || t.Measure > Resolution, field+".measure", "REQUIRED", required)
		found.add(seen[t.Measure], field+".measure", "DUPLICATE", fault.Text{En: "is there twice", Zh: "重复"})
		seen[t.Measure] = true
		found.add(t.Seconds < least || t.Seconds > most, field+".target_seconds", "RANGE", fault.Text{En: "must be from 60 to 31,536,000", Zh: "须为 60 至 31,536,000"})
		found.steps(field, t.Steps)
	}
	return found.wrong
}

func (c *checker) steps(field string, steps []Step) {
	seen := map[Step]bool{}
	for i, s := range steps {
		at := fmt.Sprintf("%s.steps[%d]", field, i)
		c.add(s.Level < office || s.Level > headquarters, at+".level", "REQUIRED", required)
		c.add(s.Trigger < Before || s.Trigger > OnSeverity, at+".trigger", "REQUIRED", required)
		c.add((s.Trigger == Before) != (s.Percent > 0), at+".percent", "TRIGGER", fault.Text{
			En: "goes with BEFORE_BREACH and must be 1 to 99 there", Zh: "仅用于 BEFORE_BREACH，且须为 1 至 99",
		})
		c.add((s.Trigger == AfterBreach) != (s.After > 0), at+".after_seconds", "TRIGGER", fault.Text{
			En: "goes with AFTER_BREACH and must be given there", Zh: "仅用于 AFTER_BREACH，且必须填写",
		})
		c.add(seen[s], at, "DUPLICATE", fault.Text{En: "is there twice", Zh: "重复"})
		seen[s] = true
	}
}
