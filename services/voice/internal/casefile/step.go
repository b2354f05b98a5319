package casefile

import (
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Step is something done with a case; which of the fields counts goes by the verb.
type Step struct {
	Verb         Verb
	At           time.Time
	Text         string // what is said of it: note, answer, resolution, reason
	Assignee     string
	Desk         uuid.NullUUID // that chose the assignee
	Track        Track         // triage; 0 leaves it, as with the next two
	Phase        int16
	Technicality int16
	Cause        string // resolve; "" leaves it, as with CauseText
	CauseText    string
	Outcome      Outcome // close; 0 is Solved
	HasOriginal  bool    // close: whether it is linked to the case that it is a duplicate of
	IsResponse   bool    // start: whether beginning counts as the first answer
}

// Tick is what happens to the clocks of a case.
type Tick int

// The ticks.
const (
	Pause Tick = iota + 1
	Continue
	StopResponse
	StopResolution
	CancelAll
	RestartResponse
	RestartResolution
)

// Taken is what a step has done.
type Taken struct {
	From, To State
	Changed  bool // of the case; what is only said leaves it as it was
	Before   string
	Ticks    []Tick // in their order
}

// Take does a step, if it may be done. The case is changed only when there is no error.
func (c *Case) Take(s *Step) (*Taken, error) {
	to, err := c.next(s.Verb)
	if err != nil {
		return nil, err
	}
	t := &Taken{From: c.State, To: to, Changed: true, Before: c.Assignee}
	at := &s.At
	switch s.Verb {
	case Triage:
		c.TriageTime = at
		c.sort(s)
	case Assign:
		if t.Changed = c.give(s); !t.Changed {
			t.To = c.State
		}
	case Start:
		if c.StartTime == nil {
			c.StartTime = at
		}
		if s.IsResponse {
			c.respond(t, at)
		}
	case Wait:
		c.WaitTime, t.Ticks = at, append(t.Ticks, Pause)
	case Resume:
		c.WaitTime, t.Ticks = nil, append(t.Ticks, Continue)
	case Respond:
		t.Changed = c.FirstResponse == nil
		c.respond(t, at)
	case Resolve:
		c.resolve(s, t)
	case Confirm:
		c.ConfirmTime = at
	case Close:
		err = c.close(s, t)
	case Reopen:
		c.ReopenCount++
		c.ReopenTime, c.ResolveTime, c.ConfirmTime, c.CloseTime, c.WaitTime = at, nil, nil, nil, nil
		c.Outcome, c.CloseReason, t.Ticks = 0, "", append(t.Ticks, RestartResolution)
		if c.FirstResponse == nil { // closed before anybody had answered
			t.Ticks = append(t.Ticks, RestartResponse)
		}
	}
	if err != nil {
		return nil, err
	}
	c.State = t.To
	return t, nil
}

// sort says what a case is.
func (c *Case) sort(s *Step) {
	if s.Track != 0 {
		c.Track = s.Track
	}
	if s.Phase != 0 {
		c.Phase = s.Phase
	}
	if s.Technicality != 0 {
		c.Technicality = s.Technicality
	}
}

// give gives a case to somebody, unless it is his already.
func (c *Case) give(s *Step) bool {
	if c.Assignee == s.Assignee {
		return false
	}
	if c.Assignee != "" {
		c.ReassignCount++
	}
	c.Assignee, c.Desk, c.AssignTime = s.Assignee, s.Desk, &s.At
	return true
}

// respond notes that the customer has an answer.
func (c *Case) respond(t *Taken, at *time.Time) {
	if c.FirstResponse == nil {
		c.FirstResponse, t.Ticks = at, append(t.Ticks, StopResponse)
	}
}

func (c *Case) resolve(s *Step, t *Taken) {
	if c.WaitTime != nil {
		c.WaitTime, t.Ticks = nil, append(t.Ticks, Continue)
	}
	c.respond(t, &s.At)
	c.ResolveTime, c.Resolution, t.Ticks = &s.At, s.Text, append(t.Ticks, StopResolution)
	if s.Cause != "" {
		c.Cause = s.Cause
	}
	if s.CauseText != "" {
		c.CauseText = s.CauseText
	}
}

func (c *Case) close(s *Step, t *Taken) error {
	outcome := s.Outcome
	if outcome == 0 {
		outcome = Solved
	}
	switch {
	case outcome == Solved && c.Open():
		return fault.New(codes.FailedPrecondition, "NOT_RESOLVED", fault.Text{
			En: c.Name() + " is " + c.State.String() + ": it is not solved before it is resolved", Zh: c.Name() + " 处于 " + c.State.String() + " 状态，解决之前不能以 SOLVED 关闭",
		}).With("state", c.State.String()).With("verb", string(Close))
	case outcome == Duplicate && !s.HasOriginal:
		return fault.New(codes.FailedPrecondition, "NO_ORIGINAL", fault.Text{En: c.Name() + " is linked to no original", Zh: c.Name() + " 未关联原始案件"})
	case outcome != Solved && s.Text == "":
		return fault.Invalid(fault.Field("reason", "REQUIRED", fault.Text{En: "must be given unless the outcome is SOLVED", Zh: "结果不是 SOLVED 时必须填写"}))
	}
	if c.Open() {
		t.Ticks = append(t.Ticks, CancelAll)
	}
	c.CloseTime, c.Outcome, c.CloseReason, c.WaitTime = &s.At, outcome, s.Text, nil
	return nil
}
