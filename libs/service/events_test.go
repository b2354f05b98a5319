package service_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/schedule"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// From a call with a request_id, sent twice, through outbox, relay and broker to a subscription of the same service: one event, of the
// caller's trace.
func TestEventsAndJobsRun(t *testing.T) {
	t.Parallel()
	delivered := make(chan events.Delivery, 10)
	due := make(chan time.Time, 10)
	s := &testService{}
	s.create = func(ctx context.Context, db *postgres.DB, r *profilev1.CreateCustomerRequest) (*profilev1.Customer, error) {
		event, err := events.New(ctx, time.Now(), uuid.New(), &profilev1.CustomerCreated{Customer: "customers/1"})
		if err != nil {
			return nil, err
		}
		event.Version = 1
		return insertWithEvent(ctx, db, r, event)
	}
	b := setup(t, s, func(_ *service.Config, d *service.Definition) {
		d.Subscriptions = func(*service.Platform) []events.Subscription {
			return []events.Subscription{{
				Name: "test-echo", Subjects: []string{"guanxi.profile.>"},
				Handle: func(_ context.Context, d events.Delivery) error {
					delivered <- d
					return nil
				},
			}}
		}
		d.Jobs = func(*service.Platform) []schedule.Job {
			return []schedule.Job{{Name: "test-job", Cron: "* * * * *", Run: func(_ context.Context, at time.Time) error {
				due <- at
				return nil
			}}}
		}
	})
	// The job is to be due at once: as if it had been done a while ago.
	_, err := b.db.Exec(context.Background(), `insert into schedules (job, done_until, attempts, error, retry_time)
values ('test-job', now() - interval '2 minutes', 0, '', now()) on conflict (job) do update set done_until = excluded.done_until`)
	require.NoError(t, err)

	request := named("x")
	request.RequestId = "1"
	const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	ctx := metadata.AppendToOutgoingContext(b.as(t, typev1.Level_BASIC), "traceparent", trace)
	for range 2 {
		answer, err := b.client.CreateCustomer(ctx, request)
		require.NoError(t, err)
		require.Equal(t, "x", answer.GetDisplayName())
	}
	select {
	case d := <-delivered:
		require.Equal(t, "alice", d.Actor)
		require.Equal(t, "customers/1", d.Resource)
		require.Contains(t, d.TraceParent, "4bf92f3577b34da6a3ce929d0e0e4736")
	case <-time.After(testkit.Patience):
		t.Fatal("the event did not arrive")
	}
	select {
	case <-due:
	case <-time.After(testkit.Patience):
		t.Fatal("the job did not run")
	}
	require.Empty(t, delivered)
	var count int
	require.NoError(t, b.db.Get(context.Background(), &count, "select count(*) from outbox"))
	require.Equal(t, 1, count)
}

func insertWithEvent(
	ctx context.Context, db *postgres.DB, r *profilev1.CreateCustomerRequest, event events.Event,
) (answer *profilev1.Customer, err error) {
	err = db.InTx(ctx, func(ctx context.Context) error {
		if answer, err = insert(ctx, db, r); err != nil {
			return err
		}
		return events.InsertAll(ctx, db, []events.Event{event})
	})
	return answer, err
}
