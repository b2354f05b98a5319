package formula

import (
	"context"
	"fmt"
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/fault"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
)

// FindOptimumServiceLevel implements FormulaService.
func (*Server) FindOptimumServiceLevel(
	_ context.Context, r *satisfactionv1.FindOptimumServiceLevelRequest,
) (*satisfactionv1.OptimumServiceLevel, error) {
	o, err := stats.OptimumLevel(stats.Stock{
		SalesResponse: r.GetSalesResponse(), TradingMargin: r.GetTradingMargin(), AnnualSales: r.GetAnnualSales(), CarryingCostRate: r.GetCarryingCostRate(),
		ProductCost: r.GetProductCost(), DemandDeviation: r.GetDemandStdDev(),
	})
	if err != nil {
		return nil, stats.Violation(err, "annual_sales")
	}
	out := &satisfactionv1.OptimumServiceLevel{
		AnnualGain: o.AnnualGain, MarginalZ: o.MarginalZ, OptimumPercent: int32(o.Percent), ContinuousPercent: o.Continuous, CostPerZ: o.CostPerZ,
		Worth: stepOf(o.Worth), Refused: stepOf(o.Refused), Inputs: r,
	}
	gain, cost := number(o.AnnualGain), number(o.CostPerZ)
	out.ExplanationEn = fmt.Sprintf("A percent more of service brings %s x %s x %s = %s a year; a standard deviation of safety stock costs %s x %s x %s = %s.",
		number(r.GetTradingMargin()), number(r.GetSalesResponse()), number(r.GetAnnualSales()), gain,
		number(r.GetCarryingCostRate()), number(r.GetProductCost()), number(r.GetDemandStdDev()), cost)
	out.ExplanationZh = fmt.Sprintf("服务水平每提高 1 个百分点，年收益增加 %s × %s × %s = %s；安全库存每增加一个标准差，年成本为 %s × %s × %s = %s。",
		number(r.GetTradingMargin()), number(r.GetSalesResponse()), number(r.GetAnnualSales()), gain,
		number(r.GetCarryingCostRate()), number(r.GetProductCost()), number(r.GetDemandStdDev()), cost)
	if s := o.Worth; s != nil {
		out.ExplanationEn += fmt.Sprintf(" The step from %d to %d %% costs %.2f, no more than it brings.", s.From, s.To, s.Cost)
		out.ExplanationZh += fmt.Sprintf("由 %d%% 提高到 %d%% 的成本为 %.2f，不高于收益。", s.From, s.To, s.Cost)
	}
	if s := o.Refused; s != nil {
		out.ExplanationEn += fmt.Sprintf(" The step from %d to %d %% costs %.2f, more than it brings.", s.From, s.To, s.Cost)
		out.ExplanationZh += fmt.Sprintf("由 %d%% 提高到 %d%% 的成本为 %.2f，高于收益。", s.From, s.To, s.Cost)
	}
	out.ExplanationEn += fmt.Sprintf(" The best level is %d %%, or %.1f %% if levels were not whole.", o.Percent, o.Continuous)
	out.ExplanationZh += fmt.Sprintf("最优服务水平为 %d%%；若不取整，为 %.1f%%。", o.Percent, o.Continuous)
	return out, nil
}

func stepOf(s *stats.Step) *satisfactionv1.ServiceLevelStep {
	if s == nil {
		return nil
	}
	return &satisfactionv1.ServiceLevelStep{FromPercent: int32(s.From), ToPercent: int32(s.To), MarginalZ: s.MarginalZ, AnnualCost: s.Cost}
}

// number writes a figure as it was given.
func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// given is a figure as it is computed with.
func given(f float64) decimal.Decimal { return exact(f).Round(stats.Places) }

