package settings

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/fault"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// At are the numbers that were in force at an instant.
func (s *Store) At(ctx context.Context, instant time.Time) (*Numbers, error) {
	version, err := s.versions.At(ctx, instant)
	if err != nil {
		return nil, err
	}
	return numbersOf(version)
}

func shippedQueue() *voicev1.QueueRules {
	return &voicev1.QueueRules{
		CurrencyCode: "CNY", CriticalCost: "10000", HighCost: "4000", MediumCost: "1500", LowCost: "500",
		CoreWeight: "5", ImportantWeight: "3", OrdinaryWeight: "2", SmallMediumWeight: "1", PotentialWeight: "1", UnjudgedWeight: "1",
	}
}

// checkQueue holds a version to having all numbers: an update may leave some out.
func checkQueue(p *voicev1.QueueRules) []fault.Violation {
	var wrong []fault.Violation
	for _, n := range []struct{ field, value string }{
		{"currency_code", p.GetCurrencyCode()},
		{"critical_cost", p.GetCriticalCost()},
		{"high_cost", p.GetHighCost()},
		{"medium_cost", p.GetMediumCost()},
		{"low_cost", p.GetLowCost()},
		{"core_weight", p.GetCoreWeight()},
		{"important_weight", p.GetImportantWeight()},
		{"ordinary_weight", p.GetOrdinaryWeight()},
		{"small_medium_weight", p.GetSmallMediumWeight()},
		{"potential_weight", p.GetPotentialWeight()},
		{"unjudged_weight", p.GetUnjudgedWeight()},
	} {
		if n.value == "" {
			wrong = append(wrong, fault.Field("queue_rules."+n.field, "REQUIRED", required))
		}
	}
	return wrong
}
