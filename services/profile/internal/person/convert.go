package person

import (
	"time"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/contact"
)

// Name is the resource name of a person.
func Name(customer, person uuid.UUID) string {
	return resource.Name("customers", customer, "people", person)
}

// ToProto translates a person for the API.
func ToProto(p *Person) *profilev1.Person {
	out := &profilev1.Person{
		Name: Name(p.CustomerID, p.ID), DisplayName: p.DisplayName, Position: p.Position, Department: p.Department, Senior: p.Senior,
		Channels: contact.ChannelsToProto(p.Channels), Language: p.Language, Hobbies: p.Hobbies, Family: p.Family,
		ExternalIds: contact.ExternalIDsToProto(p.ExternalIDs), Etag: etag.Of(p.Revision),
		CreateTime: timestamppb.New(p.CreateTime), UpdateTime: timestamppb.New(p.UpdateTime),
	}
	if p.ReportsTo.Valid {
		out.ReportsTo = Name(p.CustomerID, p.ReportsTo.UUID)
	}
	if p.Birthday != nil {
		out.Birthday = p.Birthday.toProto()
	}
	for _, d := range p.SpecialDates {
		out.SpecialDates = append(out.SpecialDates, &profilev1.SpecialDate{Label: d.Label, Date: d.Date.toProto()})
	}
	for _, c := range p.Consents {
		out.Consents = append(out.Consents, c.toProto())
	}
	return out
}

// FromProto reads the fields that callers may set.
func FromProto(customer uuid.UUID, in *profilev1.Person) (*Person, error) {
	p := &Person{
		CustomerID: customer, DisplayName: in.GetDisplayName(), Position: in.GetPosition(), Department: in.GetDepartment(), Senior: in.GetSenior(),
		Channels: contact.ChannelsFromProto(in.GetChannels()), Language: in.GetLanguage(), Birthday: dayFromProto(in.GetBirthday()),
		Hobbies: in.GetHobbies(), Family: in.GetFamily(), ExternalIDs: contact.ExternalIDsFromProto(in.GetExternalIds()),
	}
	for _, d := range in.GetSpecialDates() {
		p.SpecialDates = append(p.SpecialDates, SpecialDate{Label: d.GetLabel(), Date: *dayFromProto(d.GetDate())})
	}
	for _, c := range in.GetConsents() {
		p.Consents = append(p.Consents, consentFromProto(c))
	}
	if in.GetReportsTo() == "" {
		return p, nil
	}
	ids, err := resource.Parse("reports_to", in.GetReportsTo(), "customers", "people")
	if err != nil {
		return nil, err
	}
	if ids[0] != customer {
		return nil, fault.Invalid(fault.Field("reports_to", "SAME_CUSTOMER", fault.Text{En: "must be a person of the same customer", Zh: "必须是同一客户的人员"}))
	}
	p.ReportsTo = uuid.NullUUID{UUID: ids[1], Valid: true}
	return p, nil
}

// over reads the masked state of a change back over the stored person, whose record-keeping stays.
func (p *Person) over(state *profilev1.Person) error {
	changed, err := FromProto(p.CustomerID, state)
	if err != nil {
		return fault.Prefix(err, "person")
	}
	changed.ID, changed.Revision, changed.CreateTime, changed.UpdateTime, changed.key = p.ID, p.Revision, p.CreateTime, p.UpdateTime, p.key
	*p = *changed
	return nil
}

func (d Day) toProto() *date.Date { return &date.Date{Year: d.Year, Month: d.Month, Day: d.Day} }

func dayFromProto(d *date.Date) *Day {
	if d == nil {
		return nil
	}
	return &Day{Year: d.GetYear(), Month: d.GetMonth(), Day: d.GetDay()}
}

func (c Consent) toProto() *profilev1.Consent {
	out := &profilev1.Consent{Medium: profilev1.Channel_Medium(c.Medium), State: profilev1.Consent_State(c.State), Source: c.Source, Purpose: profilev1.Consent_Purpose(c.Purpose)}
	if c.Time != nil {
		out.ConsentTime = timestamppb.New(*c.Time)
	}
	return out
}

func consentFromProto(in *profilev1.Consent) Consent {
	c := Consent{Medium: int32(in.GetMedium()), State: int32(in.GetState()), Source: in.GetSource(), Purpose: int32(in.GetPurpose())}
	if in.GetConsentTime() != nil {
		t := in.GetConsentTime().AsTime().Truncate(time.Microsecond)
		c.Time = &t
	}
	return c
}
