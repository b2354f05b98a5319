package testkit

import (
	"sync"
	"time"
)

// Start is where every Clock starts: a Monday morning.
var Start = time.Date(2026, time.January, 5, 9, 0, 0, 0, time.UTC)

// Clock is a clock that moves only when told to. It is safe for concurrent use; the zero value
// stands at Start. Code under test takes its Now method.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that stands at Start.
func NewClock() *Clock { return &Clock{} }

// Now is the time the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read()
}

// Set moves the clock to t, which may lie in its past.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Advance moves the clock by d and returns what it shows then.
func (c *Clock) Advance(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.read().Add(d)
	return c.now
}

func (c *Clock) read() time.Time {
	if c.now.IsZero() {
		return Start
	}
	return c.now
}
