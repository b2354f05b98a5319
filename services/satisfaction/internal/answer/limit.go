package answer

import (
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// How often the pages of one link are opened, or sent, in a minute: somebody who answers does so a few times. Of more links than are remembered the ones that have been quiet
// longest are forgotten.
const (
	mostInWindow = 60
	window       = time.Minute
	remembered   = 50_000
)

// limit counts how often each link is used, in this process.
type limit struct {
	mu   sync.Mutex
	used *lru.Cache[string, *count]
}

type count struct {
	since time.Time
	times int
}

func newLimit() (*limit, error) {
	used, err := lru.New[string, *count](remembered)
	return &limit{used: used}, err
}

// wait is how long a link has to be left alone; 0: it may be used, and has been.
func (l *limit) wait(link []byte, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, ok := l.used.Get(string(link))
	if !ok || now.Sub(c.since) >= window || now.Before(c.since) {
		c = &count{since: now}
		l.used.Add(string(link), c)
	}
	if c.times >= mostInWindow {
		return c.since.Add(window).Sub(now)
	}
	c.times++
	return 0
}
