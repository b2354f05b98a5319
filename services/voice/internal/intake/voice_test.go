package intake

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/services/voice/internal/casefile"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

const (
	lastSource int16 = 11
	lastKind   int16 = 5
)

func TestWhatOpensWhat(t *testing.T) {
	t.Parallel()
	shipped := &settings.Intake{Kinds: map[int16]bool{4: true}, Sources: map[int16]bool{2: true, 4: true}}
	for source := int16(1); source <= lastSource; source++ {
		for kind := int16(1); kind <= lastKind; kind++ {
			want := casefile.Proposal
			switch {
			case source == 4:
				want = casefile.ReturnedGoods
			case kind == 4:
				want = casefile.Complaint
			case source == 2:
				want = casefile.Inquiry
			}
			require.Equal(t, want, RequestOf(source, kind), "%d %d", source, kind)
			require.Equal(t, source == 2 || source == 4 || kind == 4, Opens(shipped, source, kind), "%d %d", source, kind)
			require.False(t, Opens(&settings.Intake{}, source, kind))
		}
	}
}

func TestTracks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ source, kind, track, want int16 }{
		{1, 4, 0, 1}, {4, 3, 0, 1}, {1, 1, 0, 2}, {1, 5, 0, 2}, {1, 4, 2, 2}, {1, 1, 1, 1},
	} {
		v := &Voice{Source: c.source, Kind: c.kind, Track: c.track}
		v.fill()
		require.Equal(t, c.want, v.Track, "%+v", c)
		require.Equal(t, DefaultSystem, v.SourceSystem)
	}
}

// Everything that a source says tells one voice from another; what we add does not.
func TestDigest(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.January, 5, 12, 0, 0, 0, time.UTC)
	base := func() *Voice { return &Voice{Source: 1, Kind: 4, Text: "late", Received: at} }
	sum := func(v *Voice, received bool) string {
		out, err := v.digest(received)
		require.NoError(t, err)
		return string(out)
	}
	seen := map[string]bool{sum(base(), true): true}
	for i, change := range []func(*Voice){
		func(v *Voice) { v.Text = "Late" }, func(v *Voice) { v.Language = "late" }, func(v *Voice) { v.Source = 2 }, func(v *Voice) { v.Kind = 3 },
		func(v *Voice) { v.Phase = 1 }, func(v *Voice) { v.Technicality = 1 }, func(v *Voice) { v.Track = 1 }, func(v *Voice) { v.ProductLine = "x" },
		func(v *Voice) { v.ProductCode = "x" }, func(v *Voice) { v.Order = "x" }, func(v *Voice) { v.ReporterName = "x" }, func(v *Voice) { v.ReporterContact = "x" },
		func(v *Voice) { v.Customer = uuid.NullUUID{UUID: uuid.Max, Valid: true} }, func(v *Voice) { v.Reporter = uuid.NullUUID{UUID: uuid.Max, Valid: true} },
		func(v *Voice) { v.Affected = 1 }, func(v *Voice) { v.DurationMinutes = 1 }, func(v *Voice) { v.Grading = 1 }, func(v *Voice) { v.Implicit = true },
		func(v *Voice) { v.Received = at.Add(time.Second) },
	} {
		v := base()
		change(v)
		require.False(t, seen[sum(v, true)], i)
		seen[sum(v, true)] = true
	}
	other := base()
	other.ID, other.Author, other.Major, other.Received, other.Territory = uuid.Max, "bob", true, at.In(time.FixedZone("", 3600)), "cn"
	require.Equal(t, sum(base(), true), sum(other, true))
	other.Received = at.Add(time.Hour)
	require.Equal(t, sum(base(), false), sum(other, false), "when we noticed it is not what was said")
}
