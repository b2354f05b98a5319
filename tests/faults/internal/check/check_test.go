package check

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/tests/faults/internal/ledger"
)

var (
	acknowledged = ledger.Attempt{Outcome: ledger.Acknowledged, Answer: "a"}
	unknown      = ledger.Attempt{Outcome: ledger.Unknown, Code: codes.Unavailable}
	refused      = ledger.Attempt{Outcome: ledger.Refused, Code: codes.ResourceExhausted, Ours: true}
)

// sound is a world in which nothing went wrong: two customers with three and two writes, and calls that came to nothing. The last write
// of the first is poisoned.
func sound() Evidence {
	var e Evidence
	first, second := uuid.New(), uuid.New()
	e.write("fault-1-1", first, 1, "c/1", unknown, acknowledged, acknowledged)
	e.write("fault-1-2", second, 1, "c/2", unknown)
	e.write("fault-1-3", first, 2, "c/1", acknowledged)
	e.write("fault-1-4", second, 2, "c/2/orders/1", refused, acknowledged)
	e.write("fault-1-5-poison", first, 3, "c/1/orders/2", acknowledged)
	e.Calls = append(e.Calls,
		ledger.Call{Mark: "fault-1-6", Attempts: []ledger.Attempt{refused}}, ledger.Call{Mark: "fault-1-7", Attempts: []ledger.Attempt{unknown}})
	e.State = []Row{
		{"c/1", first, 3, "fault-1-3"},
		{"c/2", second, 2, "fault-1-2"},
		{"c/2/orders/1", second, 0, "fault-1-4"},
		{"c/1/orders/2", first, 0, "fault-1-5-poison"},
	}
	return e
}

// write adds all that a write leaves.
func (e *Evidence) write(mark string, aggregate uuid.UUID, version int64, resource string, attempts ...ledger.Attempt) {
	for i := range attempts {
		attempts[i].Resource = resource
	}
	e.Calls = append(e.Calls, ledger.Call{Mark: mark, Attempts: attempts})
	e.Changes = append(e.Changes, Change{aggregate, version, resource, []string{mark}})
	event := events.Event{ID: uuid.New(), Aggregate: aggregate, Version: version, Resource: resource, Data: []byte(mark), Time: time.Unix(1, 0)}
	e.Outbox = append(e.Outbox, Stored{event, true})
	e.Stream = append(e.Stream, events.Message{Event: event, Sequence: uint64(len(e.Stream) + 1)})
	if poisoned(event) {
		e.Dead = append(e.Dead, event.ID)
		return
	}
	e.Effects = append(e.Effects, Effect{event.ID, aggregate, version})
}

func TestNothingIsWrongWithASoundWorld(t *testing.T) {
	t.Parallel()
	require.Empty(t, Check(sound(), Allowance{}))
}

func drop[T any](list *[]T, i int) { *list = slices.Delete(*list, i, i+1) }

func again[T any](list *[]T, i int) { *list = append(*list, (*list)[i]) }

func swap[T any](list []T, i, j int) { list[i], list[j] = list[j], list[i] }

