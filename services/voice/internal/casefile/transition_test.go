package casefile

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

var (
	allStates = []State{Received, Triaged, Assigned, InProgress, Waiting, Resolved, Confirmed, Closed}
	allVerbs  = []Verb{Triage, Assign, Start, Wait, Resume, Respond, Resolve, Confirm, Close, Reopen}
	noon      = time.Date(2026, time.January, 5, 12, 0, 0, 0, time.UTC)
)

// leads is what may follow what, written down once more, a row for each state: what the verbs lead to in the order of allVerbs, 0 nowhere.
var leads = map[State][10]State{
	//          triage   assign    start       wait     resume      respond     resolve   confirm    close   reopen
	Received:   {Triaged, 0, 0, 0, 0, Received, 0, 0, Closed, 0},
	Triaged:    {0, Assigned, 0, 0, 0, Triaged, 0, 0, Closed, 0},
	Assigned:   {0, Assigned, InProgress, 0, 0, Assigned, 0, 0, Closed, 0},
	InProgress: {0, Assigned, 0, Waiting, 0, InProgress, Resolved, 0, Closed, 0},
	Waiting:    {0, Waiting, 0, 0, InProgress, Waiting, Resolved, 0, Closed, 0},
	Resolved:   {0, 0, 0, 0, 0, Resolved, 0, Confirmed, Closed, InProgress},
	Confirmed:  {0, 0, 0, 0, 0, 0, 0, 0, Closed, InProgress},
	Closed:     {0, 0, 0, 0, 0, 0, 0, 0, 0, InProgress},
}

// in is a case that has come to a state by the way that leads through all others.
func in(state State) *Case {
	c := &Case{ID: uuid.MustParse("01940000-0000-7000-8000-000000000001"), State: state, Request: Complaint, Received: noon}
	if state >= Triaged {
		c.TriageTime = &noon
	}
	if state >= Assigned {
		c.Assignee, c.AssignTime = "ann", &noon
	}
	if state >= InProgress {
		c.StartTime = &noon
	}
	if state == Waiting {
		c.WaitTime = &noon
	}
	if state >= Resolved {
		c.ResolveTime, c.FirstResponse = &noon, &noon
	}
	if state == Closed {
		c.CloseTime, c.Outcome = &noon, Solved
	}
	return c
}

func TestEveryVerbInEveryState(t *testing.T) {
	t.Parallel()
	for _, from := range allStates {
		for i, verb := range allVerbs {
			c, want := in(from), leads[from][i]
			before := *c
			taken, err := c.Take(&Step{Verb: verb, At: noon.Add(time.Hour), Assignee: "bob", Text: "because", Outcome: Withdrawn})
			where := fmt.Sprintf("%s from %s", verb, from)
			if want == 0 {
				require.Equal(t, "WRONG_STATE", fault.From(err).Reason(), where)
				require.Equal(t, codes.FailedPrecondition, fault.From(err).Code(), where)
				require.ErrorContains(t, err, from.String(), where)
				require.ErrorContains(t, err, string(verb), where)
				require.Equal(t, before, *c, "%s: what is refused changes nothing", where)
				continue
			}
			require.NoError(t, err, where)
			require.Equal(t, want, c.State, where)
			require.Equal(t, Taken{From: from, To: want}, Taken{From: taken.From, To: taken.To}, where)
		}
	}
}

func TestTheTableNamesNothingElse(t *testing.T) {
	t.Parallel()
	require.Len(t, transitions, len(allVerbs))
	for i, verb := range allVerbs {
		n := 0
		for _, from := range allStates {
			if leads[from][i] != 0 {
				n++
			}
		}
		require.Len(t, transitions[verb], n, verb)
	}
	require.Len(t, names, len(allStates))
	require.Equal(t, "State(9)", State(9).String())
}

