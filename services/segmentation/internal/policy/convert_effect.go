package policy

import (
	"fmt"

	"github.com/shopspring/decimal"
	pbmoney "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/money"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

func (e *Effect) toProto(currency string) (*segmentationv1.RuleEffect, error) {
	out := &segmentationv1.RuleEffect{
		CustomerCount: e.Customers, ComplaintsBefore: e.ComplaintsBefore, ComplaintsAfter: e.ComplaintsAfter,
		SatisfactionBefore: mean(e.SatisfactionBefore, e.MeasuredBefore), SatisfactionAfter: mean(e.SatisfactionAfter, e.MeasuredAfter),
		AtRiskShare: mean(decimal.NewFromInt(e.AtRisk), e.Customers), StaffedCount: e.Crew.Customers, SpecialistsNeeded: e.Crew.Specialists,
	}
	if e.Rule != nil {
		out.RuleId, out.LabelEn, out.LabelZh = e.Rule.ID, e.Rule.LabelEn, e.Rule.LabelZh
	}
	for _, amount := range []struct {
		of decimal.NullDecimal
		to **pbmoney.Money
	}{
		{decimal.NewNullDecimal(e.SalesBefore), &out.SalesBefore},
		{decimal.NewNullDecimal(e.SalesAfter), &out.SalesAfter},
		{e.GrossBefore, &out.GrossProfitBefore},
		{e.GrossAfter, &out.GrossProfitAfter},
	} {
		if !amount.of.Valid {
			continue
		}
		m, err := money.Money{Amount: amount.of.Decimal, Currency: currency}.ToProto()
		if err != nil {
			return nil, err
		}
		*amount.to = m
	}
	return out, nil
}

// mean is nil of nothing.
func mean(sum decimal.Decimal, count int64) *float64 {
	if count == 0 {
		return nil
	}
	value := sum.DivRound(decimal.NewFromInt(count), 6).InexactFloat64()
	return &value
}

// toProto reads an evaluation back. Fields of a newer release are passed over.
func (k *Evaluation) toProto() (*segmentationv1.PolicyEvaluation, error) {
	out := &segmentationv1.PolicyEvaluation{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal([]byte(k.Body), out); err != nil {
		return nil, fmt.Errorf("policy: evaluation %s: %w", k.ID, err)
	}
	out.Name = resource.Name("policies", k.PolicyID, "evaluations", k.ID)
	out.Author, out.CreateTime = k.Author, timestamppb.New(k.CreateTime)
	return out, nil
}
