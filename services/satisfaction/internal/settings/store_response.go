package settings

import (
	"github.com/guanxi-crm/guanxi/libs/fault"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

func responseOf(p *satisfactionv1.ResponseRules) Response {
	return Response{
		LeastAnsweredPercent: p.GetLeastAnsweredPercent(), StraightLineGrades: int(p.GetStraightLineGrades()), MostContradictionPercent: p.GetMostContradictionPercent(),
		LeastSecondsPerQuestion: p.GetLeastSecondsPerQuestion(), LowScorePercent: p.GetLowScorePercent(), LowRecommendation: p.GetLowRecommendation(),
	}
}

func responseRules(p *satisfactionv1.Settings) []fault.Violation {
	r := p.GetResponseRules()
	if r == nil {
		return []fault.Violation{fault.Field("response_rules", "REQUIRED", required)}
	}
	if r.GetStraightLineGrades() < 2 { // one grade is always the same as itself
		return []fault.Violation{fault.Field("response_rules.straight_line_grades", "RANGE", fault.Text{En: "must be at least 2", Zh: "至少为 2"})}
	}
	return nil
}