func TestReopenedWhereTheWorkStood(t *testing.T) {
	t.Parallel()
	for _, from := range []State{Received, Triaged, Assigned, InProgress, Waiting} {
		want := from
		if from == Waiting {
			want = InProgress
		}
		c := in(from)
		_, err := c.Take(&Step{Verb: Close, At: noon, Text: "taken back", Outcome: Withdrawn})
		require.NoError(t, err)
		taken, err := c.Take(&Step{Verb: Reopen, At: noon})
		require.NoError(t, err)
		require.Equal(t, want, c.State)
		require.Equal(t, []Tick{RestartResolution, RestartResponse}, taken.Ticks, "nobody has answered")
		require.EqualValues(t, 1, c.ReopenCount)
		require.Nil(t, c.CloseTime)
		require.Zero(t, c.Outcome)
	}
}

func TestAssigning(t *testing.T) {
	t.Parallel()
	c := in(Triaged)
	taken, err := c.Take(&Step{Verb: Assign, At: noon, Assignee: "ann"})
	require.NoError(t, err)
	require.True(t, taken.Changed)
	require.Zero(t, c.ReassignCount, "the first is none")

	c.State, c.StartTime = InProgress, &noon
	taken, err = c.Take(&Step{Verb: Assign, At: noon.Add(time.Hour), Assignee: "ann"})
	require.NoError(t, err)
	require.False(t, taken.Changed)
	require.Equal(t, InProgress, c.State, "who has it goes on")
	require.Equal(t, noon, *c.AssignTime)

	taken, err = c.Take(&Step{Verb: Assign, At: noon.Add(time.Hour), Assignee: "bob"})
	require.NoError(t, err)
	require.Equal(t, "ann", taken.Before)
	require.Equal(t, Assigned, c.State)
	require.EqualValues(t, 1, c.ReassignCount)
}

func TestFirstResponse(t *testing.T) {
	t.Parallel()
	c := in(Assigned)
	taken, err := c.Take(&Step{Verb: Start, At: noon})
	require.NoError(t, err)
	require.Empty(t, taken.Ticks, "the customer does not hear of it")
	taken, err = c.Take(&Step{Verb: Respond, At: noon.Add(time.Hour), Text: "we are at it"})
	require.NoError(t, err)
	require.True(t, taken.Changed)
	require.Equal(t, []Tick{StopResponse}, taken.Ticks)
	taken, err = c.Take(&Step{Verb: Respond, At: noon.Add(2 * time.Hour), Text: "still"})
	require.NoError(t, err)
	require.False(t, taken.Changed)
	require.Empty(t, taken.Ticks)
	require.Equal(t, noon.Add(time.Hour), *c.FirstResponse)

	c = in(Assigned)
	taken, err = c.Take(&Step{Verb: Start, At: noon, IsResponse: true})
	require.NoError(t, err)
	require.Equal(t, []Tick{StopResponse}, taken.Ticks, "where the settings say so")

	c = in(Waiting)
	taken, err = c.Take(&Step{Verb: Resolve, At: noon.Add(time.Hour), Text: "replaced", Cause: "design"})
	require.NoError(t, err)
	require.Equal(t, []Tick{Continue, StopResponse, StopResolution}, taken.Ticks)
	require.Equal(t, "design", c.Cause)
	require.Nil(t, c.WaitTime)
}

func TestClosing(t *testing.T) {
	t.Parallel()
	refused := func(c *Case, s Step, reason string) {
		before := *c
		s.Verb, s.At = Close, noon
		_, err := c.Take(&s)
		require.Equal(t, reason, fault.From(err).Reason())
		require.Equal(t, before, *c)
	}
	for _, from := range []State{Received, Triaged, Assigned, InProgress, Waiting} {
		refused(in(from), Step{Text: "why"}, "NOT_RESOLVED")
		refused(in(from), Step{Outcome: Withdrawn}, "INVALID_FIELDS")
		refused(in(from), Step{Outcome: Duplicate, Text: "why"}, "NO_ORIGINAL")
		c := in(from)
		taken, err := c.Take(&Step{Verb: Close, At: noon, Outcome: Duplicate, Text: "why", HasOriginal: true})
		require.NoError(t, err)
		require.Equal(t, []Tick{CancelAll}, taken.Ticks)
	}
	for _, from := range []State{Resolved, Confirmed} {
		c := in(from)
		taken, err := c.Take(&Step{Verb: Close, At: noon})
		require.NoError(t, err)
		require.Empty(t, taken.Ticks)
		require.Equal(t, Solved, c.Outcome)
	}
}
