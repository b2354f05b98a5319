package formula

import (
	"context"
	"fmt"

	"github.com/guanxi-crm/guanxi/libs/fault"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
)

// usualProportion is the one that takes the largest sample.
const usualProportion = 0.5

// ComputeSampleSize implements FormulaService.
func (s *Server) ComputeSampleSize(ctx context.Context, r *satisfactionv1.ComputeSampleSizeRequest) (*satisfactionv1.SampleSize, error) {
	confidence, err := s.confidence(ctx, r.Confidence)
	if err != nil {
		return nil, err
	}
	strata, method, err := strataOf(r.GetStrata())
	if err != nil {
		return nil, err
	}
	population, err := populationOf(r)
	if err != nil {
		return nil, err
	}
	out := &satisfactionv1.SampleSize{Method: method, Confidence: confidence, Proportion: usualProportion, Population: int32(population)}
	if r.Proportion != nil {
		out.Proportion = r.GetProportion()
	}
	size, err := stats.SampleSize(population, confidence, r.GetError(), out.GetProportion())
	if err != nil {
		return nil, stats.Violation(err, "error")
	}
	size = max(size, int64(len(strata)))
	out.Size = int32(size)
	if len(strata) == 0 {
		return out, nil
	}
	allocate := stats.Proportional
	if method == satisfactionv1.SampleSize_NEYMAN {
		allocate = stats.Neyman
	}
	allocations, err := allocate(size, strata)
	if err != nil {
		return nil, stats.Violation(err, "strata")
	}
	for _, n := range allocations {
		out.Allocations = append(out.Allocations, int32(n))
	}
	return out, nil
}

// populationOf is the population, which is the sum of the strata where there are any.
func populationOf(r *satisfactionv1.ComputeSampleSizeRequest) (int64, error) {
	given := int64(r.GetPopulation())
	if len(r.GetStrata()) == 0 {
		return given, nil
	}
	var sum int64
	for _, stratum := range r.GetStrata() {
		sum += int64(stratum.GetSize())
	}
	if given != 0 && given != sum {
		return 0, fault.Invalid(fault.Field("population", "POPULATION", fault.Text{
			En: fmt.Sprintf("is not the sum of the strata, %d", sum), Zh: fmt.Sprintf("不等于各层之和 %d", sum),
		}))
	}
	if sum > stats.MostSample {
		return 0, fault.Invalid(fault.Field("strata", "TOO_LARGE", fault.Text{En: "have more than 1,000,000,000 in all", Zh: "总数超过 1,000,000,000"}))
	}
	return sum, nil
}

// strataOf reads strata, and by what they share a sample: where only costs are given, all vary alike.
func strataOf(list []*satisfactionv1.SampleStratum) ([]stats.Stratum, satisfactionv1.SampleSize_Method, error) {
	if len(list) == 0 {
		return nil, satisfactionv1.SampleSize_METHOD_UNSPECIFIED, nil
	}
	strata := make([]stats.Stratum, len(list))
	deviations, costs := 0, 0
	for i, s := range list {
		strata[i] = stats.Stratum{Size: int64(s.GetSize()), Deviation: s.GetStdDev(), Cost: s.GetCost()}
		if s.StdDev != nil {
			deviations++
		}
		if s.Cost != nil {
			costs++
		}
	}
	for _, count := range []struct {
		n           int
		field, rule string
	}{{deviations, "std_dev", "STD_DEV"}, {costs, "cost", "COST"}} {
		if count.n != 0 && count.n != len(list) {
			return nil, 0, fault.Invalid(fault.Field("strata", count.rule, fault.Text{
				En: "must have " + count.field + " in all strata or in none", Zh: "各层须全部给出 " + count.field + "，或全部不给",
			}))
		}
	}
	if deviations+costs == 0 {
		return strata, satisfactionv1.SampleSize_PROPORTIONAL, nil
	}
	for i := range strata {
		if deviations == 0 {
			strata[i].Deviation = 1
		}
	}
	return strata, satisfactionv1.SampleSize_NEYMAN, nil
}
