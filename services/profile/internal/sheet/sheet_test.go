package sheet

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

func at(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}

var shipped = Rule{MinIntervals: 3, DeviationFactor: 3, MedianFactor: 0.5}

// Overdue is the day after last order + median + max(3 x 1.4826 x MAD, 0.5 x median).
func TestRhythm(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		intervals         int64
		median, deviation float64
		expected, overdue string // "" = not known
	}{
		"too few intervals":     {intervals: 2, median: 10},
		"regular: half median":  {intervals: 3, median: 10, expected: "2026-01-11", overdue: "2026-01-16"},
		"irregular: the spread": {intervals: 5, median: 10, deviation: 4, expected: "2026-01-11", overdue: "2026-01-28"},
		"half days":             {intervals: 4, median: 10.5, deviation: 0.5, expected: "2026-01-12", overdue: "2026-01-16"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := Rhythm{Last: at("2026-01-01"), Intervals: c.intervals, Median: &c.median, Deviation: &c.deviation}
			expected, known := r.Expected(shipped)
			require.Equal(t, c.expected != "", known)
			overdue, _ := r.Overdue(shipped)
			if known {
				require.Equal(t, expected, at(c.expected))
				require.Equal(t, at(c.overdue), overdue)
			}
		})
	}
}

func TestNewSpan(t *testing.T) {
	t.Parallel()
	last := time.Date(2026, time.March, 31, 23, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct{ start, end, wantStart, wantEnd string }{
		"two years to the last order": {wantStart: "2024-04-01", wantEnd: "2026-03-01"},
		"one month":                   {start: "2025-02", end: "2025-02", wantStart: "2025-02-01", wantEnd: "2025-02-01"},
		"ten years":                   {start: "2016-04", end: "2026-03", wantStart: "2016-04-01", wantEnd: "2026-03-01"},
		"more than ten years":         {start: "2016-03", end: "2026-03"},
		"backwards":                   {start: "2026-03", end: "2026-02"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			span, err := NewSpan(c.start, c.end, last)
			if c.wantStart == "" {
				require.Equal(t, codes.InvalidArgument, fault.From(err).Code())
				return
			}
			require.NoError(t, err)
			require.Equal(t, Span{Start: at(c.wantStart), End: at(c.wantEnd)}, span)
		})
	}
}
