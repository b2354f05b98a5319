package improvement_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/improvement"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
)

// domain is the mean of some answers.
func domain(t *testing.T, values ...float64) *stats.Domain {
	t.Helper()
	p := stats.DomainPart{Answered: int64(len(values)), N: int64(len(values))}
	for _, v := range values {
		p.Sum, p.Squares = p.Sum+v, p.Squares+v*v
	}
	d, err := stats.DomainMean([]stats.DomainPart{p}, 0.95)
	require.NoError(t, err)
	return d
}

func TestJudge(t *testing.T) {
	t.Parallel()
	low, high, mixed := domain(t, 10, 20, 30, 20, 10, 20), domain(t, 80, 90, 70, 80, 90, 80), domain(t, 10, 30, 20, 30, 10, 20)
	for name, c := range map[string]struct {
		before, after *stats.Domain
		want          improvement.Verdict
	}{
		"it rose":                 {low, high, improvement.Improved},
		"it fell":                 {high, low, improvement.Worse},
		"it may be chance":        {low, mixed, improvement.NotShown},
		"all say something else":  {domain(t, 25, 25, 25), domain(t, 75, 75, 75), improvement.Improved},
		"all say the same, still": {domain(t, 25, 25, 25), domain(t, 25, 25, 25), improvement.NotShown},
	} {
		got, change, err := improvement.Judge(c.before, c.after, 0.95)
		require.NoError(t, err, name)
		require.Equal(t, c.want, got, name)
		require.InDelta(t, c.after.Mean-c.before.Mean, change.Difference, 1e-9, name)
	}
	_, _, err := improvement.Judge(domain(t, 50), high, 0.95)
	require.Error(t, err, "one answer tells of no spread")
}

func TestCheck(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)
	require.Empty(t, (&improvement.Improvement{State: improvement.Proposed}).Check())
	require.Empty(t, (&improvement.Improvement{State: improvement.Open, Due: &day}).Check())
	require.Len(t, (&improvement.Improvement{State: improvement.Done}).Check(), 1)
	require.Len(t, (&improvement.Improvement{State: improvement.Verified, Due: &day}).Check(), 1)
}
