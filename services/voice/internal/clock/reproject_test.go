package clock

import (
	"context"
	"log/slog"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/services/voice/internal/calendar"
	"github.com/guanxi-crm/guanxi/services/voice/internal/rule"
)

func (b *bench) run(asked reprojection) uuid.UUID {
	b.t.Helper()
	id, err := operation.Start(b, b.db, kind, asked, b.clock.Now())
	require.NoError(b.t, err)
	runner, err := operation.NewRunner(b.db, []operation.Kind{b.Kind()}, slog.New(slog.DiscardHandler), b.clock.Now)
	require.NoError(b.t, err)
	require.NoError(b.t, runner.Tick(b))
	o, err := operation.Get(b, b.db, kind, id)
	require.NoError(b.t, err)
	require.Equal(b.t, operation.Succeeded, o.State, "%+v", o)
	return id
}

func (b *bench) recorded(run uuid.UUID) (all []moved) {
	b.t.Helper()
	require.NoError(b.t, b.db.Select(b, &all, `select `+moveColumns+` from clock_moves m where m.operation_id = $1 order by m.clock_id`, run))
	return all
}

func TestReprojectionOfACalendar(t *testing.T) {
	t.Parallel()
	b := setup(t)
	morning := local("2026-11-30 09:00")
	b.clock.Set(morning)
	of := b.opened(high, morning) // answered within two hours, solved within two days
	closing := b.opened(medium, morning)
	b.do(closing.Customer, func(ctx context.Context) error { return b.Pause(ctx, closing.Customer, closing.Case, morning) })
	_, err := b.calendars.Change(b, calendar.ChinaOffice, "", func(_ context.Context, c *calendar.Calendar) ([]string, error) {
		c.Closed = append(c.Closed, "2026-12-01")
		return []string{"closed"}, nil
	})
	require.NoError(t, err)
	office := calendar.ChinaOffice
	b.clock.Set(local("2026-11-30 10:00"))
	b.do(of.Customer, func(ctx context.Context) error {
		d, err := b.Reproject(ctx, of, b.clock.Now())
		require.Empty(t, d.Moves, "a case that is judged anew and stays what it was keeps to its versions")
		return err
	})
	require.Len(t, b.recorded(b.run(reprojection{Calendar: &office, Preview: true})), 1)
	require.Equal(t, local("2026-12-01 18:00").UTC(), b.at(of, b.clock.Now(), Resolution).Due.UTC(), "nothing is changed by a preview")

	moves := b.recorded(b.run(reprojection{Calendar: &office}))
	require.Len(t, moves, 1)
	require.Equal(t, local("2026-12-01 18:00").UTC(), moves[0].BeforeDue.UTC())
	require.Equal(t, local("2026-12-02 18:00").UTC(), moves[0].AfterDue.UTC())
	v := b.at(of, b.clock.Now(), Resolution)
	require.Equal(t, int32(2), v.CalendarVersion)
	require.Equal(t, int64(3600), v.Used)
	require.Equal(t, CalendarChanged, v.Intervals[1].Cause)
	require.Equal(t, int32(2), b.at(closing, b.clock.Now(), Resolution).CalendarVersion, "it is reckoned in the new one when it goes on")
	require.Empty(t, b.recorded(b.run(reprojection{Calendar: &office})), "all are taken over")
}

func TestReprojectionOfRules(t *testing.T) {
	t.Parallel()
	b := setup(t)
	morning := local("2026-11-30 09:00")
	b.clock.Set(morning)
	of := b.opened(high, morning)
	b.opened(medium, morning)
	id, err := b.rules.Find(b, "name", "responseRules/complaint-high")
	require.NoError(t, err)
	_, err = b.rules.Change(b, id, "", func(_ context.Context, r *rule.Rule) ([]string, error) {
		r.Targets[1].Seconds = 9 * 3600
		return []string{"targets"}, nil
	})
	require.NoError(t, err)
	moves := b.recorded(b.run(reprojection{}))
	require.Len(t, moves, 1)
	require.Equal(t, int64(9*3600), moves[0].AfterTarget)
	require.Equal(t, local("2026-11-30 18:00").UTC(), moves[0].AfterDue.UTC())
	v := b.at(of, b.clock.Now(), Resolution)
	require.Equal(t, int32(2), v.RuleVersion)
	require.Equal(t, RuleChanged, v.Intervals[1].Cause)
}
