// Package ledger remembers what the clients of a fault run asked for and what they were told: the one side of what the checker
// compares.
package ledger

import (
	"regexp"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
)

const (
	// prefix is what every mark begins with.
	prefix = "fault-"
	// Poison is in the mark of a write whose event no subscriber can digest.
	Poison = "-poison"
)

// Outcome is what a client knows of its call.
type Outcome int

// The outcomes.
const (
	// Unknown: no answer, or one that does not say. It may have happened.
	Unknown Outcome = iota
	// Acknowledged: it has happened.
	Acknowledged
	// Refused: it has not happened.
	Refused
)

// Attempt is one time that a call was made.
type Attempt struct {
	Outcome Outcome
	Code    codes.Code
	// Ours says that the refusal came from the service and not from the wire.
	Ours bool
	// Resource is the name of what the answer showed.
	Resource string
	// Answer is a digest of it.
	Answer string
	// Took is how long it lasted, Within how long it was let.
	Took, Within time.Duration
	// Text is the error's.
	Text string
}

// Call is a write that has one request_id, however often it was tried.
type Call struct {
	// Mark is the request_id; the write leaves it in a field of what it writes, too.
	Mark string
	// What says which RPC it was.
	What     string
	Attempts []Attempt
}

// Outcome of all attempts together: an acknowledgement is one for good, and it was refused only if none may have done it.
func (c Call) Outcome() Outcome {
	all := Refused
	for _, a := range c.Attempts {
		switch a.Outcome {
		case Acknowledged:
			return Acknowledged
		case Unknown:
			all = Unknown
		case Refused:
		}
	}
	return all
}

// Ledger is safe for concurrent use.
type Ledger struct {
	mu    sync.Mutex
	calls map[string]*Call
	order []string

	acknowledged int
}

// New is an empty ledger.
func New() *Ledger { return &Ledger{calls: map[string]*Call{}} }

// Mark makes the mark of a write.
func Mark(id string) string { return prefix + id }

var marks = regexp.MustCompile(prefix + `\d+-\d+(` + Poison + `)?`)

// Marks finds the marks in a text.
func Marks(text string) []string { return marks.FindAllString(text, -1) }

// Begin enters a call before it is made: one that was never entered and yet left a trace was invented.
func (l *Ledger) Begin(mark, what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls[mark] = &Call{Mark: mark, What: what}
	l.order = append(l.order, mark)
}

// Attempted adds an attempt to a call.
func (l *Ledger) Attempted(mark string, a Attempt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.calls[mark]
	before := c.Outcome()
	c.Attempts = append(c.Attempts, a)
	if a.Outcome == Acknowledged && before != Acknowledged {
		l.acknowledged++
	}
}

// Calls are all calls, as they were begun.
func (l *Ledger) Calls() []Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]Call, len(l.order))
	for i, mark := range l.order {
		out[i] = *l.calls[mark]
		out[i].Attempts = slices.Clone(out[i].Attempts)
	}
	return out
}

// Acknowledged is how many calls were.
func (l *Ledger) Acknowledged() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.acknowledged
}
