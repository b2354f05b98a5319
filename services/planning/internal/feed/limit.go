package feed

import (
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// How often one calendar is written out in a minute: programs look once in minutes or hours. Of more links than are remembered the ones that have been quiet longest are
// forgotten.
const (
	mostInWindow = 30
	window       = time.Minute
	remembered   = 10_000
)

// limit counts how often each link is read, in this process.
type limit struct {
	mu   sync.Mutex
	read *lru.Cache[string, *count]
}

type count struct {
	since time.Time
	times int
}

func newLimit() (*limit, error) {
	read, err := lru.New[string, *count](remembered)
	return &limit{read: read}, err
}

// wait is how long a link has to be left alone; 0: it may be read, and has been.
func (l *limit) wait(digest []byte, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, ok := l.read.Get(string(digest))
	if !ok || now.Sub(c.since) >= window || now.Before(c.since) {
		c = &count{since: now}
		l.read.Add(string(digest), c)
	}
	if c.times >= mostInWindow {
		return c.since.Add(window).Sub(now)
	}
	c.times++
	return 0
}
