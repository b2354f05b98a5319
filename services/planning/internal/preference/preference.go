// Package preference is how people of customers like to be met [客户偏好].
package preference

import (
	"fmt"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// Name is the resource name.
func (p *Preference) Name() string {
	return resource.Name("customers", p.Customer, "people", p.Person) + "/contactPreference"
}

// check holds what was said to the rules.
func (p *Preference) check() []fault.Violation {
	var wrong []fault.Violation
	if (p.From == nil) != (p.Until == nil) || p.From != nil && *p.From >= *p.Until {
		wrong = append(wrong, fault.Field("until_time", "RANGE", fault.Text{
			En: "must be given together with from_time and be after it", Zh: "须与 from_time 同时填写且晚于它",
		}))
	}
	return wrong
}

// minuteOf reads "HH:MM", whose form the API has checked; empty is nil.
func minuteOf(text string) *int32 {
	var h, m int32
	if _, err := fmt.Sscanf(text, "%d:%d", &h, &m); err != nil {
		return nil
	}
	minute := 60*h + m
	return &minute
}

func clock(minute *int32) string {
	if minute == nil {
		return ""
	}
	return fmt.Sprintf("%02d:%02d", *minute/60, *minute%60)
}
