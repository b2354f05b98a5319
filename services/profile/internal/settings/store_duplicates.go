package settings

import (
	"github.com/guanxi-crm/guanxi/libs/fault"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

func shippedDuplicates() *profilev1.DuplicateRules {
	return &profilev1.DuplicateRules{
		Threshold: 0.75, Crowd: 50, RegistrationNumber: 0.98, OrganizationName: 0.8, PersonName: 0.5, Phone: 0.4, Mail: 0.4, Domain: 0.3, PersonContact: 0.5,
		DifferentRegistrationNumber: 0.5, SimilarName: 0.6,
	}
}

func checkDuplicates(m *profilev1.DuplicateRules) []fault.Violation {
	var wrong []fault.Violation
	if m.GetThreshold() <= 0 {
		wrong = append(wrong, fault.Field("duplicates.threshold", "RANGE", fault.Text{
			En: "must be greater than 0, or everybody would be everybody's duplicate", Zh: "必须大于 0，否则任意两个客户都会被视为重复",
		}))
	}
	if m.GetCrowd() < 2 {
		wrong = append(wrong, fault.Field("duplicates.crowd", "RANGE", fault.Text{En: "must be at least 2", Zh: "不得小于 2"}))
	}
	return wrong
}
