package quality

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/profile/internal/requirement"
)

var now = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func TestJudge(t *testing.T) {
	t.Parallel()
	ago := func(days int) *Verification { return &Verification{Hash: "a", Time: now.AddDate(0, 0, -days)} }
	for name, c := range map[string]struct {
		field string
		days  int32
		value Value
		last  *Verification
		want  State
	}{
		"empty":              {"industry", 0, Value{}, ago(1), Missing},
		"never looked at":    {"industry", 0, Value{true, "a"}, nil, Unverified},
		"looked at":          {"industry", 0, Value{true, "a"}, ago(9999), Verified},
		"in time":            {"industry", 10, Value{true, "a"}, ago(9), Verified},
		"on the day":         {"industry", 10, Value{true, "a"}, ago(10), Aged},
		"another value":      {"industry", 10, Value{true, "b"}, ago(1), Changed},
		"decided by us":      {"owner", 0, Value{true, "a"}, ago(1), Unverified},
		"an attribute":       {"attributes.x", 1, Value{true, "a"}, ago(0), Verified},
		"of people, not one": {"people.position", 0, Value{true, ""}, ago(0), Unverified},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Judge(requirement.Rule{Field: c.field, ValidDays: c.days}, c.value, c.last, now)
			require.Equal(t, c.want, got.State)
			require.Equal(t, c.want == Verified && c.days > 0, got.Expires != nil)
			require.False(t, c.want == Missing && got.Verification != nil)
		})
	}
}

// Scores stay between 0 and 1, and filling or verifying a field never lowers the one that it is about.
func TestScores(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		q := &Quality{}
		for _, field := range []string{"industry", "legal_name", "owner", "people"} {
			rule := requirement.Rule{Field: field, Weight: int32(rapid.IntRange(1, 100).Draw(t, "weight"))}
			q.Fields = append(q.Fields, Judged{Rule: rule, State: State(rapid.IntRange(1, 5).Draw(t, "state"))})
		}
		within := func(x float64) bool { return x >= 0 && x <= 1 }
		complete, accurate := q.Completeness(), q.Accuracy()
		if !within(complete) || !within(accurate) {
			t.Fatalf("%v %v", complete, accurate)
		}
		at := rapid.IntRange(0, 1).Draw(t, "at")
		q.Fields[at].State = Verified
		if q.Completeness() < complete || q.Accuracy() < accurate {
			t.Fatalf("%v", q.Fields)
		}
	})
	empty := &Quality{}
	require.InDelta(t, 1, empty.Completeness(), 0)
	require.InDelta(t, 0, empty.Accuracy(), 0)
}

func TestEveryFieldHasAnExpression(t *testing.T) {
	t.Parallel()
	for _, field := range requirement.Fields() {
		e, ok := expressions[field]
		require.True(t, ok, field)
		require.NotEmpty(t, e.filled, field)
		require.False(t, requirement.Verifiable(field) && e.value == "", field)
	}
	require.Len(t, expressions, len(requirement.Fields()))
}

func TestCheck(t *testing.T) {
	t.Parallel()
	require.Empty(t, (&Comparison{Fields: []string{"industry", "attributes.a.b"}, Time: now.Add(time.Second)}).Check(now))
	require.Len(t, (&Comparison{Fields: []string{"", "attributes.", "tags", "people"}, Time: now.Add(time.Hour)}).Check(now), 5)
}
