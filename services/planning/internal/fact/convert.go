package fact

import (
	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// personOf keeps of a person what planning needs.
func personOf(customer, id uuid.UUID, p *profilev1.Person) *person {
	out := &person{
		Customer: customer, ID: id, Senior: p.GetSenior(), Department: p.GetDepartment(), Position: p.GetPosition(), Language: p.GetLanguage(),
		Granted: pq.Int32Array{}, Denied: pq.Int32Array{}, SpecialDates: postgres.JSON[[]SpecialDate]{V: []SpecialDate{}},
	}
	for _, c := range p.GetConsents() {
		switch c.GetState() {
		case profilev1.Consent_GRANTED:
			out.Granted = append(out.Granted, int32(c.GetMedium()))
		case profilev1.Consent_DENIED:
			out.Denied = append(out.Denied, int32(c.GetMedium()))
		case profilev1.Consent_STATE_UNSPECIFIED: // nobody asked
		}
	}
	if b := p.GetBirthday(); b.GetMonth() != 0 && b.GetDay() != 0 {
		out.BirthMonth, out.BirthDay = &b.Month, &b.Day
	}
	for _, d := range p.GetSpecialDates() {
		out.SpecialDates.V = append(out.SpecialDates.V, SpecialDate{
			Label: d.GetLabel(), Year: d.GetDate().GetYear(), Month: d.GetDate().GetMonth(), Day: d.GetDate().GetDay(),
		})
	}
	return out
}
