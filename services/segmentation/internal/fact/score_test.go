package fact_test

import (
	"context"
	"os"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/fact"
)

// A published score is a signal, once however often its event comes.
func TestScoresAreSignals(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, func(ctx context.Context, db *postgres.DB) error {
		return service.Migrate(ctx, db, service.Definition{Name: "segmentation", Migrations: os.DirFS("../../migrations")})
	})
	listen, customer := fact.NewStore(db, testkit.NewClock().Now).Scores(), uuid.Must(uuid.NewV7())
	said := &satisfactionv1.CustomerScorePublished{Customer: resource.Name("customers", customer), Survey: "surveys/1", Score: "62.5", Responses: 3}
	event, err := events.New(t.Context(), testkit.Start, customer, said)
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, listen.Handle(t.Context(), events.Delivery{Event: event}))
	}
	var values []float64
	require.NoError(t, db.Select(t.Context(), &values, `select value from signals where customer_id = $1 and kind = 3`, customer))
	require.Equal(t, []float64{62.5}, values)
}
