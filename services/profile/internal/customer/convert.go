package customer

import (
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/attribute"
	"github.com/guanxi-crm/guanxi/services/profile/internal/contact"
)

// ToProto translates a customer for the API.
func ToProto(c *Customer) *profilev1.Customer {
	p := &profilev1.Customer{
		Name: aggregate.Name(c.ID), DisplayName: c.DisplayName, Kind: profilev1.Customer_Kind(c.Kind),
		LegalName: c.LegalName, AlternativeNames: c.AlternativeNames, RegistrationNumber: c.RegistrationNumber,
		Industry: c.Industry, EmployeeCount: c.EmployeeCount, Territory: c.Territory, Owner: c.Owner, Source: c.Source,
		Tags: c.Tags, Attributes: attribute.ToProto(c.Attributes), Addresses: contact.AddressesToProto(c.Addresses),
		Channels: contact.ChannelsToProto(c.Channels), ExternalIds: contact.ExternalIDsToProto(c.ExternalIDs),
		TimeZone: c.TimeZone, Language: c.Language, Etag: etag.Of(c.Revision),
		CreateTime: timestamppb.New(c.CreateTime), UpdateTime: timestamppb.New(c.UpdateTime),
		DeleteTime: optionalTime(c.DeleteTime), PurgeTime: optionalTime(c.PurgeTime),
	}
	if c.Parent.Valid {
		p.Parent = aggregate.Name(c.Parent.UUID)
	}
	for _, r := range c.Relations {
		p.Relations = append(p.Relations, profilev1.Customer_Relation(r))
	}
	return p
}

// FromProto reads the fields that callers may set.
func FromProto(p *profilev1.Customer) *Customer {
	c := &Customer{
		DisplayName: p.GetDisplayName(), Kind: Kind(p.GetKind()), LegalName: p.GetLegalName(),
		AlternativeNames: p.GetAlternativeNames(), RegistrationNumber: p.GetRegistrationNumber(), Industry: p.GetIndustry(),
		EmployeeCount: p.GetEmployeeCount(), Territory: p.GetTerritory(), Owner: p.GetOwner(), Source: p.GetSource(),
		Tags: p.GetTags(), Attributes: attribute.FromProto(p.GetAttributes()), Addresses: contact.AddressesFromProto(p.GetAddresses()),
		Channels: contact.ChannelsFromProto(p.GetChannels()), ExternalIDs: contact.ExternalIDsFromProto(p.GetExternalIds()),
		TimeZone: p.GetTimeZone(), Language: p.GetLanguage(),
	}
	if p.GetParent() != "" {
		c.Parent.Valid = true // of a name that is none the id stays nil, which Check refuses
		if ids, err := resource.Parse("parent", p.GetParent(), "customers"); err == nil {
			c.Parent.UUID = ids[0]
		}
	}
	for _, r := range p.GetRelations() {
		c.Relations = append(c.Relations, int32(r))
	}
	return c
}

// Over is over for a merge. Who belonged to the other one would belong to itself now, and belongs to nobody.
func (c *Customer) Over(p *profilev1.Customer) {
	c.over(p)
	if c.Parent.UUID == c.ID {
		c.Parent = uuid.NullUUID{}
	}
}

// over reads the masked state of a change back over the stored customer, whose record-keeping stays.
func (c *Customer) over(p *profilev1.Customer) {
	changed := FromProto(p)
	changed.ID, changed.Revision = c.ID, c.Revision
	changed.CreateTime, changed.UpdateTime, changed.DeleteTime, changed.PurgeTime = c.CreateTime, c.UpdateTime, c.DeleteTime, c.PurgeTime
	changed.Blended = c.Blended
	changed.MergedInto, changed.lockedParent = c.MergedInto, c.lockedParent
	*c = *changed
}

func optionalTime(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}
