package service

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	grpcstatus "google.golang.org/grpc/status"
)

// Whoever is refused is asked to wait the longer the more are refused for one that is let in, and as usual again when the rush is over.
func TestTheMoreAreRefusedTheLongerTheyWait(t *testing.T) {
	t.Parallel()
	l := &lane{most: 4}
	for range l.most {
		require.NoError(t, l.enter())
	}
	longest := func(calls int) (d time.Duration) {
		for range calls {
			d = max(d, wait(t, l.enter()))
		}
		return d
	}
	require.LessOrEqual(t, longest(judged/2), 500*time.Millisecond)
	require.Greater(t, longest(judged), 500*time.Millisecond)
	require.Greater(t, longest(10*judged), 4*time.Second)
	require.LessOrEqual(t, longest(10*judged), mostPatience*500*time.Millisecond, "there is an end to it")
	for range l.most {
		l.leave()
	}
	for range l.most {
		require.NoError(t, l.enter())
	}
	require.LessOrEqual(t, longest(judged/2), 500*time.Millisecond)
}

// A refusal now and then makes nobody wait longer.
func TestFewRefusalsAreTolerated(t *testing.T) {
	t.Parallel()
	l := &lane{most: 4}
	for range l.most {
		require.NoError(t, l.enter())
	}
	for range judged {
		require.LessOrEqual(t, wait(t, l.enter()), 500*time.Millisecond)
		for range 2 * tolerated {
			l.leave()
			require.NoError(t, l.enter())
		}
	}
}

// wait is how long a refused caller is asked to wait.
func wait(t *testing.T, err error) time.Duration {
	t.Helper()
	for _, detail := range grpcstatus.Convert(err).Details() {
		if info, ok := detail.(*errdetails.RetryInfo); ok {
			return info.GetRetryDelay().AsDuration()
		}
	}
	t.Fatalf("no delay in %v", err)
	return 0
}
