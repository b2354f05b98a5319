package churn

import (
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/money"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

func toProto(r *Risk) (*segmentationv1.ChurnRisk, error) {
	text := r.Explain()
	out := &segmentationv1.ChurnRisk{
		Name: resource.Name("customers", r.CustomerID, "churnRisks", r.ID), Reason: segmentationv1.ChurnRisk_Reason(r.Reason), Open: r.End == nil,
		RaiseDate: civil.Date(r.RaiseDay), RaiseTime: timestamppb.New(r.RaiseTime), RaiseCause: r.Cause, RaiseReference: r.Reference,
		SettingsVersion: r.Version, ExplanationEn: text.En, ExplanationZh: text.Zh, LastOrderDate: dayOf(r.Figures.LastDay),
	}
	if r.End != nil {
		out.ClearDate, out.ClearTime, out.ClearCause, out.ClearReference = civil.Date(r.End.Day), timestamppb.New(r.End.Time), r.End.Cause, r.End.Reference
	}
	return out, figures(out, r)
}

func toProtos(risks []*Risk) (out []*segmentationv1.ChurnRisk, err error) {
	out = make([]*segmentationv1.ChurnRisk, len(risks))
	for i, r := range risks {
		if out[i], err = toProto(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// figures sets those of the risk's reason.
func figures(out *segmentationv1.ChurnRisk, r *Risk) error {
	f := r.Figures
	switch r.Reason {
	case Silence:
		out.Figures = &segmentationv1.ChurnRisk_Silence{Silence: &segmentationv1.SilenceFigures{
			SilenceDays: f.SilenceDays, ToleratedDays: f.ToleratedDays, LimitDate: dayOf(f.LimitDay), OwnRhythm: f.OwnRhythm, Intervals: f.Intervals,
			MedianDays: f.MedianDays, DeviationDays: f.DeviationDays, Tier: segmentationv1.Tier(f.Tier),
		}}
	case YearDrop:
		before, err := money.Money{Amount: f.Before, Currency: f.Currency}.ToProto()
		if err != nil {
			return err
		}
		after, err := money.Money{Amount: f.After, Currency: f.Currency}.ToProto()
		if err != nil {
			return err
		}
		out.Figures = &segmentationv1.ChurnRisk_YearDrop{YearDrop: &segmentationv1.YearDropFigures{Before: before, After: after, Drop: f.Drop.InexactFloat64()}}
	case ShareLoss:
		out.Figures = &segmentationv1.ChurnRisk_ShareLoss{ShareLoss: signals(r)}
	case ComplaintBurst:
		out.Figures = &segmentationv1.ChurnRisk_ComplaintBurst{ComplaintBurst: &segmentationv1.ComplaintFigures{Count: f.Count, Days: f.Days}}
	case SatisfactionFall:
		out.Figures = &segmentationv1.ChurnRisk_SatisfactionFall{SatisfactionFall: signals(r)}
	case ProbabilityAlive:
		out.Figures = &segmentationv1.ChurnRisk_ProbabilityAlive{ProbabilityAlive: &segmentationv1.AliveFigures{
			Probability: f.Alive, Threshold: f.Threshold, X: f.X, Tx: f.Tx, T: f.T, ModelFitDate: dayOf(f.ModelDay),
		}}
	}
	return nil
}

func signals(r *Risk) *segmentationv1.SignalFigures {
	f := r.Figures
	return &segmentationv1.SignalFigures{
		Before: f.Before.InexactFloat64(), After: f.After.InexactFloat64(), Drop: f.Drop.InexactFloat64(),
		BeforeSignal: resource.Name("customers", r.CustomerID, "signals", f.BeforeSignal),
		AfterSignal:  resource.Name("customers", r.CustomerID, "signals", f.AfterSignal),
	}
}

func (e *entry) toProto(currency string) (*segmentationv1.ChurnRisk, error) {
	out, err := toProto(e.risk())
	if err != nil {
		return nil, err
	}
	out.Customer, out.DisplayName, out.Territory, out.Owner = resource.Name("customers", e.CustomerID), e.DisplayName, e.Territory, e.Owner
	out.Class, out.Tier = segmentationv1.CustomerClassKind(e.Class), segmentationv1.Tier(e.Tier)
	out.Value, err = money.Money{Amount: e.Value, Currency: currency}.ToProto()
	return out, err
}

func (m *Model) toProto() *segmentationv1.PurchaseModel {
	return &segmentationv1.PurchaseModel{R: m.R, Alpha: m.Alpha, A: m.A, B: m.B, LogLikelihood: m.LogLikelihood}
}

// rulesToProto writes churn rules as the settings have them.
func rulesToProto(c settings.Churn) *segmentationv1.ChurnRules {
	out := &segmentationv1.ChurnRules{
		MinIntervals: c.MinIntervals, DeviationFactor: c.DeviationFactor, MedianFactor: c.MedianFactor, YearDrop: c.YearDrop, ShareLoss: c.ShareLoss,
		ComplaintCount: c.ComplaintCount, ComplaintDays: c.ComplaintDays, SatisfactionDrop: c.SatisfactionDrop, AliveBelow: c.AliveBelow,
		ModelMinCustomers: c.ModelMinCustomers,
	}
	for tier := segmentationv1.Tier_PROJECT; tier > segmentationv1.Tier_TIER_UNSPECIFIED; tier-- {
		if days, ok := c.TierSilence[int16(tier)]; ok {
			out.TierSilences = append(out.TierSilences, &segmentationv1.TierSilence{Tier: tier, Days: days})
		}
	}
	return out
}

// dayOf reads a day of the figures; what is not set has none.
func dayOf(text string) *date.Date {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return nil
	}
	return civil.Date(t)
}
