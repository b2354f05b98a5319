package check

import (
	"time"

	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/tests/faults/internal/ledger"
)

// slack is by how much an answer may miss its deadline: the machine is busy.
const slack = time.Second

// calls compares what clients were told with the history of changes: what was acknowledged happened once, what was refused did not
// happen, what is unknown happened once or not at all, and nothing else happened.
func (c *checker) calls() {
	changes := map[string][]Change{}
	for _, change := range c.Changes {
		for _, mark := range change.Marks {
			changes[mark] = append(changes[mark], change)
		}
	}
	for _, call := range c.Calls {
		c.call(call, changes[call.Mark])
		delete(changes, call.Mark)
	}
	for mark, list := range changes {
		c.complainf("invented-write", "%s at %s was never asked for", mark, place{list[0].Aggregate, list[0].Version})
	}
}

func (c *checker) call(call ledger.Call, changes []Change) {
	outcome := call.Outcome()
	switch {
	case len(changes) > 1:
		c.complainf("doubled-write", "%s %s happened %d times", call.What, call.Mark, len(changes))
	case len(changes) == 0 && outcome == ledger.Acknowledged:
		c.complainf("lost-write", "%s %s was acknowledged and is not there", call.What, call.Mark)
	case len(changes) == 1 && outcome == ledger.Refused:
		c.complainf("refused-write", "%s %s was refused and is there", call.What, call.Mark)
	case len(changes) == 1 && outcome == ledger.Unknown && c.allow.NoUnknowns:
		c.complainf("accepted-call-failed", "%s %s happened and its caller was not told", call.What, call.Mark)
	}
	c.answers(call, changes)
}

// answers looks at what each attempt was told.
func (c *checker) answers(call ledger.Call, changes []Change) {
	first := ""
	for _, a := range call.Attempts {
		if a.Took > a.Within+slack {
			c.complainf("deadline", "%s %s took %s of %s", call.What, call.Mark, a.Took, a.Within)
		}
		if !expected(a.Code) {
			c.complainf("code", "%s %s: %s: %s", call.What, call.Mark, a.Code, a.Text)
		}
		if c.allow.NoUnknowns && a.Ours && a.Code != codes.ResourceExhausted {
			c.complainf("accepted-call-failed", "%s %s: %s: %s", call.What, call.Mark, a.Code, a.Text)
		}
		if a.Outcome != ledger.Acknowledged {
			continue
		}
		if first == "" {
			first = a.Answer
		}
		if a.Answer != first {
			c.complainf("two-answers", "%s %s was answered in two ways", call.What, call.Mark)
		}
		if len(changes) == 1 && a.Resource != changes[0].Resource {
			c.complainf("wrong-answer", "%s %s is %s and was answered as %s", call.What, call.Mark, changes[0].Resource, a.Resource)
		}
	}
}

// expected are the codes of a valid request under faults: those that invite to try again.
func expected(code codes.Code) bool {
	switch code {
	case codes.OK, codes.Unavailable, codes.DeadlineExceeded, codes.ResourceExhausted:
		return true
	default:
		return false
	}
}

// state compares each resource with the last entry of its history: whole or not at all.
func (c *checker) state() {
	last := map[string]Change{}
	numbers := map[string]int64{}
	for _, change := range c.Changes {
		if change.Version > last[change.Resource].Version {
			last[change.Resource] = change
		}
		numbers[change.Aggregate.String()] = max(numbers[change.Aggregate.String()], change.Version)
	}
	for _, row := range c.State {
		change, ok := last[row.Resource]
		switch {
		case !ok:
			c.complainf("state-without-history", "%s has none", row.Resource)
		case len(change.Marks) != 1 || change.Marks[0] != row.Mark:
			c.complainf("state-differs", "%s holds %s, its history ends with %v", row.Resource, row.Mark, change.Marks)
		}
		if row.Version > 0 && row.Version != numbers[row.Aggregate.String()] {
			c.complainf("state-differs", "%s counts %d changes, its history %d", row.Resource, row.Version, numbers[row.Aggregate.String()])
		}
		delete(last, row.Resource)
	}
	for resource := range last {
		c.complainf("history-without-state", "%s is gone", resource)
	}
}
