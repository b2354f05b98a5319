package assess

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// kind is that of the operations that look at all customers.
const kind = "segmentation-assessment"

const (
	// chunk is how many customers are looked at in one transaction at most: it bounds memory, whatever their number.
	chunk = 2500
	// lanes is how many such transactions there are side by side.
	lanes = 2
	// stride is how many customers a step passes, and stretch how many it measures. A step has a minute.
	stride, stretch = 20_000, 10_000
	// ranked is where the cursor stands between the ranking and the first customer.
	ranked = "ranked"
	// measuring is how the cursor begins before the ranking; what follows is the last customer measured.
	measuring = "measured "
)

// request is what a run was asked for.
type request struct {
	Day        time.Time `json:"day"`        // midnight UTC
	Historical bool      `json:"historical"` // a past day, for the history only
}

// Historian grades as of a past day, from measures that Recall has put into measure.Then.
type Historian interface {
	AssessThen(ctx context.Context, scope Scope) (written int64, err error)
}

// Kind is the operation over all customers.
func (a *Assessor) Kind() operation.Kind {
	r := run{a, a.Past, &pace{}, &pace{}}
	return operation.Kind{Name: kind, Begin: r.begin, Step: r.step}
}

// Daily starts the run of a day; it is a job for the schedule. Who was asleep for days needs only the last of them.
func (a *Assessor) Daily(ctx context.Context, _ time.Time) error {
	n, err := a.Settings.Current(ctx)
	if err != nil {
		return err
	}
	_, err = operation.Start(background(ctx), a.DB, kind, request{Day: n.Today(a.Now())}, a.Now())
	return err
}

type run struct {
	*Assessor
	past               Historian
	measuring, looking *pace
}

const countLiving = `select count(*) from customers where delete_time is null`

func (r run) begin(ctx context.Context, o operation.Operation) (total int64, err error) {
	r.measuring.reset()
	r.looking.reset()
	return total, r.DB.Get(ctx, &total, countLiving)
}

// step is, one after the other: those measured anew whose measures time alone has changed; the ranking; the customers, by id. The cursor says how far it has come.
//
// Customers are measured and looked at apart from the step's transaction, which therefore must not write anything that they would wait for: the ranking has a step of its
// own, and settings, which are written when they are read for the first time, are read apart.
func (r run) step(ctx context.Context, o operation.Operation) (did operation.Progress, err error) {
	ctx = background(ctx)
	var asked request
	if err := o.Decode(&asked); err != nil {
		return did, err
	}
	if rebuilding, err := r.Rebuilding(ctx); err != nil || rebuilding {
		return did, errBusy(err)
	}
	n, err := r.Settings.Current(r.DB.Apart(ctx))
	if err != nil {
		return did, err
	}
	scope := Scope{Day: asked.Day, Now: r.Now(), Settings: n}
	last, beforeRanking := strings.CutPrefix(o.Cursor, measuring)
	after := uuid.Nil
	if last != "" && last != ranked {
		if after, err = uuid.Parse(last); err != nil {
			return did, fmt.Errorf("assess: cursor %q: %w", o.Cursor, err)
		}
	}
	switch {
	case asked.Historical:
		return r.recall(ctx, after, scope)
	case beforeRanking || o.Cursor == "":
		return r.measure(ctx, after, scope)
	default:
		return r.pass(ctx, after, scope)
	}
}

// measure brings some measures up to date that time alone has changed, and ranks when all are. Who is measured by somebody else meanwhile comes out the same.
func (r run) measure(ctx context.Context, after uuid.UUID, scope Scope) (operation.Progress, error) {
	ids, err := r.Measures.Aged(ctx, after, scope.Day, scope.Settings, stretch)
	if err != nil {
		return operation.Progress{}, err
	}
	if len(ids) == 0 {
		return operation.Progress{Cursor: ranked}, r.Ranker.RankAll(ctx, scope.Day, scope.Now, scope.Settings)
	}
	err = r.abreast(ctx, r.measuring, ids, func(ctx context.Context, ids []uuid.UUID) error {
		return r.Measures.Refresh(ctx, ids, scope.Day, scope.Settings)
	})
	return operation.Progress{Cursor: measuring + ids[len(ids)-1].String()}, err
}

// pass goes on to the next customers and looks at those of them in whom it may find something changed.
func (r run) pass(ctx context.Context, after uuid.UUID, scope Scope) (operation.Progress, error) {
	span, count, err := r.next(r.DB.Apart(ctx), after, stride, &scope)
	if err != nil || count == 0 {
		return operation.Progress{Cursor: ranked, Finished: true}, err
	}
	err = r.abreast(ctx, r.looking, scope.Customers, func(ctx context.Context, ids []uuid.UUID) error {
		own := scope
		own.Customers = ids
		return r.Look(ctx, own, nothing)
	})
	return operation.Progress{Cursor: span.Last.String(), Done: count}, err
}

// abreast has work done for some customers at a time, several of these side by side, each in a transaction of its own and apart from that of ctx. Done again it must find
// nothing to do: a step that is cut off begins anew.
func (r run) abreast(ctx context.Context, p *pace, ids []uuid.UUID, work func(context.Context, []uuid.UUID) error) error {
	group, ctx := errgroup.WithContext(r.DB.Apart(ctx))
	group.SetLimit(lanes)
	for len(ids) > 0 {
		some := ids[:min(p.size(), len(ids))]
		ids = ids[len(some):]
		group.Go(func() (err error) {
			defer func() {
				if p := recover(); p != nil { // an operation that panics fails, and nothing else with it
					err = fmt.Errorf("assess: panic: %v\n%s", p, debug.Stack())
				}
			}()
			began := r.Now()
			defer func() { p.took(len(some), r.Now().Sub(began)) }()
			return r.DB.InTx(ctx, func(ctx context.Context) error { return work(ctx, some) })
		})
	}
	return group.Wait()
}

// nothing is measured: the steps before have seen to it.
func nothing(context.Context, []uuid.UUID, time.Time, *settings.Numbers) error { return nil }

const nextLiving = `select customer_id from customers where customer_id > $1 and delete_time is null order by customer_id limit $2`

// recall grades some customers as of a past day. What was is nothing to announce. But it may stand between the last assessment and today, who is graded today therefore has
// to be compared with it: these customers are due at once.
func (r run) recall(ctx context.Context, after uuid.UUID, scope Scope) (did operation.Progress, err error) {
	if err := r.DB.Select(ctx, &scope.Customers, nextLiving, after, chunk); err != nil {
		return did, err
	}
	if len(scope.Customers) == 0 {
		return operation.Progress{Cursor: after.String(), Finished: true}, nil
	}
	did = operation.Progress{Cursor: scope.Customers[len(scope.Customers)-1].String(), Done: int64(len(scope.Customers))}
	if _, err := r.hold(ctx, &scope); err != nil || len(scope.Customers) == 0 {
		return did, err
	}
	if err := r.Measures.Recall(ctx, scope.Customers, scope.Day, scope.Settings); err != nil {
		return did, err
	}
	if written, err := r.past.AssessThen(ctx, scope); err != nil || written == 0 {
		return did, err
	}
	return did, Again(ctx, r.DB, scope.Customers)
}
