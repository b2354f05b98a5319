package escalation

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/fault"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

func requireReason(t *testing.T, err error, reason string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, reason, fault.From(err).Reason(), "%v", err)
}

func TestWhoAcknowledges(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.desk(t, "cn/south", "li", "wang")
	b.tick(t, b.customer(t, "cn/south/shenzhen"), step{Region, AtBreach, 0})
	b.pass(t)
	name := b.all(t)[0].GetName()
	acknowledge := func(subject string, level typev1.Level, note string, territories ...string) (*voicev1.Escalation, error) {
		return b.AcknowledgeEscalation(caller(t.Context(), subject, level, territories...), &voicev1.AcknowledgeEscalationRequest{Name: name, Note: note})
	}
	_, err := acknowledge("zhao", typev1.Level_BASIC, "", "cn")
	requireReason(t, err, "NOT_TOLD")
	_, err = acknowledge("zhao", typev1.Level_EXECUTIVE, "", "cn/north")
	requireReason(t, err, "HIDDEN")
	first := b.clock.Now()
	_, err = acknowledge("li", typev1.Level_BASIC, "on it", "cn/south")
	require.NoError(t, err)
	b.clock.Advance(time.Minute)
	_, err = acknowledge("li", typev1.Level_BASIC, "again", "cn/south")
	require.NoError(t, err)
	got, err := acknowledge("boss", typev1.Level_MANAGER, "", "*")
	require.NoError(t, err)
	require.Equal(t, first, got.GetAcknowledgeTime().AsTime())
	require.Len(t, got.GetAcknowledgements(), 2)
	require.Equal(t, []string{"li", "on it", "boss"}, []string{
		got.GetAcknowledgements()[0].GetSubject(), got.GetAcknowledgements()[0].GetNote(), got.GetAcknowledgements()[1].GetSubject(),
	})
	same, err := b.GetEscalation(caller(t.Context(), "x", typev1.Level_BASIC, "cn"), &voicev1.GetEscalationRequest{Name: name})
	require.NoError(t, err)
	require.Equal(t, got.String(), same.String())
	require.Equal(t, 2, b.count(t, `select count(*) from outbox where subject = 'guanxi.voice.escalation.acknowledged.v1'`))
	b.exec(t, `update customers set delete_time = now()`)
	_, err = acknowledge("wang", typev1.Level_BASIC, "", "cn")
	requireReason(t, err, "DELETED")
}

func TestListsOfEscalations(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.desk(t, "cn/south", "li")
	south := b.tick(t, b.customer(t, "cn/south/shenzhen"), step{Office, BeforeBreach, 0}, step{Region, AtBreach, 0})
	b.tick(t, b.customer(t, "cn/north"), step{Headquarters, OnSeverity, 0})
	require.Equal(t, 3, b.pass(t))
	list := func(r *voicev1.ListEscalationsRequest, territories ...string) []*voicev1.Escalation {
		t.Helper()
		got, err := b.ListEscalations(caller(t.Context(), "li", typev1.Level_BASIC, territories...), r)
		require.NoError(t, err)
		return got.GetEscalations()
	}
	require.Len(t, list(&voicev1.ListEscalationsRequest{}, "*"), 3)
	require.Len(t, list(&voicev1.ListEscalationsRequest{}, "cn/south"), 2)
	require.Empty(t, list(&voicev1.ListEscalationsRequest{}, "eu"))
	require.Len(t, list(&voicev1.ListEscalationsRequest{Case: "cases/" + south.id.String()}, "*"), 2)
	require.Empty(t, list(&voicev1.ListEscalationsRequest{Case: "cases/" + south.id.String()}, "cn/north"))
	require.Empty(t, list(&voicev1.ListEscalationsRequest{Case: "cases/" + uuid.NewString()}, "*"))
	for filter, count := range map[string]int{
		`subjects:"li"`: 2, `level = REGION`: 1, `trigger = ON_SEVERITY`: 1, `acknowledge_time:*`: 0, `NOT acknowledge_time:*`: 3,
		`customer = "customers/` + south.customer.String() + `" AND measure = RESOLUTION`: 2, `territory = "cn"`: 1,
	} {
		require.Len(t, list(&voicev1.ListEscalationsRequest{Filter: filter}, "*"), count, filter)
	}
	_, err := b.ListEscalations(caller(t.Context(), "li", typev1.Level_BASIC, "*"), &voicev1.ListEscalationsRequest{Case: "case"})
	requireReason(t, err, "INVALID_FIELDS")
	_, err = b.GetEscalation(caller(t.Context(), "li", typev1.Level_BASIC, "*"), &voicev1.GetEscalationRequest{Name: Name(uuid.New())})
	requireReason(t, err, "NOT_FOUND")
}