// Each way in which a promise can be broken is seen, and called by its name.
func TestWhatIsWrongIsSeen(t *testing.T) {
	t.Parallel()
	stranger := uuid.New()
	for name, c := range map[string]struct {
		spoil func(*Evidence)
		rules []string
	}{
		"lost write": {func(e *Evidence) {
			drop(&e.Changes, 3)
			drop(&e.State, 2)
			drop(&e.Outbox, 3)
			drop(&e.Stream, 3)
			drop(&e.Effects, 3)
			e.State[1].Version = 1
		}, []string{"lost-write"}},
		"lost state":         {func(e *Evidence) { drop(&e.State, 2) }, []string{"history-without-state"}},
		"half a write":       {func(e *Evidence) { e.State[0].Mark = "fault-1-1" }, []string{"state-differs"}},
		"miscounted state":   {func(e *Evidence) { e.State[0].Version = 2 }, []string{"state-differs"}},
		"state from nowhere": {func(e *Evidence) { e.State = append(e.State, Row{"c/9", stranger, 0, "x"}) }, []string{"state-without-history"}},
		"doubled write": {func(e *Evidence) {
			e.write("fault-1-8", e.Changes[1].Aggregate, 3, "c/2/orders/3", acknowledged)
			e.write("fault-1-8", e.Changes[1].Aggregate, 4, "c/2/orders/4")
			e.State = append(e.State, Row{"c/2/orders/3", stranger, 0, "fault-1-8"}, Row{"c/2/orders/4", stranger, 0, "fault-1-8"})
			drop(&e.Calls, 8)
			e.State[1].Version = 4
		}, []string{"doubled-write"}},
		"invented write":             {func(e *Evidence) { drop(&e.Calls, 1) }, []string{"invented-write"}},
		"refused and there":          {func(e *Evidence) { e.Calls[1].Attempts = []ledger.Attempt{refused} }, []string{"refused-write"}},
		"two answers":                {func(e *Evidence) { e.Calls[0].Attempts[2].Answer = "b" }, []string{"two-answers"}},
		"wrong answer":               {func(e *Evidence) { e.Calls[2].Attempts[0].Resource = "c/2" }, []string{"wrong-answer"}},
		"a code that invites nobody": {func(e *Evidence) { e.Calls[1].Attempts[0].Code = codes.Internal }, []string{"code"}},
		"a deadline that does not hold": {func(e *Evidence) {
			e.Calls[1].Attempts[0].Took, e.Calls[1].Attempts[0].Within = 5*time.Second, 3*time.Second
		}, []string{"deadline"}},

		"write without event": {func(e *Evidence) {
			drop(&e.Outbox, 3)
			drop(&e.Stream, 3)
			drop(&e.Effects, 3)
		}, []string{"write-without-event"}},
		"event without write": {func(e *Evidence) {
			e.write("fault-1-9", e.Changes[1].Aggregate, 3, "c/2")
			drop(&e.Changes, 5)
			drop(&e.Calls, 7)
		}, []string{"event-without-write"}},
		"gap": {func(e *Evidence) {
			e.Outbox[3].Version, e.Stream[3].Version, e.Effects[3].Version, e.Changes[3].Version = 4, 4, 4, 4
			e.State[1].Version = 4
		}, []string{"numbering", "stream-order"}},
		"unpublished": {func(e *Evidence) { e.Outbox[2].Published = false }, []string{"unpublished-event"}},

		"lost event":     {func(e *Evidence) { drop(&e.Stream, 4) }, []string{"lost-event"}},
		"doubled event":  {func(e *Evidence) { again(&e.Stream, 1) }, []string{"doubled-event"}},
		"invented event": {func(e *Evidence) { again(&e.Stream, 4); e.Stream[5].ID = stranger }, []string{"invented-event"}},
		"unreadable":     {func(e *Evidence) { again(&e.Stream, 4); e.Stream[5].Err = errors.New("what?") }, []string{"invented-event"}},
		"altered event":  {func(e *Evidence) { e.Stream[0].Data = []byte("else") }, []string{"altered-event"}},
		"inverted order": {func(e *Evidence) { swap(e.Stream, 0, 2) }, []string{"stream-order", "stream-order", "stream-order"}},

		"lost effect":     {func(e *Evidence) { drop(&e.Effects, 2) }, []string{"lost-effect"}},
		"doubled effect":  {func(e *Evidence) { again(&e.Effects, 3) }, []string{"doubled-effect"}},
		"invented effect": {func(e *Evidence) { e.Effects = append(e.Effects, Effect{stranger, stranger, 1}) }, []string{"invented-effect"}},
		"inverted effect": {func(e *Evidence) { swap(e.Effects, 0, 2) }, []string{"effect-order"}},
		"poison digested": {func(e *Evidence) { e.Effects = append(e.Effects, Effect{e.Dead[0], e.Outbox[4].Aggregate, 3}) }, []string{"poison"}},
		"poison vanished": {func(e *Evidence) { e.Dead = nil }, []string{"poison"}},
		"given up":        {func(e *Evidence) { e.Dead = append(e.Dead, e.Outbox[0].ID) }, []string{"dead-event"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := sound()
			c.spoil(&e)
			var rules []string
			for _, v := range Check(e, Allowance{}) {
				rules = append(rules, v.Rule)
			}
			require.Equal(t, c.rules, rules)
		})
	}
}

func TestAllowances(t *testing.T) {
	t.Parallel()
	e := sound()
	again(&e.Stream, 1)
	require.Empty(t, Check(e, Allowance{Repeats: true}))
	e.Stream[5].Data = []byte("else")
	require.NotEmpty(t, Check(e, Allowance{Repeats: true}), "a repeat is the same again")

	e = sound()
	require.Equal(t, []Violation{{"accepted-call-failed", " fault-1-2 happened and its caller was not told"}}, Check(e, Allowance{NoUnknowns: true}))
	e.Calls[1].Attempts[0] = acknowledged
	e.Calls[1].Attempts[0].Resource = "c/2"
	require.Empty(t, Check(e, Allowance{NoUnknowns: true}))
	e.Calls[6].Attempts[0].Ours = true
	require.Equal(t, "accepted-call-failed", Check(e, Allowance{NoUnknowns: true})[0].Rule)
}
