package fact

import (
	"context"
	"sync"
	"time"
)

const (
	// farBehind is how long an event may have waited before those who judge wait for it. Much more than the moment that an event takes, and more than a burst of
	// orders takes: only who imports history, or comes back after an outage, is that far ahead of us.
	farBehind = 3 * time.Second
	// patience is how long they wait in a row. It is less than what an operation waits for its next step, so that a run that is asked for meanwhile is done.
	patience = 3 * time.Hour
)

// Backlog says whether the facts are far behind what profile has announced. A customer whose history is being imported is silent between any two of its orders, and
// would be warned of again and again: once we are far behind nobody is judged before we have caught up.
//
// Consumers that cannot keep up for good must not put an end to judging. So after three hours everybody is judged by what there is, until we have caught up once.
type Backlog struct {
	// Waiting says when the oldest of the events came about that have still to be handed to us (undelivered), and that we have not answered (unanswered); zero: none.
	Waiting func(context.Context) (undelivered, unanswered time.Time, err error)
	Now     func() time.Time

	mu    sync.Mutex
	since *time.Time // when we fell behind; nil while we are not
}

// Behind says whether judging has to wait. Events that were handed over are no reason to begin to wait, as they may be with a replica that has died, but they are
// waited for with the others. When the broker cannot be asked nothing can come from it either, and it need not be waited for.
func (b *Backlog) Behind(ctx context.Context) bool {
	undelivered, unanswered, err := b.Waiting(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.Now()
	oldest := undelivered
	if b.since != nil {
		oldest = unanswered
	}
	if err != nil || oldest.IsZero() || now.Sub(oldest) <= farBehind {
		b.since = nil
		return false
	}
	if b.since == nil {
		b.since = &now
	}
	return now.Sub(*b.since) < patience
}
