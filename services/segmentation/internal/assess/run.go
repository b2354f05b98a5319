package assess

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// kind is that of the operations that look at all customers.
const kind = "segmentation-assessment"

// chunk is how many customers a step looks at: it bounds memory and how long they are held, whatever their number.
const chunk = 5000

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
	r := run{a, a.Past}
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
	past Historian
}

const countLiving = `select count(*) from customers where delete_time is null`

func (r run) begin(ctx context.Context, o operation.Operation) (total int64, err error) {
	return total, r.DB.Get(ctx, &total, countLiving)
}

const nextLiving = `select customer_id from customers where customer_id > $1 and delete_time is null order by customer_id limit $2`

// step is the ranking first, and then a chunk of customers after the other. The cursor is the last customer looked at.
func (r run) step(ctx context.Context, o operation.Operation) (did operation.Progress, err error) {
	ctx = background(ctx)
	var asked request
	if err := o.Decode(&asked); err != nil {
		return did, err
	}
	if rebuilding, err := r.Rebuilding(ctx); err != nil || rebuilding {
		return did, errBusy(err)
	}
	n, err := r.Settings.Current(ctx)
	if err != nil {
		return did, err
	}
	after := uuid.Nil
	if o.Cursor != "" {
		if after, err = uuid.Parse(o.Cursor); err != nil {
			return did, fmt.Errorf("assess: cursor %q: %w", o.Cursor, err)
		}
	}
	if o.Cursor == "" && !asked.Historical {
		if err := r.rank(ctx, asked.Day, n); err != nil {
			return did, err
		}
	}
	var ids []uuid.UUID
	if err := r.DB.Select(ctx, &ids, nextLiving, after, chunk); err != nil {
		return did, err
	}
	if len(ids) == 0 {
		return operation.Progress{Cursor: o.Cursor, Finished: true}, nil
	}
	if err := r.look(ctx, ids, asked, n); err != nil {
		return did, err
	}
	return operation.Progress{Cursor: ids[len(ids)-1].String(), Done: int64(len(ids))}, nil
}

// rank brings the measures up to date that time alone has changed, and ranks.
func (r run) rank(ctx context.Context, day time.Time, n *settings.Numbers) error {
	if err := r.Measures.RenewAll(r.DB.Apart(ctx), day, n); err != nil {
		return err
	}
	return r.Ranker.RankAll(ctx, day, r.Now(), n)
}

func (r run) look(ctx context.Context, ids []uuid.UUID, asked request, n *settings.Numbers) error {
	scope := Scope{Customers: ids, Day: asked.Day, Now: r.Now(), Settings: n}
	if !asked.Historical {
		return r.Look(ctx, scope, nothing)
	}
	then := *r.Assessor
	then.Parts = []Part{historical{r.past}}
	return then.Look(ctx, scope, r.Measures.Recall)
}

// nothing is measured: rank has seen to it.
func nothing(context.Context, []uuid.UUID, time.Time, *settings.Numbers) error { return nil }

// historical makes a Part of a Historian. What was is nothing to announce.
type historical struct{ Historian }

// Assess implements Part.
func (h historical) Assess(ctx context.Context, scope Scope) ([]Announcement, error) {
	_, err := h.AssessThen(ctx, scope)
	return nil, err
}
