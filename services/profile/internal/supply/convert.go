package supply

import (
	"strconv"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Name is the resource name of a position.
func Name(customer, position uuid.UUID) string {
	return resource.Name("customers", customer, "supplyPositions", position)
}

// ToProto translates a position for the API.
func ToProto(p *Position) *profilev1.SupplyPosition {
	out := &profilev1.SupplyPosition{
		Name: Name(p.CustomerID, p.ID), ProductLine: p.ProductLine, OurSharePercent: p.OurShare.String(), AsOfDate: civil.Date(p.AsOf),
		Reason: p.Reason, Source: p.Source, Current: p.Current, Author: p.Author, Etag: etag.Of(p.Revision),
		CreateTime: timestamppb.New(p.CreateTime), UpdateTime: timestamppb.New(p.UpdateTime),
	}
	for _, c := range p.Competitors {
		one := &profilev1.SupplyPosition_Competitor{DisplayName: c.Name}
		if c.Share != nil {
			one.SharePercent = c.Share.String()
		}
		out.Competitors = append(out.Competitors, one)
	}
	return out
}

// FromProto reads the fields that callers may set.
func FromProto(customer uuid.UUID, in *profilev1.SupplyPosition) (*Position, error) {
	p := &Position{CustomerID: customer, ProductLine: in.GetProductLine(), Reason: in.GetReason(), Source: in.GetSource()}
	if in.GetAsOfDate() == nil {
		return nil, missing("as_of_date")
	}
	var err error
	if p.AsOf, err = civil.FromProto("as_of_date", in.GetAsOfDate()); err != nil {
		return nil, err
	}
	if in.GetOurSharePercent() == "" {
		return nil, missing("our_share_percent")
	}
	if p.OurShare, err = share("our_share_percent", in.GetOurSharePercent()); err != nil {
		return nil, err
	}
	for i, c := range in.GetCompetitors() {
		one := Competitor{Name: c.GetDisplayName()}
		if c.GetSharePercent() != "" {
			known, err := share("competitors["+strconv.Itoa(i)+"].share_percent", c.GetSharePercent())
			if err != nil {
				return nil, err
			}
			one.Share = &known
		}
		p.Competitors = append(p.Competitors, one)
	}
	return p, nil
}

func missing(field string) error {
	return fault.Invalid(fault.Field(field, "REQUIRED", fault.Text{En: "must be given", Zh: "必须填写"}))
}

func share(field, text string) (decimal.Decimal, error) {
	d, err := decimal.NewFromString(text)
	if err != nil {
		return d, fault.Invalid(fault.Field(field, "DECIMAL", fault.Text{En: "must be a decimal such as 37.5", Zh: "须为小数，如 37.5"}))
	}
	return d, nil
}

// over reads the masked state of a change back over the stored position, whose record-keeping stays.
func (p *Position) over(state *profilev1.SupplyPosition) error {
	changed, err := FromProto(p.CustomerID, state)
	if err != nil {
		return fault.Prefix(err, "supply_position")
	}
	changed.ID, changed.Revision, changed.Author, changed.Current = p.ID, p.Revision, p.Author, p.Current
	changed.CreateTime, changed.UpdateTime = p.CreateTime, p.UpdateTime
	*p = *changed
	return nil
}
