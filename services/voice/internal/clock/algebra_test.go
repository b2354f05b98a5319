package clock

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/voice/internal/rule"
)

// brute is a clock that goes minute by minute and knows nothing of intervals.
type brute struct {
	state  State
	pauses bool
	used   int64
	target int64
	book   int
	due    *int // the minute in which the target was found used up
}

// find notes whether the target is used up in a minute.
func (b *brute) find(m int) {
	switch {
	case b.used < b.target:
		b.due = nil
	case b.due == nil:
		b.due = &m
	}
}

func (b *brute) tick(all []book, m int) {
	if b.state == Running && all[b.book].open[m] {
		b.used += 60
	}
	if b.state.Open() {
		b.find(m + 1)
	}
}

// move is one thing that happens to both.
type move struct {
	minute, kind int
	promise      Promise
	book         int
}

const (
	pausing = iota
	resuming
	stopping
	reopening
	grading   // severity, class or major changed
	recalling // the calendar got a new version
	cancelling
	kinds
)

func promise(t *rapid.T, all []book, version int32) (Promise, int) {
	n := rapid.IntRange(0, len(all)-1).Draw(t, "calendar")
	return Promise{
		Terms: Terms{
			RuleVersion: version, Calendar: uuid.UUID{byte(n)}, CalendarVersion: version, Factor: decimal.NewFromInt(1), Target: 60 * rapid.Int64Range(1, 40*60).Draw(t, "minutes"),
		},
		Pauses: rapid.Bool().Draw(t, "pauses"), Time: all[n].time,
		Steps: []rule.Step{{Level: 1, Trigger: Before, Percent: 80}, {Level: 2, Trigger: AtBreach}, {Level: 3, Trigger: AfterBreach, After: 3600}},
	}, n
}

// apply does a move to the clock under test.
func (v move) apply(k *Clock) {
	at := minute(v.minute)
	switch v.kind {
	case pausing:
		k.pause(at)
	case resuming:
		k.resume(at)
	case stopping:
		k.stop(at)
	case reopening:
		k.reopen(v.promise, at)
	case grading:
		k.retarget(v.promise, CaseChanged, at)
	case recalling:
		k.retarget(v.promise, CalendarChanged, at)
	case cancelling:
		k.cancel(at)
	}
}

// apply does a move to the simulation, by the words of the rules.
func (v move) simulate(b *brute) {
	open := b.state == Running || b.state == Paused
	switch v.kind {
	case pausing:
		if b.state == Running && b.pauses {
			b.state = Paused
		}
	case resuming:
		if b.state == Paused {
			b.state = Running
		}
	case stopping:
		if open && b.due != nil && *b.due < v.minute {
			b.state = Missed
		} else if open {
			b.state = Met
		}
	case reopening:
		if !open {
			b.state, b.target, b.book, b.pauses = Running, v.promise.Target, v.book, v.promise.Pauses
			b.find(v.minute)
		}
	case grading, recalling:
		if open {
			b.target, b.book, b.pauses = v.promise.Target, v.book, v.promise.Pauses
			if !b.pauses {
				b.state = Running
			}
			b.find(v.minute)
		}
	case cancelling:
		if open {
			b.state = Cancelled
		}
	}
}

// Any sequence of pause, resume, stop, reopen, change of severity and change of calendar comes to the same as going through it minute by minute.
func TestLikeMinuteByMinute(t *testing.T) {
	t.Parallel()
	all := books(t)
	rapid.Check(t, func(t *rapid.T) {
		p, n := promise(t, all, 1)
		begin := rapid.IntRange(0, 3*24*60).Draw(t, "begin")
		k := start(uuid.Nil, uuid.Nil, uuid.Nil, Resolution, p, minute(begin))
		b := &brute{state: Running, pauses: p.Pauses, target: p.Target, book: n}
		at := begin
		for i := range rapid.IntRange(0, 12).Draw(t, "moves") {
			v := move{minute: at + rapid.IntRange(0, 24*60).Draw(t, "later"), kind: rapid.IntRange(0, kinds-1).Draw(t, "kind")}
			if v.minute > span {
				break
			}
			v.promise, v.book = promise(t, all, int32(i+2))
			for ; at < v.minute; at++ {
				b.tick(all, at)
			}
			v.apply(k)
			v.simulate(b)
			same(t, b, k, at, fmt.Sprintf("after move %d of kind %d", i, v.kind))
		}
		ahead(t, all, b, k, at)
		requireLog(t, k)
	})
}

// same holds the clock to the simulation at a minute.
func same(t *rapid.T, b *brute, k *Clock, at int, when string) {
	require.Equal(t, b.state, k.State, when)
	require.Equal(t, b.used, k.UsedAt(minute(at)), when)
	require.Equal(t, b.target, k.Target, when)
	if !k.State.Open() {
		return
	}
	if b.due != nil {
		require.NotNil(t, k.Due, when)
		require.Equal(t, minute(*b.due), k.Due.UTC(), when)
	} else if k.Due != nil {
		require.Equal(t, Running, k.State, when)
		require.True(t, k.Due.After(minute(at)), when)
	}
}

// ahead lets the simulation run on, to see whether what is projected comes true: the due time and the alarms.
func ahead(t *rapid.T, all []book, b *brute, k *Clock, at int) {
	if b.state != Running {
		return
	}
	fires := map[int64]int{}
	for m := at; m < 2*span; m++ {
		b.tick(all, m)
		if _, ok := fires[b.used]; !ok {
			fires[b.used] = m + 1
		}
	}
	if b.due == nil {
		require.True(t, k.Due == nil || k.Due.After(minute(2*span)))
		return
	}
	require.NotNil(t, k.Due)
	require.Equal(t, minute(*b.due), k.Due.UTC())
	for _, a := range k.Alarms {
		if m, ok := fires[a.At]; ok && a.Dropped == nil && a.At > k.Used {
			require.Equal(t, minute(m), a.Fire.UTC(), "%+v", a)
		}
	}
}

// requireLog holds the intervals to what they are for: without gaps, and each with what was used before it.
func requireLog(t *rapid.T, k *Clock) {
	var used int64
	for i, v := range k.log {
		require.Equal(t, int32(i+1), v.Number)
		require.GreaterOrEqual(t, v.Used, used)
		used = v.Used
		if i > 0 {
			require.Equal(t, v.Start, *k.log[i-1].End)
		}
		if k.log[i].State != Running && i+1 < len(k.log) {
			require.Equal(t, v.Used, k.log[i+1].Used, "only a running clock uses time")
		}
	}
	require.Nil(t, k.log[len(k.log)-1].End)
	last := k.log[len(k.log)-1]
	require.Equal(t, k.Used, last.Used)
	require.Equal(t, k.State, last.State)
}