// FindServiceTolerance implements FormulaService.
func (*Server) FindServiceTolerance(_ context.Context, r *satisfactionv1.FindServiceToleranceRequest) (*satisfactionv1.ServiceTolerance, error) {
	t, err := stats.ToleranceOf(given(r.GetPenalty()), given(r.GetPenaltyDeviation()), given(r.GetCostDecreasePerUnit()), given(r.GetCostAtTarget()))
	if err != nil {
		return nil, stats.Violation(err, "penalty")
	}
	return &satisfactionv1.ServiceTolerance{
		K: t.K.InexactFloat64(), AllowedDeviation: t.Deviation.InexactFloat64(), MinimumCost: t.MinimumCost.InexactFloat64(), Loss: t.Loss.InexactFloat64(),
		DeliveryCost: t.Delivery.InexactFloat64(), Inputs: r,
		ExplanationEn: fmt.Sprintf("k = %s / %s^2 = %s; the deviation that costs least is %s / (2 x %s) = %s; there the loss is %s and delivery costs %s, together %s.",
			number(r.GetPenalty()), number(r.GetPenaltyDeviation()), t.K, number(r.GetCostDecreasePerUnit()), t.K, t.Deviation, t.Loss, t.Delivery, t.MinimumCost),
		ExplanationZh: fmt.Sprintf("k = %s / %s² = %s；成本最低的允许偏差为 %s / (2 × %s) = %s；此时损失为 %s，配送成本为 %s，合计 %s。",
			number(r.GetPenalty()), number(r.GetPenaltyDeviation()), t.K, number(r.GetCostDecreasePerUnit()), t.K, t.Deviation, t.Loss, t.Delivery, t.MinimumCost),
	}, nil
}

// RelateSalesToService implements FormulaService.
func (*Server) RelateSalesToService(_ context.Context, r *satisfactionv1.RelateSalesToServiceRequest) (*satisfactionv1.SalesServiceRelation, error) {
	one, other := r.GetPoints()[0], r.GetPoints()[1]
	if other.GetServicePercent() < one.GetServicePercent() {
		one, other = other, one
	}
	line, err := stats.TwoPoints(stats.Observed{Service: given(one.GetServicePercent()), Sales: given(one.GetSales())},
		stats.Observed{Service: given(other.GetServicePercent()), Sales: given(other.GetSales())})
	if err != nil {
		return nil, stats.Violation(err, "points")
	}
	out := &satisfactionv1.SalesServiceRelation{
		SalesPerPercent: line.Slope.InexactFloat64(), Intercept: line.Intercept.InexactFloat64(), SalesResponse: line.Response.InexactFloat64(), Inputs: r,
	}
	low, high := number(one.GetServicePercent()), number(other.GetServicePercent())
	out.ExplanationEn = fmt.Sprintf("From %s to %s %% sales go from %s to %s: %s per percent, which is %s of the sales at %s %%. Between the two, sales = %s + %s x service.",
		low, high, number(one.GetSales()), number(other.GetSales()), line.Slope, line.Response, low, line.Intercept, line.Slope)
	out.ExplanationZh = fmt.Sprintf("服务水平由 %s%% 到 %s%%，销售额由 %s 到 %s：每个百分点 %s，为 %s%% 时销售额的 %s。两点之间，销售额 = %s + %s × 服务水平。",
		low, high, number(one.GetSales()), number(other.GetSales()), line.Slope, low, line.Response, line.Intercept, line.Slope)
	if r.AtPercent == nil {
		return out, nil
	}
	if at := r.GetAtPercent(); at < one.GetServicePercent() || at > other.GetServicePercent() {
		return nil, fault.Invalid(fault.Field("at_percent", "OUTSIDE", fault.Text{
			En: "is not between " + low + " and " + high + ": beyond the two points nothing is known", Zh: "不在 " + low + " 与 " + high + " 之间：两点之外无法判断",
		}))
	}
	sales := line.At(given(r.GetAtPercent())).InexactFloat64()
	out.Sales = &sales
	return out, nil
}
