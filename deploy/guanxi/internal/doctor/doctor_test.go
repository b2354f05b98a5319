package doctor_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/doctor"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
)

// states are what was found, by what was looked at.
func states(t *testing.T, found []doctor.Finding) map[string]doctor.State {
	t.Helper()
	out := map[string]doctor.State{}
	for _, f := range found {
		require.NotEmpty(t, f.What.Zh)
		require.NotEmpty(t, f.Advice.En)
		require.NotEmpty(t, f.Advice.Zh)
		out[f.What.En] = f.State
	}
	return out
}

// Each look finds what is wrong when it is, one fault at a time.
func TestDatabase(t *testing.T) {
	t.Parallel()
	for look, fault := range map[string]struct {
		spoil func(context.Context, *postgres.DB) error
		clock time.Duration
		want  doctor.State
	}{
		"events leave the outbox": {spoil: func(ctx context.Context, db *postgres.DB) error {
			_, err := db.Exec(ctx, `insert into outbox (event_id, aggregate_id, version, subject, resource, data, actor, cause, trace_parent, occur_time)
				values ($1, $1, 1, 'guanxi.x.y.z.v1', 'x/1', '{}', '', '', '', now() - interval '1 hour')`, uuid.New())
			return err
		}, want: doctor.Bad},
		"no dead letters": {spoil: func(ctx context.Context, db *postgres.DB) error {
			_, err := db.Exec(ctx, `insert into dead_letters (consumer, event_id, aggregate_id, version, subject, resource, data, actor, cause, trace_parent, occur_time, attempts, reason, dead_time)
				values ('c', $1, $1, 1, 's', 'r', '{}', '', '', '', now(), 5, 'why', now())`, uuid.New())
			return err
		}, want: doctor.Odd},
		"scheduled work succeeds": {spoil: func(ctx context.Context, db *postgres.DB) error {
			_, err := db.Exec(ctx, `insert into schedules (job, done_until, attempts, error, retry_time) values ('j', now(), 12, 'why', now())`)
			return err
		}, want: doctor.Bad},
		"clocks agree": {clock: time.Minute, want: doctor.Bad},
	} {
		t.Run(look, func(t *testing.T) {
			t.Parallel()
			db := testkit.Database(t, platform.Migrate)
			now := func() time.Time { return time.Now().Add(fault.clock) }
			well := states(t, doctor.Database(t.Context(), "profile", db, time.Now))
			for what, state := range well {
				if what != "acknowledged means stored" && what != "connections are left" { // the servers of tests are fast and full
					require.Equal(t, doctor.Good, state, what)
				}
			}
			if fault.spoil != nil {
				require.NoError(t, fault.spoil(t.Context(), db))
			}
			require.Equal(t, fault.want, states(t, doctor.Database(t.Context(), "profile", db, now))[look])
		})
	}
}

// A server that does not wait for its disk is what tests run on: here it has to be found.
func TestSpeedAtTheCostOfDataIsFound(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, platform.Migrate)
	var fsync string
	require.NoError(t, db.Get(t.Context(), &fsync, `select current_setting('fsync')`))
	require.Equal(t, "off", fsync)
	require.Equal(t, doctor.Bad, states(t, doctor.Database(t.Context(), "profile", db, time.Now))["acknowledged means stored"])
}

func TestDatabaseThatIsAway(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, platform.Migrate)
	require.NoError(t, db.Close())
	for what, state := range states(t, doctor.Database(t.Context(), "profile", db, time.Now)) {
		require.Equal(t, doctor.Bad, state, what)
	}
}

func TestBroker(t *testing.T) {
	t.Parallel()
	js, err := jetstream.New(testkit.NATS(t))
	require.NoError(t, err)
	require.Equal(t, doctor.Bad, states(t, doctor.Broker(t.Context(), "voice", js, nil))["broker has the stream"])
	_, err = events.EnsureStream(t.Context(), js, events.StreamConfig{MaxBytes: 1 << 20})
	require.NoError(t, err)
	found := states(t, doctor.Broker(t.Context(), "voice", js, []string{"voice-facts"}))
	require.Equal(t, map[string]doctor.State{"broker has the stream": doctor.Good, "the stream has room": doctor.Good, "consumer voice-facts keeps up": doctor.Odd}, found)
	for range 9 {
		_, err = js.Publish(t.Context(), "guanxi.profile.customer.created.v1", make([]byte, 100<<10))
		require.NoError(t, err)
	}
	require.Equal(t, doctor.Odd, states(t, doctor.Broker(t.Context(), "voice", js, nil))["the stream has room"])
}
