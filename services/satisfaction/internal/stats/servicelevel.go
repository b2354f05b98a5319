package stats

import (
	"math"

	"github.com/shopspring/decimal"
	"gonum.org/v1/gonum/stat/distuv"
)

// Stock is what the best service level of a stocked article depends on (Ballou, Business Logistics Management, chapter 4). All are above zero.
type Stock struct {
	// SalesResponse is by which part of itself the sales grow per percent of service: 0.0015 for 0.15 %.
	SalesResponse float64
	// TradingMargin is earned on a unit, AnnualSales are units a year.
	TradingMargin, AnnualSales float64
	// CarryingCostRate is what it costs a year to hold a unit in stock, as a part of ProductCost: 0.25 for 25 %.
	CarryingCostRate, ProductCost float64
	// DemandDeviation is the standard deviation of demand during the lead time, in units.
	DemandDeviation float64
}

// Step is from one percent of service to the next.
type Step struct {
	From, To int
	// MarginalZ is by how many standard deviations the safety stock grows, Cost what that costs a year.
	MarginalZ, Cost float64
}

// Optimum is the best service level, the probability of being in stock during the lead time.
type Optimum struct {
	// AnnualGain is what a percent more of service brings a year: margin x response x annual sales.
	AnnualGain float64
	// CostPerZ is what a standard deviation of safety stock costs a year: carrying cost x product cost x deviation.
	CostPerZ float64
	// MarginalZ is the change of z at which a percent costs what it brings: AnnualGain / CostPerZ.
	MarginalZ float64
	// Percent is the highest level to which every step from LeastLevel on costs no more than it brings, Continuous where that would be if levels were not whole.
	Percent    int
	Continuous float64
	// Worth is the step that led to Percent, Refused the one that would lead beyond; nil at the ends.
	Worth, Refused *Step
}

// Levels between which the best one is looked for: below the first the safety stock is negative, and the last step, to 100 %, costs more than anything.
const (
	LeastLevel = 50
	MostLevel  = 99
)

// OptimumLevel looks for it by the exact normal distribution; steps cost the more the higher they lead.
func OptimumLevel(s Stock) (*Optimum, error) {
	for _, f := range []float64{s.SalesResponse, s.TradingMargin, s.AnnualSales, s.CarryingCostRate, s.ProductCost, s.DemandDeviation} {
		if !(f > 0) || math.IsInf(f, 0) {
			return nil, undefined("POSITIVE", "must have all six figures above 0", "六项数据均须大于 0")
		}
	}
	o := &Optimum{
		AnnualGain: product(s.TradingMargin, s.SalesResponse, s.AnnualSales), CostPerZ: product(s.CarryingCostRate, s.ProductCost, s.DemandDeviation), Percent: LeastLevel,
	}
	o.MarginalZ = o.AnnualGain / o.CostPerZ
	if err := finite(o.AnnualGain, o.CostPerZ, o.MarginalZ); err != nil || !(o.MarginalZ > 0) {
		return nil, errNoNumber
	}
	for level := LeastLevel; level < MostLevel; level++ {
		step := o.step(level)
		if step.Cost > o.AnnualGain {
			o.Refused = &step
			break
		}
		o.Worth, o.Percent = &step, level+1
	}
	o.Continuous = o.continuous()
	return o, nil
}

// product multiplies the decimals that were written, so that money comes out as money.
func product(a, b, c float64) float64 {
	return decimal.NewFromFloat(a).Mul(decimal.NewFromFloat(b)).Mul(decimal.NewFromFloat(c)).InexactFloat64()
}

func (o *Optimum) step(level int) Step {
	marginal := distuv.UnitNormal.Quantile(float64(level+1)/100) - distuv.UnitNormal.Quantile(float64(level)/100)
	return Step{From: level, To: level + 1, MarginalZ: marginal, Cost: marginal * o.CostPerZ}
}

