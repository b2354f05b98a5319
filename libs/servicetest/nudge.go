package servicetest

import (
	"context"
	"testing"
	"time"
)

// nudge has events tried again that a handler has failed on. What fails once (a deadlock, a peer that is not there yet) is tried again after a second in life; the clock of tests
// stands, and it would wait for ever.
func (s *Service) nudge(t testing.TB) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-tick.C: // an error is one of the end, or the next tick's
				_, _ = s.DB.Exec(ctx, `update parked set retry_time = retry_time - interval '1 hour' where attempts > 0`)
			case <-ctx.Done():
				return
			}
		}
	}()
	t.Cleanup(func() {
		stop()
		<-done
	})
}
