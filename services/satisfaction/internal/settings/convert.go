package settings

import (
	"time"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// numbersOf reads a version that has passed check.
func numbersOf(p *satisfactionv1.Settings) (*Numbers, error) {
	zone, err := time.LoadLocation(p.GetTimeZone())
	if err != nil {
		return nil, err
	}
	d, q, v := p.GetDelphiRules(), p.GetPretestRules(), p.GetSurveyRules()
	return &Numbers{
		Version: p.GetVersion(), Currency: p.GetCurrencyCode(), FiscalYearStart: time.Month(p.GetFiscalYearStartMonth()), Zone: zone, Confidence: p.GetConfidence(),
		Delphi: Delphi{MostMovementPercent: d.GetMostMovementPercent(), MostVariation: d.GetMostVariation(), MinimumExperts: d.GetMinimumExperts()},
		Pretest: Pretest{
			LeastRespondents: q.GetLeastRespondents(), MostRespondents: q.GetMostRespondents(), LeastAlpha: q.GetLeastAlpha(), LeastItemTotal: q.GetLeastItemTotal(),
		},
		Survey: Survey{
			CensusMost: int64(v.GetCensusMost()), MinimumGroup: v.GetMinimumGroup(), RestDays: v.GetRestDays(), RemindDays: v.GetRemindDays(), MostReminders: v.GetMostReminders(),
		},
		Response:     responseOf(p.GetResponseRules()),
		Analysis:     analysisOf(p.GetAnalysisRules()),
		ServiceLevel: serviceLevelOf(p.GetServiceLevelRules()),
	}, nil
}
