package check

import (
	"bytes"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/events"
)

// outbox compares the events with the history of changes, entry by entry: each write has both or neither, numbered without a gap.
func (c *checker) outbox() {
	changes := map[place]bool{}
	for _, change := range c.Changes {
		changes[place{change.Aggregate, change.Version}] = true
	}
	last := map[uuid.UUID]int64{}
	for _, e := range c.Outbox {
		at := place{e.Aggregate, e.Version}
		if !changes[at] {
			c.complainf("event-without-write", "%s of %s", e.ID, at)
		}
		delete(changes, at)
		if e.Version != last[e.Aggregate]+1 {
			c.complainf("numbering", "%s comes after #%d", at, last[e.Aggregate])
		}
		last[e.Aggregate] = e.Version
		if !e.Published {
			c.complainf("unpublished-event", "%s of %s still waits", e.ID, at)
		}
	}
	for at := range changes {
		c.complainf("write-without-event", "%s", at)
	}
}

// stream compares the stream with the outbox: each event once, as it was written, none besides, those of an aggregate in order.
func (c *checker) stream() {
	written := map[uuid.UUID]events.Event{}
	for _, e := range c.Outbox {
		written[e.ID] = e.Event
	}
	seen := map[uuid.UUID]bool{}
	last := map[uuid.UUID]int64{}
	for _, m := range c.Stream {
		e, ok := written[m.ID]
		switch {
		case m.Err != nil:
			c.complainf("invented-event", "%s at %d: %v", m.Subject, m.Sequence, m.Err)
			continue
		case !ok:
			c.complainf("invented-event", "%s at %d was never written", m.ID, m.Sequence)
			continue
		case !same(e, m.Event):
			c.complainf("altered-event", "%s at %d differs from what was written", m.ID, m.Sequence)
		}
		if seen[m.ID] {
			if !c.allow.Repeats {
				c.complainf("doubled-event", "%s stands at %d again", m.ID, m.Sequence)
			}
			continue
		}
		seen[m.ID] = true
		if m.Version != last[m.Aggregate]+1 {
			c.complainf("stream-order", "%s at %d comes after #%d", place{m.Aggregate, m.Version}, m.Sequence, last[m.Aggregate])
		}
		last[m.Aggregate] = m.Version
	}
	for _, e := range c.Outbox {
		if !seen[e.ID] {
			c.complainf("lost-event", "%s of %s is not in the stream", e.ID, place{e.Aggregate, e.Version})
		}
	}
}

func same(a, b events.Event) bool {
	// The outbox keeps microseconds, and so does the clock that the event was made by.
	sameTime := a.Time.Truncate(time.Microsecond).Equal(b.Time.Truncate(time.Microsecond))
	return sameTime && bytes.Equal(a.Data, b.Data) && a.Aggregate == b.Aggregate && a.Version == b.Version && a.Subject == b.Subject &&
		a.Resource == b.Resource && a.Actor == b.Actor && a.Cause == b.Cause
}

// effects compares what the subscriber did with the outbox: for each event once, in the order of the aggregate, and never for what
// lies among the dead letters, where all that is poisoned lies and nothing else.
func (c *checker) effects() {
	written := map[uuid.UUID]events.Event{}
	for _, e := range c.Outbox {
		written[e.ID] = e.Event
	}
	done := map[uuid.UUID]bool{}
	last := map[uuid.UUID]int64{}
	for _, effect := range c.Effects {
		at := place{effect.Aggregate, effect.Version}
		switch e, ok := written[effect.Event]; {
		case !ok || e.Aggregate != effect.Aggregate || e.Version != effect.Version:
			c.complainf("invented-effect", "of %s, %s", effect.Event, at)
		case done[effect.Event]:
			c.complainf("doubled-effect", "of %s, %s", effect.Event, at)
		case effect.Version <= last[effect.Aggregate]:
			c.complainf("effect-order", "%s comes after #%d", at, last[effect.Aggregate])
		}
		done[effect.Event] = true
		last[effect.Aggregate] = max(last[effect.Aggregate], effect.Version)
	}
	dead := map[uuid.UUID]int{}
	for _, id := range c.Dead {
		dead[id]++
	}
	for _, e := range c.Outbox {
		c.end(e.Event, done[e.ID], dead[e.ID])
	}
}

// end is where an event ended: with an effect, or among the dead.
func (c *checker) end(e events.Event, done bool, dead int) {
	at := place{e.Aggregate, e.Version}
	switch {
	case poisoned(e) && (dead != 1 || done):
		c.complainf("poison", "%s, %s: %d dead letters, effect %t", e.ID, at, dead, done)
	case !poisoned(e) && dead > 0:
		c.complainf("dead-event", "%s, %s was given up", e.ID, at)
	case !poisoned(e) && !done:
		c.complainf("lost-effect", "of %s, %s", e.ID, at)
	}
}
