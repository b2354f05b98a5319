package clock

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/services/voice/internal/calendar"
	"github.com/guanxi-crm/guanxi/services/voice/internal/rule"
)

func hours(n int64, steps ...rule.Step) Promise {
	return Promise{
		Terms:  Terms{Rule: uuid.UUID{1}, RuleVersion: int32(n), Factor: decimal.NewFromInt(1), Target: n * 3600},
		Pauses: true, Steps: steps, Time: calendar.Always(),
	}
}

var ladder = []rule.Step{
	{Level: 1, Trigger: Before, Percent: 75}, {Level: 2, Trigger: AtBreach}, {Level: 3, Trigger: AfterBreach, After: 3600}, {Level: 3, Trigger: AfterBreach, After: 7200},
}

// told is what of a clock would be told by a worker that looks at an instant.
func told(k *Clock, at time.Time) (fired []int16) {
	for k.NextTime != nil && !k.NextTime.After(at) {
		for i := range k.Alarms {
			if k.Alarms[i].Number == *k.Next {
				k.Alarms[i].Fired = &at
				fired = append(fired, k.Alarms[i].Level)
			}
		}
		k.next()
	}
	return fired
}

func TestAlarmsInOrder(t *testing.T) {
	t.Parallel()
	k := start(uuid.Nil, uuid.Nil, uuid.Nil, Resolution, hours(8, ladder...), epoch)
	after := func(h int) time.Time { return epoch.Add(time.Duration(h) * time.Hour) }
	require.Equal(t, after(6), *k.NextTime)
	require.Empty(t, told(k, after(6).Add(-1)))
	require.Equal(t, []int16{1}, told(k, after(6)))
	require.True(t, k.pause(after(7)))
	require.Nil(t, k.NextTime)
	require.True(t, k.resume(after(17)))
	require.Equal(t, after(18), *k.NextTime)
	require.Equal(t, []int16{0, 2}, told(k, after(18)))
	require.Equal(t, []int16{3, 3}, told(k, after(30)), "a worker that was away makes up for all")
	require.Nil(t, k.NextTime)
}

func TestBreachIsNotMissedByStopping(t *testing.T) {
	t.Parallel()
	k := start(uuid.Nil, uuid.Nil, uuid.Nil, Resolution, hours(8, ladder...), epoch)
	require.True(t, k.stop(epoch.Add(8*time.Hour+time.Minute)))
	require.Equal(t, Missed, k.State)
	require.Equal(t, []int16{1, 0, 2}, told(k, epoch.Add(9*time.Hour)))
	require.Nil(t, k.NextTime)

	k = start(uuid.Nil, uuid.Nil, uuid.Nil, Resolution, hours(8, ladder...), epoch)
	require.True(t, k.stop(epoch.Add(8*time.Hour)))
	require.Equal(t, Met, k.State, "exactly when it was due")
}

func TestNobodyIsToldTwice(t *testing.T) {
	t.Parallel()
	k := start(uuid.Nil, uuid.Nil, uuid.Nil, Resolution, hours(8, ladder...), epoch)
	at := epoch.Add(8 * time.Hour)
	require.Equal(t, []int16{1, 0, 2}, told(k, at))
	require.True(t, k.retarget(hours(4, append(ladder, rule.Step{Level: 3, Trigger: OnSeverity})...), CaseChanged, at))
	require.Equal(t, []int16{3, 3, 3}, told(k, at), "at once, and because four hours were over long ago")
	require.True(t, k.retarget(hours(24, ladder...), CaseChanged, at))
	require.Nil(t, k.NextTime)
	require.Equal(t, epoch.Add(24*time.Hour), *k.Due, "due again, but everybody knows")
}

func TestMajorIsToldAtOnce(t *testing.T) {
	t.Parallel()
	k := start(uuid.Nil, uuid.Nil, uuid.Nil, Resolution, hours(24, rule.Step{Level: 3, Trigger: OnSeverity}), epoch)
	require.Equal(t, []int16{3}, told(k, epoch))
	require.Equal(t, epoch.Add(24*time.Hour), *k.Due)
}

func TestWhatIsShortenedIsDueAtTheChange(t *testing.T) {
	t.Parallel()
	k := start(uuid.Nil, uuid.Nil, uuid.Nil, Resolution, hours(8), epoch)
	at := epoch.Add(5 * time.Hour)
	require.True(t, k.pause(at))
	require.Nil(t, k.Due)
	later := epoch.Add(6 * time.Hour)
	require.True(t, k.retarget(hours(4), CaseChanged, later))
	require.Equal(t, later, *k.Due)
	require.Equal(t, later, *k.NextTime)
	require.False(t, k.retarget(hours(4), CaseChanged, later), "nothing changes")
	require.True(t, k.retarget(hours(9), CaseChanged, later))
	require.Nil(t, k.Due)
	require.Nil(t, k.NextTime)
	require.Len(t, k.log, 4)
}

// What comes late, or with fractions of a second, never counts time twice.
func TestLateNews(t *testing.T) {
	t.Parallel()
	k := start(uuid.Nil, uuid.Nil, uuid.Nil, Resolution, hours(8), epoch.Add(900*time.Millisecond))
	require.Equal(t, epoch, k.Changed)
	require.True(t, k.pause(epoch.Add(time.Hour)))
	require.True(t, k.resume(epoch.Add(30*time.Minute)), "a resume from before the pause")
	require.Equal(t, int64(3600), k.Used)
	require.Equal(t, epoch.Add(time.Hour), k.Changed)
}
