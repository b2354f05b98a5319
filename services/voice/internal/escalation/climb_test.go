package escalation

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// impatient has what nobody acknowledges within half an hour go up.
func (b *bundle) impatient(t *testing.T) {
	t.Helper()
	_, err := b.store.settings.Current(t.Context())
	require.NoError(t, err)
	b.exec(t, `update settings set body = jsonb_set(body, '{escalationRules}', '{"acknowledgeMinutes": 30}')`)
}

func TestWhatNobodyAcknowledgesClimbs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.impatient(t)
	b.desk(t, "cn/south", "region")
	start := b.clock.Now()
	b.tick(t, b.customer(t, "cn/south/shenzhen"), step{Office, BeforeBreach, 0})
	require.Equal(t, 1, b.pass(t))
	require.Equal(t, start.Add(30*time.Minute), b.all(t)[0].GetClimbTime().AsTime())
	b.clock.Advance(29 * time.Minute)
	require.Zero(t, b.pass(t))
	for range 3 {
		b.clock.Advance(time.Hour)
		b.pass(t)
	}
	all := b.all(t)
	require.Len(t, all, 3)
	for i, level := range []string{"OFFICE", "REGION", "HEADQUARTERS"} {
		require.Equal(t, level, all[i].GetLevel().String())
		require.Nil(t, all[i].GetClimbTime())
	}
	require.Equal(t, 3, b.count(t, `select count(*) from clock_intervals where level > 0`))
	require.Equal(t, "NOT_ACKNOWLEDGED", all[1].GetTrigger().String())
	require.Equal(t, start.Add(30*time.Minute), all[1].GetPlannedTime().AsTime())
	require.Zero(t, b.pass(t))
}

func TestWhatSomebodyHasSeenToDoesNot(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"acknowledged": "", "met": `update clocks set state = 3`, "deleted": `update customers set delete_time = now()`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.impatient(t)
			b.tick(t, b.customer(t, "cn/south/shenzhen"), step{Office, BeforeBreach, 0})
			b.pass(t)
			if change == "" {
				_, err := b.AcknowledgeEscalation(caller(t.Context(), "boss", typev1.Level_MANAGER, "*"), &voicev1.AcknowledgeEscalationRequest{Name: b.all(t)[0].GetName()})
				require.NoError(t, err)
			} else {
				b.exec(t, change)
			}
			b.clock.Advance(time.Hour)
			b.pass(t)
			require.Zero(t, b.pass(t))
			require.Equal(t, 1, b.count(t, `select count(*) from escalations`))
		})
	}
}

func TestWhatStandsStillClimbsLater(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.impatient(t)
	b.tick(t, b.customer(t, "cn/south/shenzhen"), step{Office, BeforeBreach, 0})
	b.pass(t)
	b.exec(t, `update clocks set state = 2`)
	b.clock.Advance(time.Hour)
	b.pass(t)
	require.Len(t, b.all(t), 1)
	b.exec(t, `update clocks set state = 1`)
	b.clock.Advance(time.Hour)
	b.pass(t)
	require.Len(t, b.all(t), 2)
}
