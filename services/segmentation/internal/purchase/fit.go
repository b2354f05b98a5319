package purchase

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

const (
	// MinCustomers is the fewest customers that a model is fitted to. The number is ours: below it four parameters are guesswork.
	MinCustomers = 30

	// maxSteps bounds the search from one start. CDNOW, the data of the paper, takes 25.
	maxSteps = 300
	// sought is the slope of the log-likelihood, for each purchase, at which the search ends; enough is the one that is accepted where rounding ends it before,
	// as it does at the edge.
	sought = 1e-8
	enough = 1e-5
	// edge is the logarithm of how far from 1 a parameter is let go freely, in the unit of time of the fit; wall is where it is held.
	edge = 13.815510557964274 // ln 1e6
	wall = edge + 5
)

// starts are the parameters from which the maximum is sought, alpha being set so that the mean rate is that of the population: many customers who buy little,
// everybody alike, nearly nobody dropping out. The likelihood has one maximum on all data that we know, but that is not proven.
var starts = []Model{{R: 0.5, A: 1, B: 2}, {R: 5, A: 0.5, B: 5}, {R: 1, A: 0.05, B: 1}}

// Fit returns the model under which the population is most likely. The same population always gives the same model.
//
// A population at the edge of the model ends within 1e-6 to 1e6 in every parameter (alpha: times the mean observed time): customers who all buy at one rate
// drive R and Alpha up, customers of whom nobody drops out drive A down.
//
// Errors: INVALID_ARGUMENT at "histories" with TOO_FEW, NO_REPEAT_PURCHASES or NOT_CONVERGED; that of ctx when it ends.
func Fit(ctx context.Context, p Population) (Model, error) {
	var customers, purchases, time float64
	for _, h := range p.sorted() {
		if err := h.Check(); err != nil {
			return Model{}, fault.Prefix(err, "histories")
		}
		count := float64(p[h])
		customers += count
		purchases += count * float64(h.X)
		time += count * h.T
	}
	switch {
	case customers < MinCustomers:
		return Model{}, invalid("histories", "TOO_FEW", fmt.Sprintf("must be at least %d", MinCustomers), fmt.Sprintf("至少需要 %d 条", MinCustomers))
	case purchases == 0:
		return Model{}, invalid("histories", "NO_REPEAT_PURCHASES", "must have a repeat purchase somewhere", "至少要有一次重复购买")
	}
	// In units of the mean observed time all numbers are near 1. The likelihood is a density of x times, so it differs by scale^x.
	scale := time / customers
	best, err := newSample(p, scale).fit(ctx, purchases/customers)
	if err != nil {
		return Model{}, err
	}
	best.Alpha *= scale
	best.LogLikelihood -= purchases * math.Log(scale)
	return best, nil
}

// fit returns the best of what the starts lead to; rate is the mean number of purchases in a unit of time.
func (s *sample) fit(ctx context.Context, rate float64) (Model, error) {
	best := Model{LogLikelihood: math.Inf(-1)}
	for _, start := range starts {
		start.Alpha = start.R / rate
		found, ok, err := s.climb(ctx, start)
		if err != nil {
			return Model{}, err
		}
		if ok && found.LogLikelihood > best.LogLikelihood {
			best = found
		}
	}
	if math.IsInf(best.LogLikelihood, -1) {
		return Model{}, invalid("histories", "NOT_CONVERGED",
			fmt.Sprintf("have no maximum of the likelihood that was found within %d steps", maxSteps),
			fmt.Sprintf("在 %d 步内未找到似然函数的最大值", maxSteps))
	}
	return best, nil
}

// climb goes up from start and says whether it arrived.
func (s *sample) climb(ctx context.Context, start Model) (found Model, ok bool, err error) {
	o := &objective{sample: s}
	problem := optimize.Problem{
		Func: o.value,
		Grad: func(into, at []float64) { o.evaluate(at); copy(into, o.gradient[:]) },
		Status: func() (optimize.Status, error) {
			if err := ctx.Err(); err != nil {
				return optimize.Failure, err
			}
			return optimize.NotTerminated, nil
		},
	}
	at := []float64{math.Log(start.R), math.Log(start.Alpha), math.Log(start.A), math.Log(start.B)}
	settings := &optimize.Settings{
		GradientThreshold: sought, MajorIterations: maxSteps, FuncEvaluations: 5 * maxSteps, Converger: optimize.NeverTerminate{},
	}
	result, err := optimize.Minimize(problem, at, settings, &optimize.BFGS{})
	if ended := ctx.Err(); ended != nil {
		return Model{}, false, ended
	}
	if result == nil { // what else goes wrong ends the search, such as a step too small to be taken; where it ended is judged by the slope
		return Model{}, false, err
	}
	o.evaluate(result.X)
	found = modelAt(result.X)
	found.LogLikelihood = o.logLikelihood
	return found, floats.Norm(o.gradient[:], math.Inf(1)) <= enough, nil
}

// objective is what is minimized: the negative log-likelihood for each purchase, and beyond the edge a rising slope that leads back. It remembers the
// point evaluated last, as the value and the gradient are asked for one by one.
type objective struct {
	*sample
	at, gradient        [dimensions]float64
	mean, logLikelihood float64
	evaluated           bool
}

func (o *objective) value(at []float64) float64 {
	o.evaluate(at)
	return o.mean
}

func (o *objective) evaluate(at []float64) {
	if o.evaluated && [dimensions]float64(at) == o.at {
		return
	}
	o.at, o.evaluated = [dimensions]float64(at), true
	o.logLikelihood = o.sample.logLikelihood(modelAt(at), &o.gradient)
	o.mean = -o.logLikelihood / o.events
	for i, position := range at {
		o.gradient[i] /= -o.events
		if math.Abs(position) > wall {
			o.gradient[i] = 0 // the model is held at the wall
		}
		if beyond := math.Abs(position) - edge; beyond > 0 {
			o.mean += beyond * beyond
			o.gradient[i] += math.Copysign(2*beyond, position)
		}
	}
}

// modelAt is the model at a point of the search, which goes over the logarithms of the parameters: so they stay positive.
func modelAt(at []float64) Model {
	parameter := func(i int) float64 { return math.Exp(min(max(at[i], -wall), wall)) }
	return Model{R: parameter(logR), Alpha: parameter(logAlpha), A: parameter(logA), B: parameter(logB)}
}
