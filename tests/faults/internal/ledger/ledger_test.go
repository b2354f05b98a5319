package ledger

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOutcomeOfSeveralAttempts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		attempts []Outcome
		want     Outcome
	}{
		{[]Outcome{Acknowledged}, Acknowledged},
		{[]Outcome{Unknown, Refused, Acknowledged, Unknown}, Acknowledged},
		{[]Outcome{Refused, Refused}, Refused},
		{[]Outcome{Refused, Unknown}, Unknown},
		{[]Outcome{Unknown, Refused}, Unknown},
	} {
		var call Call
		for _, o := range c.attempts {
			call.Attempts = append(call.Attempts, Attempt{Outcome: o})
		}
		require.Equal(t, c.want, call.Outcome(), "%v", c.attempts)
	}
}

func TestMarksAreFoundInWhatWasWritten(t *testing.T) {
	t.Parallel()
	first, second := Mark("7-1"), Mark("7-2"+Poison)
	require.Equal(t, []string{first, second}, Marks(`{"source":"`+first+`","number":"`+second+`","name":"fault-tolerant"}`))
	require.Empty(t, Marks(`"a default of 1-2"`))
}

func TestLedgerCountsWhatWasAcknowledged(t *testing.T) {
	t.Parallel()
	l := New()
	l.Begin("a", "Create")
	l.Begin("b", "Create")
	l.Attempted("a", Attempt{Outcome: Acknowledged})
	l.Attempted("a", Attempt{Outcome: Acknowledged})
	require.Equal(t, 1, l.Acknowledged())
	calls := l.Calls()
	require.Len(t, calls, 2)
	require.Equal(t, "a", calls[0].Mark)
	require.Len(t, calls[0].Attempts, 2)
}
