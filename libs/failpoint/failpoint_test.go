package failpoint

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMain lets the test binary be the process that a point kills: it passes "here" three times and says so.
func TestMain(m *testing.M) {
	if os.Getenv("FAILPOINT_TEST_CHILD") == "" {
		os.Exit(m.Run())
	}
	for range 3 {
		Hit("here")
		_, _ = os.Stdout.WriteString(".")
	}
}

func child(t *testing.T, points string) (said string, ended error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), "FAILPOINT_TEST_CHILD=1", Variable+"="+points)
	out, err := command.Output()
	return string(out), err
}

func TestProcessIsKilledAtThePassageThatIsNamed(t *testing.T) {
	t.Parallel()
	said, err := child(t, "here=kill@2,elsewhere=kill@1")
	require.Error(t, err)
	require.Equal(t, ".", said)
}

func TestNothingHappensWithoutThePoint(t *testing.T) {
	t.Parallel()
	for _, points := range []string{"", "elsewhere=kill@1", "here=kill@4"} {
		said, err := child(t, points)
		require.NoError(t, err, points)
		require.Equal(t, "...", said)
	}
}

func TestMisspeltPointsAreRefused(t *testing.T) {
	t.Parallel()
	for _, points := range []string{
		"here", "=kill@1", "here=kill", "here=kill@0", "here=kill@x", "here=kill:1s@1", "here=pause@1", "here=pause:1s", "here=pause:x@1",
		"here=skew:1h", "clock=kill@1", "clock=skew", "clock=skew:1h@1", "here=die@1", "here=kill@1,",
	} {
		_, err := parse(points)
		require.Error(t, err, points)
	}
	_, err := child(t, "here")
	require.Error(t, err, "the process does not start")
}

func TestPauseHoldsUpOnePassage(t *testing.T) {
	t.Parallel()
	parsed, err := parse("here=pause:30ms@2")
	require.NoError(t, err)
	took := func() time.Duration {
		start := time.Now()
		parsed["here"].pass()
		return time.Since(start)
	}
	require.Less(t, took(), 30*time.Millisecond)
	require.GreaterOrEqual(t, took(), 30*time.Millisecond)
	require.Less(t, took(), 30*time.Millisecond)
}

func TestClock(t *testing.T) {
	t.Parallel()
	parsed, err := parse("clock=skew:-1h")
	require.NoError(t, err)
	require.Equal(t, -time.Hour, parsed[Clock].wait)
	require.WithinDuration(t, time.Now(), Now(time.Now)(), time.Minute, "no point is set here")
}

func BenchmarkHitWithoutPoints(b *testing.B) {
	for b.Loop() {
		Hit("here")
	}
}
