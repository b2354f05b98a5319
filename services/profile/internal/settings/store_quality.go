package settings

import (
	"fmt"

	"github.com/guanxi-crm/guanxi/libs/fault"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/requirement"
)

// shippedQuality is what is required of customers where nobody has said otherwise; migration 00013 has the same for installations from before.
func shippedQuality() *profilev1.QualityRules {
	of := func(field string, weight, days int32) *profilev1.RequiredField {
		return &profilev1.RequiredField{Field: field, Weight: weight, ValidDays: days}
	}
	return &profilev1.QualityRules{
		Organization: []*profilev1.RequiredField{
			of("display_name", 2, 730), of("legal_name", 3, 730), of("registration_number", 3, 730), of("industry", 2, 730), of("employee_count", 1, 365),
			of("owner", 2, 0), of("source", 1, 0), of("addresses", 2, 365), of("channels", 3, 365),
			of("people", 3, 0), of("people.position", 1, 0), of("people.department", 1, 0),
		},
		Person: []*profilev1.RequiredField{
			of("display_name", 3, 730), of("owner", 2, 0), of("source", 1, 0), of("addresses", 2, 365), of("channels", 3, 365), of("language", 1, 0),
		},
	}
}

// Required reads the rules.
func Required(p *profilev1.QualityRules) requirement.Rules {
	read := func(of []*profilev1.RequiredField) []requirement.Rule {
		out := make([]requirement.Rule, len(of))
		for i, f := range of {
			out[i] = requirement.Rule{Field: f.GetField(), Weight: f.GetWeight(), ValidDays: f.GetValidDays()}
		}
		return out
	}
	return requirement.Rules{Organization: read(p.GetOrganization()), Person: read(p.GetPerson())}
}

func checkQuality(p *profilev1.QualityRules) []fault.Violation {
	rules := Required(p)
	return append(checkRules("quality.organization", rules.Organization), checkRules("quality.person", rules.Person)...)
}

func checkRules(name string, rules []requirement.Rule) []fault.Violation {
	var wrong []fault.Violation
	seen := map[string]bool{}
	for i, rule := range rules {
		at := fmt.Sprintf("%s[%d]", name, i)
		switch {
		case !requirement.Known(rule.Field):
			wrong = append(wrong, fault.Field(at+".field", "FIELD", fault.Text{En: "is no field of a customer: " + rule.Field, Zh: "不是客户的字段：" + rule.Field}))
		case seen[rule.Field]:
			wrong = append(wrong, fault.Field(at+".field", "UNIQUE", fault.Text{En: "stands there twice: " + rule.Field, Zh: "重复：" + rule.Field}))
		case rule.ValidDays > 0 && !requirement.Verifiable(rule.Field):
			wrong = append(wrong, fault.Field(at+".valid_days", "NOT_VERIFIABLE", fault.Text{En: "must be 0: " + rule.Field + " cannot be verified", Zh: "必须为 0：" + rule.Field + " 无法核实"}))
		}
		seen[rule.Field] = true
	}
	return wrong
}
