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
		Granted: pq.Int32Array{}, Denied: pq.Int32Array{}, GrantedFor: pq.Int32Array{}, DeniedFor: pq.Int32Array{},
		SpecialDates: postgres.JSON[[]SpecialDate]{V: []SpecialDate{}},
	}
	out.consent(p.GetConsents())
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

// consent keeps what the person has agreed to and refused, for any purpose and for one. A refusal for any takes back what was granted for one before it, and that nobody knows when a
// grant was given counts as before.
func (p *person) consent(all []*profilev1.Consent) {
	refused := map[profilev1.Channel_Medium]*profilev1.Consent{}
	for _, c := range all {
		if c.GetPurpose() == profilev1.Consent_PURPOSE_UNSPECIFIED && c.GetState() == profilev1.Consent_DENIED {
			refused[c.GetMedium()] = c
		}
	}
	for _, c := range all {
		medium, purpose, state := int32(c.GetMedium()), int32(c.GetPurpose()), c.GetState()
		if no := refused[c.GetMedium()]; purpose != 0 && no != nil && (c.GetConsentTime() == nil || !c.GetConsentTime().AsTime().After(no.GetConsentTime().AsTime())) {
			state = profilev1.Consent_DENIED
		}
		switch state {
		case profilev1.Consent_GRANTED:
			if purpose == 0 {
				p.Granted = append(p.Granted, medium)
			} else {
				p.GrantedFor = append(p.GrantedFor, purpose*purposes+medium)
			}
		case profilev1.Consent_DENIED:
			if purpose == 0 {
				p.Denied = append(p.Denied, medium)
			} else {
				p.DeniedFor = append(p.DeniedFor, purpose*purposes+medium)
			}
		case profilev1.Consent_STATE_UNSPECIFIED: // nobody asked
		}
	}
}

// purposes is by what the number of a purpose is told from that of a medium, in granted_for and denied_for.
const purposes = 100
