package settings

import (
	"slices"

	"github.com/guanxi-crm/guanxi/libs/fault"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

func shippedIssue() *voicev1.IssueRules {
	return &voicev1.IssueRules{
		Threshold: 0.4, TextWeight: 0.7, ProductWeight: 0.2, CauseWeight: 0.1, FormedCases: 3, FormedDays: 30,
		GrownSteps: []int32{10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000}, AbcAShare: 0.8, AbcBShare: 0.95,
	}
}

// checkIssue holds the rules of issues to what the API's constraints cannot say. Texts have to count, or nothing could be found.
func checkIssue(p *voicev1.IssueRules) []fault.Violation {
	var wrong []fault.Violation
	add := func(broken bool, field, rule string, text fault.Text) {
		if broken {
			wrong = append(wrong, fault.Field("issue_rules."+field, rule, text))
		}
	}
	add(p.GetThreshold() <= 0, "threshold", "RANGE", fault.Text{En: "must be greater than 0", Zh: "须大于 0"})
	add(p.GetTextWeight() <= 0, "text_weight", "RANGE", fault.Text{En: "must be greater than 0", Zh: "须大于 0"})
	add(p.GetFormedCases() < 2, "formed_cases", "RANGE", fault.Text{En: "must be at least 2", Zh: "须至少为 2"})
	add(p.GetFormedDays() < 1, "formed_days", "RANGE", fault.Text{En: "must be at least 1", Zh: "须至少为 1"})
	add(!slices.IsSorted(p.GetGrownSteps()), "grown_steps", "ASCENDING", fault.Text{En: "must ascend", Zh: "须递增"})
	add(p.GetAbcAShare() <= 0 || p.GetAbcAShare() > p.GetAbcBShare(), "abc_a_share", "RANGE", fault.Text{
		En: "must be greater than 0 and at most abc_b_share", Zh: "须大于 0 且不超过 abc_b_share",
	})
	return wrong
}
