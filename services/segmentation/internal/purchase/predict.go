package purchase

import "math"

// ProbabilityAlive is the probability that a customer with history h has not dropped out at the end of it. Without a repeat purchase it is 1: the model lets
// nobody drop out before.
func (m Model) ProbabilityAlive(h History) float64 {
	if h.X == 0 {
		return 1
	}
	return 1 / (1 + math.Exp(m.logOddsDead(h)))
}

// ExpectedPurchases is the expected number of purchases of a customer with history h within horizon (from 0 to MaxTime) after the end of it, at least 0. The model and
// the history must have passed their Check.
//
// It is equation 10 of the paper, which is written there with Gauss's hypergeometric function as (a+b+x-1)/(a-1) times [1 - ... 2F1(...)]. In that
// form it is 0/0 at a = 1, loses all digits near it, and its series hardly converges for a long horizon. Here the same expectation is taken one step
// before the integral over the probability p of dropping out is solved: a customer alive, with shape n = r+x and rate alpha+T, is expected to buy
// (1 - (1+p τ)^-n) / p times with τ = horizon / (alpha+T), and p has the beta distribution (a, b+x). All of that integral is positive: nothing
// cancels, whatever the parameters.
func (m Model) ExpectedPurchases(h History, horizon float64) float64 {
	if horizon == 0 {
		return 0
	}
	x := float64(h.X)
	return m.ProbabilityAlive(h) * meanOverBeta(m.A, m.B+x, m.R+x, horizon/(m.Alpha+h.T))
}

// meanOverBeta is the mean of (1 - (1+p tau)^-n) / p over a beta distribution (a, c) of p.
//
// With p = 1/(1+e^-v) the density is a smooth hill over all real v that falls off exponentially on both sides. The trapezoidal rule with equal steps is then as
// exact as the floating point allows (Trefethen and Weideman, The Exponentially Convergent Trapezoidal Rule, SIAM Review 56(3), 2014) once the step is a
// fraction of the hill's width and of pi, the distance of the nearest singularity in the complex plane. Heights are taken relative to the top of the hill, and
// the sum is divided by that over the density alone, so no beta function is needed.
func meanOverBeta(a, c, n, tau float64) float64 {
	h := hill{a: a, c: c, n: n, tau: tau, p: a / (a + c), q: c / (a + c)}
	step := 0.25 / math.Sqrt(1+a*h.q)
	left, leftSum := h.slope(-step, a)
	right, rightSum := h.slope(step, c)
	return (leftSum + h.value(h.p) + rightSum) / (left + 1 + right)
}

// hill is the integrand of meanOverBeta around the top of the density, which is at p = 1-q.
type hill struct{ a, c, n, tau, p, q float64 }

// value is what the mean is taken of: the expected purchases of a customer with this p.
func (h *hill) value(p float64) float64 { return -math.Expm1(-h.n*math.Log1p(p*h.tau)) / p }

// at returns p, 1-p and the height of the density, relative to the top, at the distance d from it.
func (h *hill) at(d float64) (p, q, height float64) {
	logP, logQ := -logRise(h.q, h.p, -d), -logRise(h.p, h.q, d)
	return h.p * math.Exp(logP), h.q * math.Exp(logQ), math.Exp(h.a*logP + h.c*logQ)
}

// logRise is ln(1 + p (e^d - 1)) for q = 1-p, to the last digits however small p, q or e^d.
func logRise(p, q, d float64) float64 {
	if p > 0.5 && d < -1 {
		return math.Log(q + p*math.Exp(d))
	}
	return math.Log1p(p * math.Expm1(d))
}

const (
	// negligible is what is left out, relative to the sum.
	negligible = 1e-17
	// maxNodes is never reached: for all that Check allows less than 1,000 are enough.
	maxNodes = 10_000
)

// slope goes down one side of the hill, adding up density and integrand. At its foot the density falls by e^(-steepness) for each unit of v.
func (h *hill) slope(step, steepness float64) (density, sum float64) {
	straight := negligible / (1 + h.a + h.c + (h.n+1)*h.tau) // so near to 0 or 1 of p the density is a bare exponential of v, the value constant
	for node := 1; node <= maxNodes; node++ {
		p, q, height := h.at(step * float64(node))
		term := height * h.value(p)
		if (step < 0 && p < straight) || (step > 0 && q < straight) {
			rest := -1 / math.Expm1(-steepness*math.Abs(step)) // the geometric series of all that follow
			return density + height*rest, sum + term*rest
		}
		density += height
		sum += term
		if height < negligible*density && term < negligible*sum {
			break
		}
	}
	return density, sum
}
