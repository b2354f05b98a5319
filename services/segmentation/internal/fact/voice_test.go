package fact_test

import (
	"context"
	"os"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/fact"
)

// A complaint is a signal of 1, a major one of 2, once for each event however often it comes; what nobody knows whose it is, and what is no complaint, is none.
func TestComplaintsAreSignals(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, func(ctx context.Context, db *postgres.DB) error {
		return service.Migrate(ctx, db, service.Definition{Name: "segmentation", Migrations: os.DirFS("../../migrations")})
	})
	listen, customer := fact.NewStore(db, testkit.NewClock().Now).Voices(), uuid.Must(uuid.NewV7())
	name := resource.Name("customers", customer)
	hear := func(aggregate uuid.UUID, times int, data proto.Message) {
		t.Helper()
		event, err := events.New(t.Context(), testkit.Start, aggregate, data)
		require.NoError(t, err)
		for range times {
			require.NoError(t, listen.Handle(t.Context(), events.Delivery{Event: event}))
		}
	}
	hear(customer, 2, &voicev1.VoiceReceived{Voice: "voices/1", Customer: name, Kind: voicev1.VoiceKind_COMPLAINT})
	hear(customer, 2, &voicev1.VoiceReceived{Voice: "voices/2", Customer: name, Kind: voicev1.VoiceKind_PRAISE, Major: true})
	stranger := uuid.Must(uuid.NewV7())
	hear(stranger, 1, &voicev1.VoiceReceived{Voice: "voices/3", Kind: voicev1.VoiceKind_COMPLAINT})
	hear(stranger, 2, &voicev1.VoiceIdentified{Voice: "voices/3", Customer: name, Kind: voicev1.VoiceKind_COMPLAINT, Major: true})

	var values []float64
	require.NoError(t, db.Select(t.Context(), &values, `select value from signals where customer_id = $1 and kind = 2 and source_system = 'guanxi' order by signal_id`, customer))
	require.Equal(t, []float64{1, 2}, values)
	var count int
	require.NoError(t, db.Get(t.Context(), &count, `select count(*) from signals`))
	require.Equal(t, 2, count)
	require.NoError(t, db.Get(t.Context(), &count, `select count(*) from touched where cause = 'signal' and reference in ('voices/1', 'voices/3')`))
	require.GreaterOrEqual(t, count, 2, "the customer is judged anew")
}
