package powermap_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/planning/internal/powermap"
)

// identified are claims as they come out of the store.
func identified(claims []powermap.Claim) []powermap.Claim {
	out := slices.Clone(claims)
	for i := range out {
		out[i].ID = uuid.UUID{15: byte(i + 1)}
	}
	return out
}

// What a version adds, renews and removes makes the new one out of the old one, and nothing else is touched.
func TestDeltasMakeTheNextVersion(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		stored := identified(powermap.Replace(nil, drawn(t)))
		next := powermap.Replace(stored, drawn(t))
		delta := powermap.Compare(stored, next)
		made := map[powermap.Key]powermap.Claim{}
		for _, c := range stored {
			made[c.Key] = c
		}
		for _, c := range delta.Removed {
			require.Contains(t, made, c.Key)
			delete(made, c.Key)
		}
		for _, c := range delta.Renewed {
			require.Equal(t, made[c.Key].ID, c.ID)
			made[c.Key] = c
		}
		for _, c := range delta.Added {
			require.NotContains(t, made, c.Key)
			require.Equal(t, uuid.Nil, c.ID)
			made[c.Key] = c
		}
		require.Len(t, made, len(next))
		for _, c := range next {
			require.Equal(t, made[c.Key], c)
		}
		same := powermap.Compare(stored, powermap.Replace(stored, stored))
		require.True(t, same.Empty())
	})
}

func attitude(n int, value int16, evidence ...powermap.Evidence) powermap.Claim {
	return powermap.Claim{Key: powermap.Key{Kind: powermap.Attitude, Who: person(n), Value: value}, Evidence: evidence}
}

func seen(observer string, daysAgo int) powermap.Evidence {
	return powermap.Evidence{Observer: observer, Source: "visit", Day: today.AddDate(0, 0, -daysAgo), Recorder: observer}
}

func TestEvidenceKeepsWhoRecordedIt(t *testing.T) {
	t.Parallel()
	stored := identified([]powermap.Claim{attitude(1, powermap.Sponsor, seen("li", 3))})
	sent := seen("li", 3)
	sent.Recorder = "wang"
	next := powermap.Replace(stored, []powermap.Claim{attitude(1, powermap.Sponsor, sent)})
	require.Equal(t, "li", next[0].Evidence[0].Recorder)
	next, _ = powermap.Observe(stored, nil, []powermap.Claim{attitude(1, powermap.Sponsor, sent)})
	require.Len(t, next[0].Evidence, 1)
	require.Equal(t, "li", next[0].Evidence[0].Recorder)
}

func TestObservationsRenewAndAddAndRetract(t *testing.T) {
	t.Parallel()
	stored := identified([]powermap.Claim{attitude(1, powermap.Sponsor, seen("li", 300)), attitude(2, powermap.Hostile, seen("li", 1))})
	next, unknown := powermap.Observe(stored, []powermap.Key{stored[1].Key}, []powermap.Claim{
		attitude(1, powermap.Sponsor, seen("wang", 0)), attitude(3, powermap.Neutral, seen("li", 0)), attitude(3, powermap.Neutral, seen("wang", 1)),
	})
	require.Negative(t, unknown)
	require.Len(t, next, 2)
	require.Equal(t, []powermap.Evidence{seen("wang", 0), seen("li", 300)}, next[0].Evidence)
	require.Equal(t, []powermap.Evidence{seen("li", 0), seen("wang", 1)}, next[1].Evidence)
	require.Equal(t, []powermap.Evidence{seen("li", 300)}, stored[0].Evidence, "the old version stays what it was")
	delta := powermap.Compare(stored, next)
	require.Len(t, delta.Added, 1)
	require.Len(t, delta.Renewed, 1)
	require.Len(t, delta.Removed, 1)

	_, unknown = powermap.Observe(stored, []powermap.Key{stored[0].Key, next[1].Key}, nil)
	require.Equal(t, 1, unknown)

	// Retracted and observed again at once it is another claim.
	next, _ = powermap.Observe(stored, []powermap.Key{stored[0].Key}, []powermap.Claim{attitude(1, powermap.Sponsor, seen("wang", 0))})
	require.Equal(t, uuid.Nil, next[0].ID)
	delta = powermap.Compare(stored, next)
	require.Equal(t, stored[0].ID, delta.Removed[0].ID)
	require.Len(t, delta.Added, 1)
}

// Of too much evidence what others have said since goes first, and an only witness last.
func TestTooMuchEvidence(t *testing.T) {
	t.Parallel()
	stored := []powermap.Claim{attitude(1, powermap.Sponsor, seen("zhao", 500))}
	for n := range 25 {
		var unknown int
		stored, unknown = powermap.Observe(stored, nil, []powermap.Claim{attitude(1, powermap.Sponsor, seen("li", 100-n))})
		require.Negative(t, unknown)
	}
	require.Len(t, stored[0].Evidence, 20)
	require.Equal(t, seen("li", 76), stored[0].Evidence[0])
	require.Equal(t, seen("zhao", 500), stored[0].Evidence[19])
	for n := range 25 {
		stored, _ = powermap.Observe(stored, nil, []powermap.Claim{attitude(1, powermap.Sponsor, seen(fmt.Sprint("w", n), n))})
	}
	observers := map[string]bool{}
	for _, e := range stored[0].Evidence {
		observers[e.Observer] = true
	}
	require.Len(t, observers, 20)
	require.False(t, observers["zhao"])
}
