package settings

import (
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// Name is the resource name of the one settings there are.
const Name = "voiceSettings"

// shipped are the numbers of version 1; the comments of their proto say where they come from.
func shipped() *voicev1.VoiceSettings {
	p := &voicev1.VoiceSettings{
		Name: Name, FiscalYearStartMonth: 1, TimeZone: "Asia/Shanghai",
		FigureRules: &voicev1.FigureRules{AgeingHours: []int32{24, 72, 168, 720}},
		IssueRules:  shippedIssue(),
		QueueRules:  shippedQueue(), EscalationRules: &voicev1.EscalationRules{},
	}
	shipCases(p)
	return p
}
