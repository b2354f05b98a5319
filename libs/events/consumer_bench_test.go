package events

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// BenchmarkConsumer handles events of many aggregates, each with a row as its effect. Its floor is the same effects, each in a
// transaction of its own, by as many callers.
func BenchmarkConsumer(b *testing.B) {
	for _, workers := range []int{1, 8} {
		b.Run(fmt.Sprint(workers), func(b *testing.B) {
			const count = 1000
			bench := setup(b)
			var bare, whole time.Duration
			for b.Loop() {
				rows := made(b, count)
				for i := range rows {
					rows[i].Aggregate = uuid.New()
				}
				start := time.Now()
				done := make(chan error, workers)
				for w := range workers {
					go func() {
						var err error
						for i := w; i < count && err == nil; i += workers {
							err = bench.db.InTx(b.Context(), func(ctx context.Context) error {
								return bench.effect(ctx, Delivery{Event: rows[i].Event})
							})
						}
						done <- err
					}()
				}
				for range workers {
					require.NoError(b, <-done)
				}
				bare += time.Since(start)

				for rest := rows; len(rest) > 0; rest = rest[batchSize:] {
					require.NoError(b, publisher{bench.js.Conn()}.publish(b.Context(), rest[:batchSize]))
				}
				var handled atomic.Int64
				start = time.Now()
				_, stop := bench.consume(b, Subscription{
					Name: "test", Subjects: []string{everything}, Workers: workers,
					Handle: func(ctx context.Context, d Delivery) error {
						defer handled.Add(1)
						return bench.effect(ctx, d)
					},
				})
				eventually(b, func() bool { return handled.Load() == count })
				whole += time.Since(start)
				stop()
			}
			b.ReportMetric(float64(b.N)*count/whole.Seconds(), "events/s")
			b.ReportMetric(bare.Seconds()/whole.Seconds(), "of-floor")
		})
	}
}
