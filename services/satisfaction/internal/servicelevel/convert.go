package servicelevel

import (
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/fault"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
)

func ruleOf(p *satisfactionv1.OnTimeRule) Rule {
	return Rule{Comparison: int16(p.GetComparison()), Due: int16(p.GetDue()), Done: int16(p.GetDone())}
}

func (r Rule) toProto() *satisfactionv1.OnTimeRule {
	return &satisfactionv1.OnTimeRule{
		Comparison: satisfactionv1.OnTimeRule_Comparison(r.Comparison), Due: satisfactionv1.OnTimeRule_Due(r.Due), Done: satisfactionv1.OnTimeRule_Done(r.Done),
	}
}

// classOf reads the name of a class; the empty one is any.
func classOf(field, name string) (int16, error) {
	if name == "" {
		return AnyClass, nil
	}
	number, ok := segmentationv1.CustomerClassKind_value[name]
	if !ok {
		return 0, fault.Invalid(fault.Field(field, "CLASS", fault.Text{En: "is no class of customers, such as CORE", Zh: "不是客户类别，例如 CORE"}))
	}
	return int16(number), nil
}

func className(class int16) string {
	if class == AnyClass {
		return ""
	}
	return segmentationv1.CustomerClassKind(class).String()
}

// text writes a decimal; nil for none.
func text(d decimal.NullDecimal) *string {
	if !d.Valid {
		return nil
	}
	return new(d.Decimal.String())
}

func ends(i *stats.Interval) (low, high *float64) {
	if i == nil {
		return nil, nil
	}
	return &i.Low, &i.High
}

func (l *Level) toProto(group Group, edges []int32, confidence float64) *satisfactionv1.ServiceLevel {
	out := &satisfactionv1.ServiceLevel{
		Key: l.Key, OrderCount: l.Orders, ReturnCount: l.Returns, OnTime: l.OnTime.toProto(confidence), LineFill: l.LineFill.toProto(confidence),
		OrderFill: l.OrderFill.toProto(confidence), QuantityFill: l.Quantity.toProto(confidence), DamageFree: l.DamageFree.toProto(confidence),
		DocumentsCorrect: l.Documents.toProto(confidence), PerfectOrder: l.Perfect.toProto(confidence), UnknownImperfectCount: l.UnknownImperfect,
	}
	if group == ByClass {
		number, _ := strconv.ParseInt(l.Key, 10, 16) // the database wrote it
		out.Key = className(int16(number))
	}
	for i := range l.Cycles {
		out.CycleTimes = append(out.CycleTimes, l.Cycles[i].toProto(edges, confidence))
	}
	return out
}

func (o OnTime) toProto(confidence float64) *satisfactionv1.OnTime {
	share := o.Share().toProto(confidence)
	return &satisfactionv1.OnTime{
		OnTimeCount: o.InTime, LateCount: o.Late, OverdueCount: o.Overdue, PendingCount: o.Pending, UndatedCount: o.Undated, UntimedCount: o.Untimed,
		Rate: share.Rate, Low: share.Low, High: share.High,
	}
}

func (s Share) toProto(confidence float64) *satisfactionv1.ServiceShare {
	out := &satisfactionv1.ServiceShare{
		Count: s.Count, KnownCount: s.Known, UnknownCount: s.Unknown, Rate: text(quotient(decimal.NewFromInt(s.Count), decimal.NewFromInt(s.Known))),
	}
	out.Low, out.High = ends(orNone(s.proportion().Interval(confidence, 0)))
	return out
}

func (q *Quantity) toProto(confidence float64) *satisfactionv1.QuantityFill {
	out := &satisfactionv1.QuantityFill{
		OrderedQuantity: q.Ordered.String(), FilledQuantity: q.Filled.String(), UnknownQuantity: q.Unknown.String(), Rate: text(quotient(q.Filled, q.Ordered)),
	}
	out.Low, out.High = ends(orNone(q.interval(confidence)))
	return out
}

func (c *Cycle) toProto(edges []int32, confidence float64) *satisfactionv1.CycleTime {
	out := &satisfactionv1.CycleTime{
		Part: satisfactionv1.CycleTime_Part(c.Part), Count: c.Count, UnknownCount: c.Unknown, NegativeCount: c.Negative,
		MeanDays: text(quotient(c.Sum.Decimal, decimal.NewFromInt(c.Count).Mul(day))), MedianDays: days(c.Median), P90Days: days(c.P90), MaxDays: days(c.Max),
	}
	moments := c.moments()
	if c.Variance.Valid {
		out.StandardDeviationDays = new(decimal.NewFromFloat(moments.Deviation()).Round(places).String())
	}
	out.LowDays, out.HighDays = ends(orNone(moments.Interval(confidence, 0)))
	for i, n := range c.Buckets {
		bucket := &satisfactionv1.CycleTime_Bucket{Count: n}
		if i > 0 {
			bucket.FromDays = edges[i-1]
		}
		if i < len(edges) {
			bucket.ToDays = edges[i]
		}
		out.Buckets = append(out.Buckets, bucket)
	}
	return out
}

func days(micros decimal.NullDecimal) *string {
	if !micros.Valid {
		return nil
	}
	return text(quotient(micros.Decimal, day))
}
