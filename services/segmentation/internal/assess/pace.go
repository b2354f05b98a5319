package assess

import (
	"sync/atomic"
	"time"
)

// pace is how many customers are looked at in one transaction. They are held as long as it takes, and whoever would change one of them waits: a person with a judgement, the
// queue, the gathering of a segment. What is a matter of a tenth of a second for customers in whom little changes takes ten times as long for those who are new, and longer
// still when the machine is busy; so it goes by the time that the last transactions of the run took.
type pace struct{ less atomic.Int64 } // than chunk

const (
	// tooLong is well below the time for which others wait for a lock, brisk below that.
	tooLong, brisk = 2 * time.Second, 800 * time.Millisecond
	// fewest are looked at in any case: the planning of the statements takes as long for one customer as for many.
	fewest = 500
)

// reset is for the next run.
func (p *pace) reset() { p.less.Store(0) }

func (p *pace) size() int { return chunk - int(p.less.Load()) }

// took notes how long so many took.
func (p *pace) took(count int, held time.Duration) {
	now := p.size()
	switch {
	case held > tooLong && count <= now:
		p.less.Store(int64(chunk - max(count/2, fewest)))
	case held < brisk && count == now:
		p.less.Store(int64(chunk - min(count*2, chunk)))
	}
}
