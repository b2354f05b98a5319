package casefile

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// model is a case as somebody would keep it on paper: where it is, who has it, what was counted, and how its two clocks run.
type model struct {
	state              State
	who                string
	triaged, started   bool
	answered           bool
	reopened, passedOn int32
	response           string // running, stopped, cancelled
	resolution         string // running, paused, stopped, cancelled
}

// step does on paper what a verb does; false when it must be refused.
func (m *model) step(verb Verb, who string) bool {
	i := 0
	for allVerbs[i] != verb {
		i++
	}
	to := leads[m.state][i]
	if to == 0 {
		return false
	}
	answer := func() {
		if !m.answered {
			m.answered, m.response = true, "stopped"
		}
	}
	switch verb {
	case Triage:
		m.triaged = true
	case Assign:
		if who == m.who {
			return true
		}
		if m.who != "" {
			m.passedOn++
		}
		m.who = who
	case Start:
		m.started = true
	case Wait:
		m.resolution = "paused"
	case Resume:
		m.resolution = "running"
	case Respond:
		answer()
	case Resolve:
		answer()
		m.resolution = "stopped"
	case Confirm:
	case Close:
		if m.resolution != "stopped" {
			m.resolution = "cancelled"
		}
		if m.response == "running" {
			m.response = "cancelled"
		}
	case Reopen:
		m.reopened++
		m.resolution = "running"
		if !m.answered {
			m.response = "running"
		}
		switch {
		case m.who != "" && m.started:
			to = InProgress
		case m.who != "":
			to = Assigned
		case m.triaged:
			to = Triaged
		default:
			to = Received
		}
	}
	m.state = to
	return true
}

// hear follows the ticks that a case gives its clocks; it complains about one that makes no sense.
func hear(t *rapid.T, response, resolution *string, ticks []Tick) {
	must := func(is bool, tick Tick) {
		if !is {
			t.Fatalf("tick %d while the response is %s and the resolution %s", tick, *response, *resolution)
		}
	}
	for _, tick := range ticks {
		switch tick {
		case Pause:
			must(*resolution == "running", tick)
			*resolution = "paused"
		case Continue:
			must(*resolution == "paused", tick)
			*resolution = "running"
		case StopResponse:
			must(*response == "running", tick)
			*response = "stopped"
		case StopResolution:
			must(*resolution == "running", tick)
			*resolution = "stopped"
		case CancelAll:
			must(*resolution == "running" || *resolution == "paused", tick)
			*resolution = "cancelled"
			if *response == "running" {
				*response = "cancelled"
			}
		case RestartResponse:
			must(*response == "cancelled", tick)
			*response = "running"
		case RestartResolution:
			must(*resolution == "stopped" || *resolution == "cancelled", tick)
			*resolution = "running"
		}
	}
}

func TestAnySequenceOfVerbs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := in(Received)
		m := &model{state: Received, response: "running", resolution: "running"}
		response, resolution, now := "running", "running", noon
		for range rapid.IntRange(1, 60).Draw(t, "length") {
			verb, who := rapid.SampledFrom(allVerbs).Draw(t, "verb"), rapid.SampledFrom([]string{"ann", "bob", "cai"}).Draw(t, "who")
			now = now.Add(time.Duration(rapid.IntRange(0, 3600).Draw(t, "seconds")) * time.Second)
			before := *c
			outcome := Withdrawn
			if c.State >= Resolved {
				outcome = Solved
			}
			taken, err := c.Take(&Step{Verb: verb, At: now, Assignee: who, Text: "x", Outcome: outcome})
			if ok := m.step(verb, who); ok != (err == nil) {
				t.Fatalf("%s from %s: %v", verb, before.State, err)
			}
			if err != nil {
				if *c != before || fault.From(err).Reason() != "WRONG_STATE" {
					t.Fatalf("%s from %s: %v", verb, before.State, err)
				}
				continue
			}
			hear(t, &response, &resolution, taken.Ticks)
			requireLike(t, c, m, response, resolution)
			if !taken.Changed && *c != before {
				t.Fatalf("%s from %s has changed something and says that it has not", verb, before.State)
			}
		}
	})
}

// requireLike holds a case and its clocks to the paper.
func requireLike(t *rapid.T, c *Case, m *model, response, resolution string) {
	if c.State != m.state || c.Assignee != m.who || c.ReopenCount != m.reopened || c.ReassignCount != m.passedOn || (c.FirstResponse != nil) != m.answered {
		t.Fatalf("%+v is not %+v", c, m)
	}
	if response != m.response || resolution != m.resolution {
		t.Fatalf("clocks %s and %s, on paper %s and %s", response, resolution, m.response, m.resolution)
	}
	if (c.WaitTime != nil) != (c.State == Waiting) || (c.CloseTime != nil) != (c.State == Closed) || (c.Outcome != 0) != (c.State == Closed) {
		t.Fatalf("%+v", c)
	}
	if c.State == Resolved && c.ResolveTime == nil || c.Open() && c.ResolveTime != nil || c.Open() && c.ConfirmTime != nil {
		t.Fatalf("%+v", c)
	}
}
