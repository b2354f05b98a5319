package fact

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
)

func migrate(ctx context.Context, db *postgres.DB) error {
	return service.Migrate(ctx, db, service.Definition{Name: "segmentation", Migrations: os.DirFS("../../migrations")})
}

func TestQueuesAreReported(t *testing.T) {
	t.Parallel()
	db, clock := testkit.Database(t, migrate), testkit.NewClock()
	q := NewQueues(NewStore(db, clock.Now))
	requireReported := func(touched, age, wanted, wantedAge string) {
		t.Helper()
		want := `
# HELP guanxi_segmentation_queue_oldest_seconds Time since the event that the oldest entry of a queue is there for; 0 when it is empty.
# TYPE guanxi_segmentation_queue_oldest_seconds gauge
guanxi_segmentation_queue_oldest_seconds{queue="touched"} ` + age + `
guanxi_segmentation_queue_oldest_seconds{queue="wanted"} ` + wantedAge + `
# HELP guanxi_segmentation_queue_waiting Entries of a queue: touched (customers to be looked at again), wanted (what profile is to be asked for); 10000 stands for that and more.
# TYPE guanxi_segmentation_queue_waiting gauge
guanxi_segmentation_queue_waiting{queue="touched"} ` + touched + `
guanxi_segmentation_queue_waiting{queue="wanted"} ` + wanted + `
`
		require.NoError(t, testutil.CollectAndCompare(q, strings.NewReader(want)))
	}
	requireReported("0", "0", "0", "0")
	exec := func(query string, args ...any) {
		_, err := db.Exec(t.Context(), query, args...)
		require.NoError(t, err)
	}
	for range 3 {
		exec(`insert into touched (customer_id, cause, reference, occur_time) values (gen_random_uuid(), 'order', '', $1)`, clock.Now())
		clock.Advance(time.Minute)
	}
	exec(`insert into wanted (customer_id, order_id, wish_time) select gen_random_uuid(), gen_random_uuid(), $1 from generate_series(1, $2)`, clock.Now(), countedUpTo+1)
	clock.Advance(time.Second)
	requireReported("3", "181", "10000", "1")
	require.NoError(t, db.Close())
	require.Zero(t, testutil.CollectAndCount(q), "what cannot be read is not reported")
}
