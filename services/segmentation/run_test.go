package segmentation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/service"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation"
)

// crowd is enough for a run of several steps.
const crowd = 6_000

// A run that is cut off again and again ends as one that is not: the same standings, and as many events. What is cut off is rolled back, as after kill -9, of which
// libs/operation has its own test.
func TestARunThatIsCutOffEndsInTheSameResult(t *testing.T) {
	t.Parallel()
	whole, announced := runOver(t, 0)
	again, announcedAgain := runOver(t, 3)
	require.Equal(t, whole, again)
	require.Equal(t, announced, announcedAgain)
	require.Greater(t, announced, crowd, "there was something to announce")
}

func runOver(t *testing.T, cuts int) (digest string, announced int) {
	t.Helper()
	var url string
	b := setup(t, func(cfg *service.Config, _ *service.Deps) { url = cfg.Database.URL })
	for _, statement := range []string{crowdOfCustomers, crowdOfOrders, crowdOfMeasures} {
		_, err := b.DB.Exec(t.Context(), statement, crowd)
		require.NoError(t, err)
	}
	run, err := b.assessments.RunAssessment(b.admin(t), &segmentationv1.RunAssessmentRequest{})
	require.NoError(t, err)
	for i := range cuts {
		time.Sleep(time.Duration(300+400*i) * time.Millisecond) // somewhere in the ranking, the first, a later step
		b.Stop(t)
		b.Service = b.profile.Beside(t, segmentation.Definition(), func(cfg *service.Config, _ *service.Deps) { cfg.Database.URL = url })
		b.assessments = segmentationv1.NewAssessmentServiceClient(b.Conn)
	}
	require.Eventually(t, func() bool {
		run, err = b.assessments.GetAssessmentRun(b.admin(t), &segmentationv1.GetAssessmentRunRequest{Name: run.GetName()})
		require.NoError(t, err)
		return run.GetOperation().GetState() == typev1.Operation_SUCCEEDED
	}, 2*time.Minute, 100*time.Millisecond)
	require.EqualValues(t, crowd, run.GetOperation().GetDoneCount(), "each customer once")
	return b.digest(t), b.announced(t)
}

// The same customers in every run, with orders that differ from customer to customer.
const (
	crowdID          = `cast(lpad(to_hex(i), 8, '0') || '-0000-7000-8000-000000000000' as uuid)`
	crowdOfCustomers = `insert into customers (customer_id, territory, create_time) select ` + crowdID + `, 'cn', '2024-01-01Z' from generate_series(1, $1::int) i`
	crowdOfOrders    = `insert into orders (customer_id, order_id, order_time, order_day, currency, rate, amount, product_lines)
		select ` + crowdID + `, cast(lpad(to_hex(i * 4 + k), 8, '0') || '-0000-7000-8000-000000000001' as uuid), at, at, 'CNY', 1, (i * 7919) % 99991, array['a']
		from (select i, k, date '2025-12-31' - (i % 97) * k as at from generate_series(1, $1::int) i, generate_series(0, 3) k where k < i % 5) o`
	crowdOfMeasures = `insert into measures (customer_id, measure_month, order_days, sales, stated_sales, previous_sales, year_sales, last_year_sales, orders, quarters,
			product_lines, unrated)
		select ` + crowdID + `, '1900-01-01', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 from generate_series(1, $1::int) i`
)
