// Package doctor looks at what a service rests on, and says what is wrong and what to do about it.
package doctor

import (
	"context"
	"fmt"
	"time"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// State is how well something is.
type State int

// The states. Bad is what loses data or stops work; Odd is what will, or slows it.
const (
	Good State = iota
	Odd
	Bad
)

// Finding is what was looked at and what was found.
type Finding struct {
	Service string
	What    fault.Text
	State   State
	// Found is a figure or an error's text; Advice says what to do when the state is not good.
	Found  string
	Advice fault.Text
}

// look is one thing that is looked at: what it is, how, and what to do when it is not good.
type look struct {
	what   fault.Text
	advice fault.Text
	at     func(context.Context) (State, string, error)
}

// lookWithin bounds one look.
const lookWithin = 10 * time.Second

// run makes findings of looks; one that fails is bad, and the others go on.
func run(ctx context.Context, service string, looks []look) []Finding {
	found := make([]Finding, 0, len(looks))
	for _, l := range looks {
		ctx, cancel := context.WithTimeout(ctx, lookWithin)
		state, text, err := l.at(ctx)
		cancel()
		if err != nil {
			state, text = Bad, err.Error()
		}
		found = append(found, Finding{Service: service, What: l.what, State: state, Found: text, Advice: l.advice})
	}
	return found
}

// graded compares a figure with two limits.
func graded[N int | int64 | uint64 | float64 | time.Duration](n, odd, bad N) State {
	switch {
	case n >= bad:
		return Bad
	case n >= odd:
		return Odd
	default:
		return Good
	}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
