package settings

import (
	"time"

	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// numbersOf reads a version that has passed check.
func numbersOf(p *voicev1.VoiceSettings) (*Numbers, error) {
	zone, err := time.LoadLocation(p.GetTimeZone())
	if err != nil {
		return nil, err
	}
	n := &Numbers{Version: p.GetVersion(), FiscalYearStart: time.Month(p.GetFiscalYearStartMonth()), Zone: zone}
	for _, hours := range p.GetFigureRules().GetAgeingHours() {
		n.Figure.Ageing = append(n.Figure.Ageing, time.Duration(hours)*time.Hour)
	}
	n.Issue = issueOf(p.GetIssueRules())
	n.Escalation = escalationOf(p.GetEscalationRules())
	if n.Queue, err = queueOf(p.GetQueueRules()); err != nil {
		return nil, err
	}
	return n, n.casesOf(p)
}
