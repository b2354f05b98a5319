package rule

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/services/voice/internal/calendar"
	"github.com/guanxi-crm/guanxi/services/voice/internal/versioned"
)

// The numbers of the API.
const (
	inquiry, complaint, returned, proposal = 1, 2, 3, 4
	critical, high, medium, low            = 1, 2, 3, 4
	office, region, headquarters           = 1, 2, 3
)

// ids of what is shipped end with a number.
func shippedID(n int) uuid.UUID {
	return uuid.MustParse(fmt.Sprintf("00000000-0000-7000-8000-0000000300%02d", n))
}

const (
	minute = int64(60)
	hour   = 60 * minute
	day    = 9 * hour // of china-office

	usual, first = 100, 1000 // priorities
)

// speed is the working time for the first response and for the solution.
type speed struct{ response, resolution int64 }

// Shipped are the rules of a new installation: one for each kind and severity, and one for major complaints, which are handled round the clock within 24 hours with headquarters told
// at once.
func Shipped() []*Rule {
	kinds := []struct {
		kind   int16
		code   string
		en, zh string
		speeds [4]speed // by severity
	}{
		{inquiry, "inquiry", "Inquiry", "查询", [4]speed{{30 * minute, 4 * hour}, {hour, day}, {4 * hour, 2 * day}, {day, 5 * day}}},
		{complaint, "complaint", "Complaint", "投诉", [4]speed{{hour, day}, {2 * hour, 2 * day}, {4 * hour, 3 * day}, {day, 10 * day}}},
		{returned, "returned-goods", "Returned goods", "退货", [4]speed{{hour, 2 * day}, {4 * hour, 3 * day}, {day, 5 * day}, {day, 7 * day}}},
		{proposal, "proposal", "Proposal", "建议", [4]speed{{4 * hour, 5 * day}, {day, 10 * day}, {2 * day, 20 * day}, {2 * day, 30 * day}}},
	}
	severities := []struct{ code, en, zh string }{{"critical", "critical", "紧急"}, {"high", "high", "高"}, {"medium", "medium", "中"}, {"low", "low", "低"}}
	out := []*Rule{major()}
	for _, k := range kinds {
		for i, s := range severities {
			severity := int16(i + 1)
			r := &Rule{
				Head:    versioned.Head{ID: shippedID(len(out) + 1), Code: k.code + "-" + s.code, Version: 1},
				LabelEn: k.en + ", " + s.en, LabelZh: k.zh + "·" + s.zh, Active: true, Priority: usual,
				Requests: []int16{k.kind}, Severities: []int16{severity},
			}
			r.Targets = []Target{
				{Measure: FirstResponse, Seconds: k.speeds[i].response, Calendar: calendar.ChinaOffice, Factor: true, Steps: steps(severity, false)},
				{Measure: Resolution, Seconds: k.speeds[i].resolution, Calendar: calendar.ChinaOffice, Pauses: true, Factor: true, Steps: steps(severity, true)},
			}
			out = append(out, r)
		}
	}
	return out
}

func major() *Rule {
	yes := true
	return &Rule{
		Head:    versioned.Head{ID: shippedID(1), Code: "major-complaint", Version: 1},
		LabelEn: "Major complaint", LabelZh: "重大投诉", Active: true, Priority: first, Major: &yes,
		Targets: []Target{
			{Measure: FirstResponse, Seconds: 30 * minute, Calendar: calendar.AlwaysOpen, Steps: []Step{
				{Level: office, Trigger: Before, Percent: 50},
				{Level: region, Trigger: AtBreach},
				{Level: headquarters, Trigger: AfterBreach, After: 30 * minute},
			}},
			{Measure: Resolution, Seconds: 24 * hour, Calendar: calendar.AlwaysOpen, Steps: []Step{
				{Level: region, Trigger: OnSeverity},
				{Level: headquarters, Trigger: OnSeverity},
				{Level: headquarters, Trigger: Before, Percent: 75},
				{Level: headquarters, Trigger: AtBreach},
			}},
		},
	}
}

// steps climb from the office, warned before, to the region at the breach and headquarters after a day; what is critical is known to the region at once, and what is low stays there.
func steps(severity int16, resolution bool) []Step {
	out := []Step{{Level: office, Trigger: Before, Percent: 75}, {Level: office, Trigger: AtBreach}}
	switch severity {
	case critical:
		out = append(out, Step{Level: region, Trigger: AtBreach}, Step{Level: headquarters, Trigger: AfterBreach, After: 2 * hour})
		if resolution { // once for the case
			out = append(out, Step{Level: region, Trigger: OnSeverity})
		}
	case high:
		out = append(out, Step{Level: region, Trigger: AtBreach}, Step{Level: headquarters, Trigger: AfterBreach, After: day})
	case medium:
		out = append(out, Step{Level: region, Trigger: AfterBreach, After: day}, Step{Level: headquarters, Trigger: AfterBreach, After: 3 * day})
	case low:
		out = append(out, Step{Level: region, Trigger: AfterBreach, After: 2 * day})
	}
	return out
}
