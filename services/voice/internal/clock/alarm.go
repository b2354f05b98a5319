package clock

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/services/voice/internal/rule"
)

// Alarm is a step of escalation. Level 0 is the breach itself, which tells nobody.
type Alarm struct {
	Customer uuid.UUID  `db:"customer_id" json:"customer_id"`
	Case     uuid.UUID  `db:"case_id"     json:"case_id"`
	Clock    uuid.UUID  `db:"clock_id"    json:"clock_id"`
	Number   int16      `db:"number"      json:"number"`
	Level    int16      `db:"level"       json:"level"`
	Trigger  Trigger    `db:"trigger"     json:"trigger"`
	At       int64      `db:"at_seconds"  json:"at_seconds"` // of used working time
	Fire     *time.Time `db:"fire_time"   json:"fire_time"`
	Fired    *time.Time `db:"fired_time"  json:"fired_time"`
	Added    time.Time  `db:"add_time"    json:"add_time"`
	Dropped  *time.Time `db:"drop_time"   json:"drop_time"`

	ordinal int // among those of its level and trigger
}

// pending says whether it can still go off.
func (a *Alarm) pending() bool { return a.Fired == nil && a.Dropped == nil }

// alarms are what a clock of a target has to be told of, in the order of their numbers.
func alarms(steps []rule.Step, target int64) []Alarm {
	all := []Alarm{{Trigger: AtBreach, At: target}}
	for _, s := range steps {
		all = append(all, Alarm{Level: s.Level, Trigger: s.Trigger, At: s.At(target)})
	}
	order(all[1:])
	return all
}

// order puts alarms in order and counts those of a level and trigger.
func order(all []Alarm) {
	slices.SortStableFunc(all, func(a, b Alarm) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Level, b.Level), cmp.Compare(a.Trigger, b.Trigger))
	})
	count := map[[2]int16]int{}
	for i := range all {
		key := [2]int16{all[i].Level, int16(all[i].Trigger)}
		all[i].ordinal = count[key]
		count[key]++
	}
}

// arm takes the alarms over to other steps or another target. What was fired is not fired again: a level that was told for a trigger is not told a second time by the rule that
// follows. What has not been fired is replaced.
func (k *Clock) arm(steps []rule.Step, at time.Time) {
	fired := map[[2]int16]int{}
	for i := range k.Alarms {
		a := &k.Alarms[i]
		if a.Fired != nil {
			fired[[2]int16{a.Level, int16(a.Trigger)}]++
		}
	}
	for _, next := range alarms(steps, k.Target) {
		if next.ordinal < fired[[2]int16{next.Level, int16(next.Trigger)}] {
			continue
		}
		if same := k.find(next); same != nil {
			same.ordinal = keep
			continue
		}
		k.AlarmsMax++
		next.Customer, next.Case, next.Clock, next.Number, next.Added, next.ordinal = k.Customer, k.Case, k.ID, k.AlarmsMax, at, keep
		k.Alarms = append(k.Alarms, next)
	}
	for i := range k.Alarms {
		if a := &k.Alarms[i]; a.pending() && a.ordinal != keep {
			a.Dropped, a.Fire = &at, nil
		}
		k.Alarms[i].ordinal = 0
	}
	k.rearm(at)
}

// keep marks alarms that stay.
const keep = -1

// find is a pending alarm that is the same.
func (k *Clock) find(next Alarm) *Alarm {
	for i := range k.Alarms {
		if a := &k.Alarms[i]; a.pending() && a.ordinal != keep && a.Level == next.Level && a.Trigger == next.Trigger && a.At == next.At {
			return a
		}
	}
	return nil
}

// rearm projects the pending alarms after a change. One whose time has come stays due, even when the clock was paused or stopped right after it: whether it is of use still is for
// escalation to say, which must see it.
func (k *Clock) rearm(at time.Time) {
	for i := range k.Alarms {
		a := &k.Alarms[i]
		switch {
		case !a.pending():
		case a.Fire != nil && !a.Fire.After(at) && a.At <= k.Used:
		case a.At <= k.Used && k.State.Open():
			a.Fire = &at
		default:
			a.Fire = k.ahead(at, a.At)
		}
	}
	k.next()
}

// disarm drops what has not been fired.
func (k *Clock) disarm(at time.Time) {
	for i := range k.Alarms {
		if a := &k.Alarms[i]; a.pending() {
			a.Dropped, a.Fire = &at, nil
		}
	}
	k.next()
}

// next finds the alarm that goes off first.
func (k *Clock) next() {
	k.Next, k.NextTime = nil, nil
	for i := range k.Alarms {
		a := &k.Alarms[i]
		if a.pending() && a.Fire != nil && (k.NextTime == nil || a.Fire.Before(*k.NextTime)) {
			number, at := a.Number, *a.Fire
			k.Next, k.NextTime = &number, &at
		}
	}
}
