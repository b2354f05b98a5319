package clock

import (
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/services/voice/internal/calendar"
)

// whole cuts an instant to the seconds that clocks reckon in.
func whole(at time.Time) time.Time { return at.UTC().Truncate(time.Second) }

// start makes a running clock.
func start(customer, id, clock uuid.UUID, m Measure, p Promise, at time.Time) *Clock {
	at = whole(at)
	k := &Clock{Customer: customer, Case: id, ID: clock, Measure: m, Terms: p.Terms, Offered: p.Offered, Pauses: p.Pauses, State: Running, Changed: at, Since: &at, time: p.Time}
	k.project(at, false)
	k.note(Started)
	k.arm(p.Steps, at)
	return k
}

// moment is when a change counts: never before the last one, so that no time is counted twice.
func (k *Clock) moment(at time.Time) time.Time {
	if at = whole(at); at.Before(k.Changed) {
		return k.Changed
	}
	return at
}

// change brings the used time up to an instant, lets do change the clock, and projects it anew. Everything else about a clock follows.
func (k *Clock) change(at time.Time, cause Cause, do func(at time.Time)) time.Time {
	at = k.moment(at)
	k.Used = k.UsedAt(at)
	reached := k.Used >= k.Target
	k.Changed = at
	do(at)
	k.Since = nil
	if k.State == Running {
		k.Since = &at
	}
	if k.State.Open() {
		k.project(at, reached)
	}
	k.note(cause)
	return at
}

// project finds when the clock is due. Once the target is reached it stays due since then, however often it is paused, until a longer target lets it be not reached any more; a
// target that becomes reached by being shortened is due at that change.
func (k *Clock) project(at time.Time, reached bool) {
	switch {
	case k.Used >= k.Target && reached && k.Due != nil:
	case k.Used >= k.Target:
		k.Due = &at
	default:
		k.Due = k.ahead(at, k.Target)
	}
}

// ahead is when a running clock will have used so much; nil when it does not run or never will.
func (k *Clock) ahead(at time.Time, used int64) *time.Time {
	if k.State != Running {
		return nil
	}
	if due, ok := k.time.Add(at, used-k.Used); ok {
		return &due
	}
	return nil
}

// note adds an interval that begins at the last change.
func (k *Clock) note(cause Cause) {
	if n := len(k.log); n > 0 {
		end := k.Changed
		k.log[n-1].End = &end
	}
	k.Intervals++
	k.log = append(k.log, Interval{
		Customer: k.Customer, Case: k.Case, Clock: k.ID, Number: k.Intervals, Cause: cause, State: k.State, Start: k.Changed, Terms: k.Terms, Used: k.Used, Due: k.Due,
	})
}

// pause stops a running clock that pauses while we wait for the customer.
func (k *Clock) pause(at time.Time) bool {
	if k.State != Running || !k.Pauses {
		return false
	}
	at = k.change(at, Waiting, func(time.Time) { k.State = Paused })
	k.rearm(at)
	return true
}

// resume lets a paused clock run on.
func (k *Clock) resume(at time.Time) bool {
	if k.State != Paused {
		return false
	}
	at = k.change(at, Resumed, func(time.Time) { k.State = Running })
	k.rearm(at)
	return true
}

// stop ends an open clock: in time up to the instant that it is due, late after that.
func (k *Clock) stop(at time.Time) bool {
	if !k.State.Open() {
		return false
	}
	at = k.change(at, Stopped, func(at time.Time) {
		k.State = Met
		if k.Due != nil && at.After(*k.Due) {
			k.State = Missed
		}
	})
	k.rearm(at)
	return true
}

// cancel ends a clock without a verdict; nobody is told of it any more.
func (k *Clock) cancel(at time.Time) bool {
	if !k.State.Open() {
		return false
	}
	at = k.change(at, Ended, func(time.Time) { k.State = Cancelled })
	k.disarm(at)
	return true
}

// reopen lets a stopped clock go on from what was used, under what the rules say now.
func (k *Clock) reopen(p Promise, at time.Time) bool {
	if k.State.Open() {
		return false
	}
	at = k.change(at, Reopened, func(time.Time) {
		k.State = Running
		k.take(p)
	})
	k.arm(p.Steps, at)
	return true
}

// retarget takes an open clock over to other terms: what was used stays, what is ahead is reckoned anew. It does nothing when the terms are the same.
func (k *Clock) retarget(p Promise, cause Cause, at time.Time) bool {
	if !k.State.Open() || k.Same(p.Terms) && k.Pauses == p.Pauses {
		return false
	}
	at = k.change(at, cause, func(time.Time) {
		k.take(p)
		if k.State == Paused && !p.Pauses { // what is not paused by its rule runs
			k.State = Running
		}
	})
	k.arm(p.Steps, at)
	return true
}

func (k *Clock) take(p Promise) {
	k.Terms, k.Offered, k.Pauses, k.time = p.Terms, p.Offered, p.Pauses, p.Time
}

// recalendar takes an open clock over to another version of its calendar; all else that it is held to stays.
func (k *Clock) recalendar(v calendar.Version, t *calendar.Time, at time.Time) bool {
	if !k.State.Open() || k.Calendar == v.ID && k.CalendarVersion == v.Version {
		return false
	}
	at = k.change(at, CalendarChanged, func(time.Time) { k.Calendar, k.CalendarVersion, k.time = v.ID, v.Version, t })
	k.rearm(at)
	return true
}
