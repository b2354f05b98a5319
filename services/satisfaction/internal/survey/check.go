package survey

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// decimals is how many places costs have at most.
const decimals = 4

var mostCost = decimal.New(1, 12)

// Check fills in what is left out of a draft, and says what is wrong; group is how few answers may be told of.
func (s *Survey) Check(group int32) []fault.Violation {
	wrong := s.Plan.Complete()
	add := func(broken bool, field, rule, en, zh string) {
		if broken {
			wrong = append(wrong, fault.Field(field, rule, fault.Text{En: en, Zh: zh}))
		}
	}
	add(s.LabelEn == "", "label_en", "REQUIRED", "must be given", "必须填写")
	add(s.LabelZh == "", "label_zh", "REQUIRED", "must be given", "必须填写")
	add(s.StartTime != nil && s.EndTime != nil && !s.StartTime.Before(*s.EndTime), "end_time", "SCHEDULE", "must be after start_time", "须晚于 start_time")
	cost := s.Cost.Decimal
	add(s.Cost.Valid && (cost.IsNegative() || cost.GreaterThan(mostCost) || !cost.Equal(cost.Round(decimals))), "cost", "RANGE",
		"must be from 0 to 1,000,000,000,000 with at most 4 decimals", "须为 0 至 1,000,000,000,000，小数不超过 4 位")
	if s.MinimumGroup == 0 {
		s.MinimumGroup = group
	}
	add(s.MinimumGroup < group, "minimum_group", "RANGE", fmt.Sprintf("must be at least %d", group), fmt.Sprintf("至少为 %d", group))
	return wrong
}
