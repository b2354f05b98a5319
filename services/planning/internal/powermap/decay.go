package powermap

import (
	"math"
	"slices"
	"time"

	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// day of 24 hours: days are midnights UTC.
const day = 24 * time.Hour

// Strength is what an observation of one day counts on another: 1 on the same day, half of it after the half-life, and so on; 0 before it was made.
func Strength(observed, on time.Time, rules settings.Evidence) float64 {
	age := on.Sub(observed) / day
	if age < 0 {
		return 0
	}
	return math.Exp2(-float64(age) / float64(rules.HalfLifeDays))
}

// counts says whether a strength is not stale.
func counts(strength float64, rules settings.Evidence) bool {
	return strength > 0 && strength >= rules.StaleBelow
}

// forever is an age in days that nothing reaches.
const forever = 1 << 20

// Lifetime is the greatest age in days at which an observation counts; negative when none does.
func Lifetime(rules settings.Evidence) int {
	if rules.StaleBelow <= 0 {
		return forever
	}
	at := func(age int) float64 { return math.Exp2(-float64(age) / float64(rules.HalfLifeDays)) }
	// The logarithm may be off by one where the exponential that decides is exact.
	age := int(-math.Log2(rules.StaleBelow) * float64(rules.HalfLifeDays))
	for counts(at(age+1), rules) {
		age++
	}
	for age >= 0 && !counts(at(age), rules) {
		age--
	}
	return age
}

// Fresh says whether an observation of one day still counts on another.
func Fresh(observed, on time.Time, rules settings.Evidence) bool {
	return counts(Strength(observed, on, rules), rules)
}

// NextStale is the first day after a given one on which evidence that counts on it does so no longer; ok is false when there is none.
func NextStale(claims []Claim, on time.Time, rules settings.Evidence) (next time.Time, ok bool) {
	lifetime := Lifetime(rules)
	if lifetime >= forever {
		return time.Time{}, false
	}
	for i := range claims {
		for _, e := range claims[i].Evidence {
			stale := e.Day.AddDate(0, 0, lifetime+1)
			if stale.After(on) && !e.Day.After(on) && (!ok || stale.Before(next)) {
				next, ok = stale, true
			}
		}
	}
	return next, ok
}

// Weighed is a claim as it stands on a day.
type Weighed struct {
	*Claim
	Strength  float64
	Newest    time.Time // the day of its latest evidence; zero without any
	Stale     bool
	Observers int // who have observed it lately
	Confirmed bool

	who, other int // the numbers of its nodes, where it has been given any
}

func weigh(c *Claim, on time.Time, rules settings.Evidence) Weighed {
	w := Weighed{Claim: c, Stale: true}
	latest, ok := c.newest(on)
	if !ok {
		return w
	}
	w.Newest, w.Strength = latest, Strength(latest, on, rules)
	w.Stale = !counts(w.Strength, rules)
	w.Observers = observers(c.Evidence, on, rules)
	w.Confirmed = !w.Stale && (!c.matters() || w.Observers >= int(rules.IndependentObservers))
	return w
}

// observers counts who has observed something so lately that it counts by his word alone.
func observers(evidence []Evidence, on time.Time, rules settings.Evidence) (count int) {
	for i, e := range evidence {
		if !Fresh(e.Day, on, rules) {
			continue
		}
		again := slices.ContainsFunc(evidence[:i], func(o Evidence) bool { return o.Observer == e.Observer && Fresh(o.Day, on, rules) })
		if !again {
			count++
		}
	}
	return count
}
