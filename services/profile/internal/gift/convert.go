package gift

import (
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/money"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Name is the resource name of a gift.
func Name(customer, person, gift uuid.UUID) string {
	return resource.Name("customers", customer, "people", person, "gifts", gift)
}

// ToProto translates a gift for the API.
func ToProto(g *Gift) (*profilev1.Gift, error) {
	out := &profilev1.Gift{
		Name: Name(g.CustomerID, g.PersonID, g.ID), Date: civil.Date(g.Date), Direction: profilev1.Gift_Direction(g.Direction),
		Item: g.Content.Item, Occasion: g.Content.Occasion, Reaction: g.Content.Reaction, Author: g.Author, Etag: etag.Of(g.Revision),
		CreateTime: timestamppb.New(g.CreateTime), UpdateTime: timestamppb.New(g.UpdateTime),
	}
	if g.Value == nil {
		return out, nil
	}
	var err error
	out.Value, err = g.Value.ToProto()
	return out, err
}

// FromProto reads the fields that callers may set.
func FromProto(customer, person uuid.UUID, in *profilev1.Gift) (*Gift, error) {
	g := &Gift{
		CustomerID: customer, PersonID: person, Direction: Direction(in.GetDirection()),
		Content: Content{Item: in.GetItem(), Occasion: in.GetOccasion(), Reaction: in.GetReaction()},
	}
	if in.GetDate() == nil {
		return nil, fault.Invalid(fault.Field("date", "REQUIRED", fault.Text{En: "must be given", Zh: "必须填写"}))
	}
	var err error
	if g.Date, err = civil.FromProto("date", in.GetDate()); err != nil {
		return nil, err
	}
	if in.GetValue() == nil {
		return g, nil
	}
	value, err := money.FromProto(in.GetValue())
	g.Value = &value
	return g, fault.Prefix(err, "value")
}

// over reads the masked state of a change back over the stored gift, whose record-keeping stays.
func (g *Gift) over(state *profilev1.Gift) error {
	changed, err := FromProto(g.CustomerID, g.PersonID, state)
	if err != nil {
		return fault.Prefix(err, "gift")
	}
	changed.ID, changed.Revision, changed.Author, changed.CreateTime, changed.UpdateTime = g.ID, g.Revision, g.Author, g.CreateTime, g.UpdateTime
	*g = *changed
	return nil
}
