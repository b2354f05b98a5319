package events

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/localnats"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// BenchmarkRelay empties an outbox through a broker that syncs every write. Its floor is the same messages published in the same
// batches without a database; events/s and the ratio to the floor are reported.
func BenchmarkRelay(b *testing.B) {
	const count = 20_000
	broker, err := localnats.Start(localnats.Options{Dir: b.TempDir()})
	require.NoError(b, err)
	b.Cleanup(broker.Stop)
	conn, err := nats.Connect(broker.URL())
	require.NoError(b, err)
	b.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	require.NoError(b, err)
	_, err = EnsureStream(b.Context(), js, StreamConfig{})
	require.NoError(b, err)
	db := testkit.Database(b, migrate)

	var bare, relayed time.Duration
	for b.Loop() {
		b.StopTimer()
		floor := made(b, count)
		start := time.Now()
		for rest := floor; len(rest) > 0; rest = rest[batchSize:] {
			require.NoError(b, publisher{conn}.publish(b.Context(), rest[:batchSize]))
		}
		bare += time.Since(start)

		list := make([]Event, 0, count)
		for _, r := range made(b, count) {
			list = append(list, r.Event)
		}
		require.NoError(b, InsertAll(b.Context(), db, list))
		relay := NewRelay(db, js, "test", quiet(), time.Now)
		lease, err := acquire(b.Context(), db)
		require.NoError(b, err)
		start = time.Now()
		b.StartTimer()
		for found := pageSize; found == pageSize; {
			found, err = relay.pass(b.Context(), lease)
			require.NoError(b, err)
		}
		relayed += time.Since(start)
		lease.release()
	}
	b.ReportMetric(float64(b.N)*count/relayed.Seconds(), "events/s")
	b.ReportMetric(bare.Seconds()/relayed.Seconds(), "of-floor")
}

func made(t testing.TB, count int) []row {
	t.Helper()
	rows := make([]row, count)
	for i := range rows {
		aggregate := uuid.New()
		e, err := New(t.Context(), time.Now(), aggregate, &profilev1.CustomerChanged{
			Customer: "customers/" + aggregate.String(), ChangedFields: []string{"display_name", "industry"},
			Before: &profilev1.Customer{DisplayName: "Shenzhen Optical Networks", Industry: "telecommunications"},
			After:  &profilev1.Customer{DisplayName: "深圳光网络有限公司", Industry: "optical networks", Tags: []string{"gold", "wanted"}},
		})
		require.NoError(t, err)
		e.Version = 1
		rows[i].Event = e
	}
	return rows
}
