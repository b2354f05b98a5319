package casefile

import (
	"fmt"
	"slices"

	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Verb is what is done with a case, as it stands in timelines and refusals.
type Verb string

// The verbs.
const (
	Triage  Verb = "triage"
	Assign  Verb = "assign"
	Start   Verb = "start"
	Wait    Verb = "waitForCustomer"
	Resume  Verb = "resume"
	Respond Verb = "respond"
	Resolve Verb = "resolve"
	Confirm Verb = "confirm"
	Close   Verb = "close"
	Reopen  Verb = "reopen"
)

// transitions are what may follow what: by verb the states from which it leads, and where to. Where it says several states, the case tells by how far its work had come.
var transitions = map[Verb]map[State][]State{
	Triage: {Received: {Triaged}},
	Assign: {Triaged: {Assigned}, Assigned: {Assigned}, InProgress: {Assigned}, Waiting: {Waiting}},
	Start:  {Assigned: {InProgress}},
	Wait:   {InProgress: {Waiting}},
	Resume: {Waiting: {InProgress}},
	Respond: {
		Received: {Received}, Triaged: {Triaged}, Assigned: {Assigned}, InProgress: {InProgress}, Waiting: {Waiting}, Resolved: {Resolved},
	},
	Resolve: {InProgress: {Resolved}, Waiting: {Resolved}},
	Confirm: {Resolved: {Confirmed}},
	Close: {
		Received: {Closed}, Triaged: {Closed}, Assigned: {Closed}, InProgress: {Closed}, Waiting: {Closed}, Resolved: {Closed}, Confirmed: {Closed},
	},
	Reopen: {Resolved: reopened, Confirmed: reopened, Closed: reopened},
}

// reopened are the states that a case can go on from.
var reopened = []State{InProgress, Assigned, Triaged, Received}

// next is the state that a verb brings a case to.
func (c *Case) next(v Verb) (State, error) {
	to := transitions[v][c.State]
	switch {
	case len(to) == 0:
		return 0, stateError(c, v)
	case len(to) == 1:
		return to[0], nil
	}
	at := c.worked()
	if !slices.Contains(to, at) { // the table names all that worked can say
		return 0, stateError(c, v)
	}
	return at, nil
}

// worked is how far the work on a case had come before it was resolved or closed.
func (c *Case) worked() State {
	switch {
	case c.Assignee != "" && c.StartTime != nil:
		return InProgress
	case c.Assignee != "":
		return Assigned
	case c.TriageTime != nil:
		return Triaged
	}
	return Received
}

// names are how states are written in the API.
var names = map[State]string{
	Received: "RECEIVED", Triaged: "TRIAGED", Assigned: "ASSIGNED", InProgress: "IN_PROGRESS", Waiting: "WAITING_FOR_CUSTOMER", Resolved: "RESOLVED",
	Confirmed: "CONFIRMED", Closed: "CLOSED",
}

func (s State) String() string {
	if name, ok := names[s]; ok {
		return name
	}
	return fmt.Sprintf("State(%d)", int16(s))
}

// stateError says that a verb leads nowhere from where the case is.
func stateError(c *Case, v Verb) error {
	return fault.New(codes.FailedPrecondition, "WRONG_STATE", fault.Text{
		En: c.Name() + " is " + c.State.String() + ", from which " + string(v) + " leads nowhere", Zh: c.Name() + " 处于 " + c.State.String() + " 状态，不能执行 " + string(v),
	}).With("state", c.State.String()).With("verb", string(v))
}

// ClosedError says that a closed case takes no such change.
func ClosedError(c *Case) error {
	return fault.New(codes.FailedPrecondition, "CASE_CLOSED", fault.Text{En: c.Name() + " is closed", Zh: c.Name() + " 已关闭"})
}
