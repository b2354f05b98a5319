package servicelevel

import (
	"github.com/shopspring/decimal"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/etag"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

func (t *Target) toProto() *satisfactionv1.ServiceLevelTarget {
	latest := t.Latest()
	out := &satisfactionv1.ServiceLevelTarget{
		Name: t.Name(), LabelEn: t.LabelEn, LabelZh: t.LabelZh, Indicator: satisfactionv1.ServiceIndicator(t.Indicator), Part: satisfactionv1.CycleTime_Part(t.Part),
		ProductLine: t.ProductLine, CustomerClass: className(t.Class), Value: latest.Value.String(), FirstMonth: monthText(&latest.FirstMonth.Time),
		LastMonth: monthText(t.LastMonth), JudgedMonth: monthText(t.JudgedMonth), Author: t.Author, CreateTime: timestamppb.New(t.CreateTime),
		UpdateTime: timestamppb.New(t.UpdateTime), Etag: etag.Of(t.Revision),
	}
	if t.Indicator.Timely() {
		out.OnTimeRule = t.Rule.toProto()
	}
	for _, v := range t.Values {
		out.Values = append(out.Values, &satisfactionv1.ServiceLevelTarget_Value{
			FirstMonth: monthText(&v.FirstMonth.Time), Value: v.Value.String(), Author: v.Author, CreateTime: timestamppb.New(v.CreateTime),
		})
	}
	return out
}

// toProto is a figure beside the month before, nil for none, and its target, nil for none.
func (f *Figure) toProto(before *Figure, target *Target, value decimal.Decimal, confidence float64) *satisfactionv1.IndicatorFigure {
	out := &satisfactionv1.IndicatorFigure{
		Indicator: satisfactionv1.ServiceIndicator(f.Indicator), Part: satisfactionv1.CycleTime_Part(f.Part), Count: f.Count, Value: text(f.Value()),
	}
	out.Low, out.High = ends(f.Interval)
	if before != nil {
		out.Change = text(f.Change(before))
		if d := f.Compare(before, confidence); d != nil {
			out.ChangeLow, out.ChangeHigh, out.ChangeBeyondChance = &d.Low, &d.High, new(d.Beyond(confidence))
		}
	}
	if target == nil {
		return out
	}
	out.Target, out.TargetValue, out.Difference = target.Name(), new(value.String()), text(f.Difference(value))
	if f.Defined() {
		out.Met = new(f.Meets(value))
	}
	return out
}
