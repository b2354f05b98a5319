package settings

import (
	"time"

	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

func issueOf(p *voicev1.IssueRules) Issue {
	i := Issue{
		Threshold: p.GetThreshold(), Text: p.GetTextWeight(), Product: p.GetProductWeight(), Cause: p.GetCauseWeight(), Cases: int(p.GetFormedCases()),
		Window: time.Duration(p.GetFormedDays()) * 24 * time.Hour, A: p.GetAbcAShare(), B: p.GetAbcBShare(),
	}
	for _, step := range p.GetGrownSteps() {
		i.Steps = append(i.Steps, int(step))
	}
	return i
}
