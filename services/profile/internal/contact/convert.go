package contact

import (
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// AddressesToProto and its kin below translate between the domain and the API, one for one.
func AddressesToProto(in []Address) []*profilev1.Address {
	out := make([]*profilev1.Address, len(in))
	for i, a := range in {
		out[i] = &profilev1.Address{
			Label: a.Label, RegionCode: a.RegionCode, PostalCode: a.PostalCode,
			AdministrativeArea: a.AdministrativeArea, Locality: a.Locality, Lines: a.Lines,
		}
	}
	return out
}

// AddressesFromProto is the way back.
func AddressesFromProto(in []*profilev1.Address) []Address {
	out := make([]Address, len(in))
	for i, a := range in {
		out[i] = Address{
			Label: a.GetLabel(), RegionCode: a.GetRegionCode(), PostalCode: a.GetPostalCode(),
			AdministrativeArea: a.GetAdministrativeArea(), Locality: a.GetLocality(), Lines: a.GetLines(),
		}
	}
	return out
}

// ChannelsToProto translates channels.
func ChannelsToProto(in []Channel) []*profilev1.Channel {
	out := make([]*profilev1.Channel, len(in))
	for i, c := range in {
		out[i] = &profilev1.Channel{
			Medium: profilev1.Channel_Medium(c.Medium), Value: c.Value, Label: c.Label,
			Preferred: c.Preferred, Level: typev1.Level(c.Level),
		}
	}
	return out
}

// ChannelsFromProto is the way back; a channel without a level is BASIC.
func ChannelsFromProto(in []*profilev1.Channel) []Channel {
	out := make([]Channel, len(in))
	for i, c := range in {
		out[i] = Channel{
			Medium: int32(c.GetMedium()), Value: c.GetValue(), Label: c.GetLabel(),
			Preferred: c.GetPreferred(), Level: int32(max(c.GetLevel(), typev1.Level_BASIC)),
		}
	}
	return out
}

// ExternalIDsToProto translates external ids.
func ExternalIDsToProto(in []ExternalID) []*profilev1.ExternalId {
	out := make([]*profilev1.ExternalId, len(in))
	for i, e := range in {
		out[i] = &profilev1.ExternalId{System: e.System, Id: e.ID}
	}
	return out
}

// ExternalIDsFromProto is the way back.
func ExternalIDsFromProto(in []*profilev1.ExternalId) []ExternalID {
	out := make([]ExternalID, len(in))
	for i, e := range in {
		out[i] = ExternalID{System: e.GetSystem(), ID: e.GetId()}
	}
	return out
}