// continuous is where the slope of the cost is the gain: dz/dL = 0.01 / density(z) = MarginalZ. Where even the first bit costs more, it is LeastLevel.
func (o *Optimum) continuous() float64 {
	ratio := 0.01 / o.MarginalZ * math.Sqrt(2*math.Pi)
	if ratio >= 1 {
		return LeastLevel
	}
	return 100 * distuv.UnitNormal.CDF(math.Sqrt(-2*math.Log(ratio)))
}

// Tolerance is how far a service may be off its target when that saves delivery cost (Taguchi's loss L = k (y - m)^2; delivery costs A - B (y - m)).
type Tolerance struct {
	// K is the penalty at a deviation, by the square of that; Deviation B / (2 k).
	K, Deviation decimal.Decimal
	// Loss and Delivery are what either costs there, MinimumCost both together: A - B^2 / (4 k).
	Loss, Delivery, MinimumCost decimal.Decimal
}

// ToleranceOf finds it: penalty is what a deviation of so much costs, decrease what delivery gets cheaper by per unit of deviation, atTarget what it costs without any. Exact, and
// then rounded to Places.
func ToleranceOf(penalty, deviation, decrease, atTarget decimal.Decimal) (*Tolerance, error) {
	if !penalty.IsPositive() || !deviation.IsPositive() {
		return nil, undefined("POSITIVE", "must have a penalty and a deviation above 0", "惩罚与偏差须大于 0")
	}
	if decrease.IsNegative() || atTarget.IsNegative() {
		return nil, undefined("NEGATIVE", "must have a decrease of cost and a cost of at least 0", "成本降幅与成本不得小于 0")
	}
	square, two, four := deviation.Mul(deviation), decimal.NewFromInt(2), decimal.NewFromInt(4)
	saved := decrease.Mul(decrease).Mul(square) // B^2 / k, times the penalty
	return &Tolerance{
		K: quotient(penalty, square), Deviation: quotient(decrease.Mul(square), penalty.Mul(two)), Loss: quotient(saved, penalty.Mul(four)),
		Delivery: quotient(atTarget.Mul(penalty).Mul(two).Sub(saved), penalty.Mul(two)), MinimumCost: quotient(atTarget.Mul(penalty).Mul(four).Sub(saved), penalty.Mul(four)),
	}, nil
}

// Observed is what was sold, in a while, at a service level in percent.
type Observed struct{ Service, Sales decimal.Decimal }

// Relation is the straight line between two observations (two-points method [两点法]): what sales do with service between them; beyond them nothing is known, as sales respond less
// and less.
type Relation struct {
	// Slope is what a percent of service brings in sales, Intercept where the line would begin.
	Slope, Intercept decimal.Decimal
	// Response is the slope as a part of the sales at the lower level, as Stock.SalesResponse has it.
	Response decimal.Decimal

	from      Observed
	rise, run decimal.Decimal
}

// TwoPoints draws the line; the levels must differ and sales at the lower one be above zero.
func TwoPoints(one, other Observed) (*Relation, error) {
	if other.Service.LessThan(one.Service) {
		one, other = other, one
	}
	run := other.Service.Sub(one.Service)
	if run.IsZero() {
		return nil, undefined("SAME_LEVEL", "has the same service level twice: the line between them is not known", "两个服务水平相同，无法确定直线")
	}
	if !one.Sales.IsPositive() {
		return nil, undefined("POSITIVE", "must have sales above 0 at the lower service level", "较低服务水平的销售额须大于 0")
	}
	rise := other.Sales.Sub(one.Sales)
	return &Relation{
		Slope: quotient(rise, run), Intercept: quotient(one.Sales.Mul(run).Sub(rise.Mul(one.Service)), run), Response: quotient(rise, run.Mul(one.Sales)),
		from: one, rise: rise, run: run,
	}, nil
}

// At is what the line says of a service level.
func (r *Relation) At(service decimal.Decimal) decimal.Decimal {
	return quotient(r.from.Sales.Mul(r.run).Add(r.rise.Mul(service.Sub(r.from.Service))), r.run)
}
