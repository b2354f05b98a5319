package purchase

import "math"

// The places of the parameters in a vector of their logarithms.
const (
	logR = iota
	logAlpha
	logA
	logB
	dimensions
)

// sample is a population made ready for many evaluations of its likelihood.
type sample struct {
	groups []group
	events float64 // customers and their repeat purchases
	steps  []steps // by number of purchases, of the parameters last evaluated
}

// group is customers with one history.
type group struct {
	History
	customers float64
}

// steps are the parts of the likelihood that depend on the number of purchases x alone. As x is whole, quotients of gamma functions are products of x
// factors: no gamma function of a large argument is ever subtracted from another.
type steps struct {
	gamma   float64 // ln Γ(r+x)/Γ(r)
	survive float64 // ln B(a,b+x)/B(a,b): no dropout at x purchases
	gammaR  float64 // derivative of gamma by r
	byA     float64 // derivative of survive by a
	byB     float64 // derivative of survive by b
}

// newSample groups the population and measures time in units of scale.
func newSample(p Population, scale float64) *sample {
	s := &sample{groups: make([]group, 0, len(p))}
	most := 0
	for _, h := range p.sorted() {
		count := float64(p[h])
		s.groups = append(s.groups, group{History{X: h.X, Tx: h.Tx / scale, T: h.T / scale}, count})
		s.events += count * float64(1+h.X)
		most = max(most, h.X)
	}
	s.steps = make([]steps, most+1)
	return s
}

// logLikelihood is the natural logarithm of the likelihood of the sample (equation 6 of the paper, summed). Its derivatives by the logarithms of the
// parameters are stored into gradient.
func (s *sample) logLikelihood(m Model, gradient *[dimensions]float64) (sum float64) {
	s.prepare(m)
	*gradient = [dimensions]float64{}
	for i := range s.groups {
		g := &s.groups[i]
		sum += g.customers * m.logLikelihood(g.History, &s.steps[g.X], g.customers, gradient)
	}
	for i, parameter := range [dimensions]float64{m.R, m.Alpha, m.A, m.B} {
		gradient[i] *= parameter // by ln p is p times by p
	}
	return sum
}

func (s *sample) prepare(m Model) {
	for x := range len(s.steps) - 1 {
		i, before, after := float64(x), &s.steps[x], &s.steps[x+1]
		after.gamma = before.gamma + math.Log(m.R+i)
		after.gammaR = before.gammaR + 1/(m.R+i)
		after.survive = before.survive - math.Log1p(m.A/(m.B+i))
		after.byA = before.byA - 1/(m.A+m.B+i)
		after.byB = before.byB + m.A/(m.A+m.B+i)/(m.B+i)
	}
}

// logLikelihood is that of one history; weight times its derivatives by the parameters are added to gradient. The likelihood is the sum of two stories,
// still alive at T or dropped out at Tx: the first is taken out as a factor, what remains is 1 + e^d with d the logarithm of their odds.
func (m Model) logLikelihood(h History, at *steps, weight float64, gradient *[dimensions]float64) float64 {
	x := float64(h.X)
	end := m.Alpha + h.T
	spread := math.Log1p(h.T / m.Alpha)
	value := at.gamma + at.survive - m.R*spread - x*math.Log(end)
	byR := at.gammaR - spread
	byAlpha := m.R*h.T/m.Alpha/end - x/end
	byA, byB := at.byA, at.byB
	if h.X > 0 {
		last := m.Alpha + h.Tx
		silence := math.Log1p((h.T - h.Tx) / last)
		d := m.logOddsDead(h)
		value += softplus(d)
		dead := 1 / (1 + math.Exp(-d))
		byR += dead * silence
		byAlpha -= dead * (m.R + x) * (h.T - h.Tx) / end / last
		byA += dead / m.A
		byB -= dead / (m.B + (x - 1))
	}
	gradient[logR] += weight * byR
	gradient[logAlpha] += weight * byAlpha
	gradient[logA] += weight * byA
	gradient[logB] += weight * byB
	return value
}

// logOddsDead is the logarithm of P(dropped out)/P(alive) of a customer with repeat purchases: a/(b+x-1) ((alpha+T)/(alpha+tx))^(r+x).
func (m Model) logOddsDead(h History) float64 {
	x := float64(h.X)
	return math.Log(m.A) - math.Log(m.B+(x-1)) + (m.R+x)*math.Log1p((h.T-h.Tx)/(m.Alpha+h.Tx))
}

// softplus is ln(1 + e^d) without overflow.
func softplus(d float64) float64 { return max(d, 0) + math.Log1p(math.Exp(-math.Abs(d))) }
