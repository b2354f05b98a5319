package rebate

import (
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	pbmoney "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/money"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// agreementOf reads the fields that callers may set. Without a target the agreement is in the currency in force.
func agreementOf(customer uuid.UUID, in *segmentationv1.RebateAgreement, inForce string) (*Agreement, error) {
	a := &Agreement{
		Customer: customer, Kind: Kind(in.GetKind()), FiscalYear: in.GetFiscalYear(), Currency: inForce, PrepaidDays: in.GetPrepaidDays(),
	}
	if a.Kind == Prepayment {
		a.PrepaidDays = max(1, a.PrepaidDays)
	}
	if in.GetTarget() != nil {
		target, err := money.FromProto(in.GetTarget())
		if err != nil {
			return nil, fault.Prefix(err, "target")
		}
		a.Target, a.Currency = decimal.NewNullDecimal(target.Amount), target.Currency
	}
	for _, t := range in.GetTiers() {
		threshold, err := decimal.NewFromString(t.GetThreshold())
		if err != nil { // the API's pattern lets digits through only
			return nil, err
		}
		rate, err := decimal.NewFromString(t.GetRatePercent())
		if err != nil {
			return nil, err
		}
		a.Tiers = append(a.Tiers, Tier{Threshold: threshold, Rate: rate})
	}
	return a, nil
}

func (a *Agreement) toProto() (*segmentationv1.RebateAgreement, error) {
	out := &segmentationv1.RebateAgreement{
		Name: agreementName(a.Customer, a.ID), Kind: segmentationv1.RebateAgreement_Kind(a.Kind), FiscalYear: a.FiscalYear, PrepaidDays: a.PrepaidDays,
		Author: a.Author, CreateTime: timestamppb.New(a.CreateTime), CancelReason: a.CancelReason,
	}
	if a.CancelTime != nil {
		out.CancelTime = timestamppb.New(*a.CancelTime)
	}
	for _, t := range a.Tiers {
		out.Tiers = append(out.Tiers, &segmentationv1.RebateTier{Threshold: t.Threshold.String(), RatePercent: t.Rate.String()})
	}
	var err error
	if a.Target.Valid {
		out.Target, err = money.Money{Amount: a.Target.Decimal, Currency: a.Currency}.ToProto()
	}
	return out, err
}

func (p *Posting) toProto() (*segmentationv1.Rebate, error) {
	text := p.Explain()
	out := &segmentationv1.Rebate{
		Agreement: agreementName(p.Customer, p.Agreement), Kind: segmentationv1.RebateAgreement_Kind(p.Kind), FiscalYear: p.FiscalYear,
		RatePercent: p.Rate.String(), ExplanationEn: text.En, ExplanationZh: text.Zh, UnratedCount: p.Unrated, Author: p.Author,
	}
	if p.ID != uuid.Nil {
		out.Name, out.PostingNumber, out.PostTime = rebateName(p.Customer, p.ID), p.Number, timestamppb.New(p.Time)
	}
	if p.Threshold.Valid {
		out.TierThreshold = p.Threshold.Decimal.String()
	}
	var err error
	if p.Target.Valid {
		out.AttainmentPercent = (&Agreement{Target: p.Target}).Attainment(p.Base).String()
		if out.Target, err = p.money(p.Target.Decimal); err != nil {
			return nil, err
		}
	}
	if out.Amount, err = p.money(p.Amount); err != nil {
		return nil, err
	}
	if out.Total, err = p.money(p.Total); err != nil {
		return nil, err
	}
	out.Base, err = p.money(p.Base)
	return out, err
}

func (p *Posting) money(d decimal.Decimal) (*pbmoney.Money, error) {
	return money.Money{Amount: d, Currency: p.Currency}.ToProto()
}

func (p *Posting) event() (*segmentationv1.RebatePosted, error) {
	amount, err := p.money(p.Amount)
	if err != nil {
		return nil, err
	}
	total, err := p.money(p.Total)
	return &segmentationv1.RebatePosted{
		Rebate: rebateName(p.Customer, p.ID), Customer: aggregate.Name(p.Customer), Agreement: agreementName(p.Customer, p.Agreement),
		Kind: segmentationv1.RebateAgreement_Kind(p.Kind), FiscalYear: p.FiscalYear, Amount: amount, Total: total,
	}, err
}
