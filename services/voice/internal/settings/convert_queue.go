package settings

import (
	"time"

	"github.com/shopspring/decimal"

	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

func escalationOf(p *voicev1.EscalationRules) Escalation {
	return Escalation{Acknowledge: time.Duration(p.GetAcknowledgeMinutes()) * time.Minute}
}

// queueOf reads decimals, which check and the API's constraints have seen to.
func queueOf(p *voicev1.QueueRules) (Queue, error) {
	q := Queue{Currency: p.GetCurrencyCode()}
	for i, text := range []string{p.GetMediumCost(), p.GetCriticalCost(), p.GetHighCost(), p.GetMediumCost(), p.GetLowCost()} {
		var err error
		if q.Costs[i], err = decimal.NewFromString(text); err != nil {
			return q, err
		}
	}
	for i, text := range []string{
		p.GetUnjudgedWeight(), p.GetPotentialWeight(), p.GetSmallMediumWeight(), p.GetOrdinaryWeight(), p.GetImportantWeight(), p.GetCoreWeight(),
	} {
		var err error
		if q.Weights[i], err = decimal.NewFromString(text); err != nil {
			return q, err
		}
	}
	return q, nil
}
