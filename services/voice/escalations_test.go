package voice_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/auth"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

const (
	runClock = `insert into clocks (customer_id, case_id, clock_id, measure, rule_id, rule_version, calendar_id, calendar_version, sla_factor, customer_factor, target_seconds,
			pauses, state, used_seconds, intervals, alarms, change_time, running_since, due_time, next_alarm_time, next_alarm)
		values ($1, $2, $3, 2, $3, 1, $3, 1, 1, 1, 3600, true, 1, 0, 0, 2, $4, $4, $5, $5, 1)`

	setAlarm = `insert into clock_alarms (customer_id, case_id, clock_id, number, level, trigger, at_seconds, fire_time, add_time) values ($1, $2, $3, $4, $5, 2, 3600, $6, $6)`
)

// overdue makes a case whose clock runs out in an hour, when its region is told.
func (b *bundle) overdue(t *testing.T, customer string) (name string) {
	t.Helper()
	of, id, clock := uuid.MustParse(strings.TrimPrefix(customer, "customers/")), uuid.New(), uuid.New()
	now := b.Clock.Now()
	due := now.Add(time.Hour)
	for _, s := range []struct {
		query string
		args  []any
	}{
		{openCase, []any{of, id, now}},
		{runClock, []any{of, id, clock, now, due}},
		{setAlarm, []any{of, id, clock, 1, 0, due}},
		{setAlarm, []any{of, id, clock, 2, 2, due}},
	} {
		_, err := b.DB.Exec(t.Context(), s.query, s.args...)
		require.NoError(t, err)
	}
	return "cases/" + id.String()
}

// A clock that runs out is announced by the running service, once, and its region's leads are told, one of whom takes note.
func TestBreachIsAnnouncedAndTold(t *testing.T) {
	t.Parallel()
	b := setup(t)
	admin := b.admin(t)
	_, err := voicev1.NewDeskServiceClient(b.Conn).CreateDesk(admin, &voicev1.CreateDeskRequest{Desk: &voicev1.Desk{
		Territory: "cn/south", LabelEn: "South", LabelZh: "华南", Leads: []string{"li"},
	}})
	require.NoError(t, err)
	name := b.overdue(t, b.customer(admin, t, "x", "owner"))
	queue := voicev1.NewQueueServiceClient(b.Conn)
	for level, seen := range map[bool]string{false: "", true: "4000"} {
		who := basic
		if level {
			who = manager
		}
		got, err := queue.QueueCases(b.As(t, who, "cn"), &voicev1.QueueCasesRequest{})
		require.NoError(t, err)
		require.Len(t, got.GetEntries(), 1)
		require.Equal(t, name, got.GetEntries()[0].GetCase())
		require.Equal(t, seen, got.GetEntries()[0].GetBreachCost())
	}
	b.Clock.Advance(time.Hour)
	breached, escalated := &voicev1.CaseBreached{}, &voicev1.CaseEscalated{}
	require.NoError(t, b.Events(t, "guanxi.voice.case.breached.v1", 1)[0].Decode(breached))
	require.NoError(t, b.Events(t, "guanxi.voice.case.escalated.v1", 1)[0].Decode(escalated))
	require.Equal(t, []string{name, name}, []string{breached.GetCase(), escalated.GetCase()})
	require.Equal(t, []string{"li"}, escalated.GetSubjects())
	require.Equal(t, "REGION cn/south", escalated.GetLevel().String()+" "+escalated.GetTerritory())

	li := b.AsPrincipal(t, auth.Principal{Subject: "li", Level: basic, Territories: []string{"cn/south"}})
	escalations := voicev1.NewEscalationServiceClient(b.Conn)
	mine, err := escalations.ListEscalations(li, &voicev1.ListEscalationsRequest{Filter: `subjects:"li" AND NOT acknowledge_time:*`})
	require.NoError(t, err)
	require.Len(t, mine.GetEscalations(), 1)
	done, err := escalations.AcknowledgeEscalation(li, &voicev1.AcknowledgeEscalationRequest{Name: mine.GetEscalations()[0].GetName(), Note: "马上处理"})
	require.NoError(t, err)
	require.Equal(t, b.Clock.Now(), done.GetAcknowledgeTime().AsTime())
	acknowledged := b.Events(t, "guanxi.voice.escalation.acknowledged.v1", 1)
	require.NotContains(t, string(acknowledged[0].Data), "马上处理", "what people write is in no event")
}
