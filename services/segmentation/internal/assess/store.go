package assess

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/failpoint"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/worker"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/measure"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// batch is how many rows of the queue are taken at once.
const batch = 500

// Ranker orders all customers by value.
type Ranker interface {
	// RankAll draws the borders between the classes anew.
	RankAll(ctx context.Context, day, now time.Time, n *settings.Numbers) error
	// Rerank does so after changes, in a base that is small enough for that.
	Rerank(ctx context.Context, day, now time.Time, n *settings.Numbers) error
}

// Assessor looks at customers again. Any number may run: each takes other rows of the queue, and a customer is held by one at a time.
type Assessor struct {
	DB       *postgres.DB
	Now      func() time.Time
	Log      *slog.Logger
	Settings *settings.Store
	Measures *measure.Store
	Ranker   Ranker
	Parts    []Part
	Past     Historian
	// Thorough has runs look at everybody, whether or not anything can have changed: what is found must be the same, see store_due.go.
	Thorough bool
	// Rebuilding says whether the facts are being built anew, when nothing may be judged by them.
	Rebuilding func(context.Context) (bool, error)
}

// background is who looks at customers: nobody's caller, everywhere.
func background(ctx context.Context) context.Context {
	return events.WithCause(auth.With(ctx, auth.Principal{Territories: []string{auth.Anywhere}}), "recompute")
}

// Loop has the assessor work off its queue.
func (a *Assessor) Loop() *worker.Loop {
	pass := func(ctx context.Context) (int, error) { return a.Pass(background(ctx)) }
	return (&worker.Loop{Name: "assessor", Pass: pass, Log: a.Log}).Start(a.DB, "touched")
}

// Pass takes a batch from the queue, looks at its customers, and returns how many rows it took. A base that is small is ranked anew after it.
func (a *Assessor) Pass(ctx context.Context) (count int, err error) {
	if rebuilding, err := a.Rebuilding(ctx); err != nil || rebuilding {
		return 0, err
	}
	n, err := a.Settings.Current(ctx)
	if err != nil {
		return 0, err
	}
	day := n.Today(a.Now())
	err = a.DB.InTx(ctx, func(ctx context.Context) error {
		var causes map[uuid.UUID]Cause
		if causes, count, err = a.take(ctx); err != nil || count == 0 {
			return err
		}
		ids := make([]uuid.UUID, 0, len(causes))
		for id := range causes {
			ids = append(ids, id)
		}
		if err := a.Look(ctx, Scope{Customers: ids, Day: day, Now: a.Now(), Causes: causes, Settings: n}, a.noticing(causes)); err != nil {
			return err
		}
		return a.Ranker.Rerank(ctx, day, a.Now(), n)
	})
	failpoint.Hit("assessor.after_batch")
	return count, err
}

// noticing measures customers anew, and makes an order that is new to us the cause: it may be known already when only the entry before it has been taken from the queue.
func (a *Assessor) noticing(causes map[uuid.UUID]Cause) func(context.Context, []uuid.UUID, time.Time, *settings.Numbers) error {
	return func(ctx context.Context, ids []uuid.UUID, day time.Time, n *settings.Numbers) error {
		before, err := a.Measures.LastOrders(ctx, ids)
		if err != nil {
			return err
		}
		if err := a.Measures.Refresh(ctx, ids, day, n); err != nil {
			return err
		}
		after, err := a.Measures.LastOrders(ctx, ids)
		for id, order := range after {
			if order != before[id] && causes[id].What != "order" {
				causes[id] = Cause{What: "order", Reference: resource.Name("customers", id, "orders", order)}
			}
		}
		return err
	}
}

type touched struct {
	ID        int64     `db:"touch_id"`
	Customer  uuid.UUID `db:"customer_id"`
	Cause     string    `db:"cause"`
	Reference string    `db:"reference"`
}

// Rows that another assessor has in hand are passed over.
const takeTouched = `delete from touched where touch_id in (select touch_id from touched order by touch_id limit $1 for update skip locked)
	returning touch_id, customer_id, cause, reference`

// take empties a batch of the queue. A customer that is in it for several reasons is there for the last order, else for the last of them: an order is what people
// want to hear of.
func (a *Assessor) take(ctx context.Context) (causes map[uuid.UUID]Cause, count int, err error) {
	var rows []touched
	if err := a.DB.Select(ctx, &rows, takeTouched, batch); err != nil {
		return nil, 0, err
	}
	slices.SortFunc(rows, func(x, y touched) int { return int(x.ID - y.ID) })
	causes = make(map[uuid.UUID]Cause, len(rows))
	for _, r := range rows {
		if causes[r.Customer].What == "order" && r.Cause != "order" {
			continue
		}
		causes[r.Customer] = Cause{What: r.Cause, Reference: r.Reference}
	}
	return causes, len(rows), nil
}

// ensure gives every customer its row in the tables that parts update.
const ensure = `insert into standings (customer_id) select k.customer_id from unnest(cast($1 as uuid[])) as k (customer_id)
	where not exists (select from standings s where s.customer_id = k.customer_id) on conflict do nothing`

// Look looks at the customers of a scope in the caller's transaction: it holds them, has them measured, asks every part and announces what came of it. Unknown
// customers are passed over, those that are deleted lose their measures. How they are measured is for the caller to say.
func (a *Assessor) Look(ctx context.Context, scope Scope, measured func(context.Context, []uuid.UUID, time.Time, *settings.Numbers) error) error {
	held, err := a.hold(ctx, &scope)
	if err != nil || len(scope.Customers) == 0 {
		return err
	}
	if err := measured(ctx, scope.Customers, scope.Day, scope.Settings); err != nil {
		return err
	}
	if _, err := a.DB.Exec(ctx, ensure, pq.Array(scope.Customers)); err != nil {
		return err
	}
	records, err := a.ask(ctx, scope)
	if err != nil {
		return err
	}
	return aggregate.Record(ctx, a.DB, held, records)
}

// ask has every part judge, and notes that they have.
func (a *Assessor) ask(ctx context.Context, scope Scope) ([]history.Record, error) {
	rules, err := a.rules(ctx, scope.Day, scope.Settings) // before the parts read them: a change in between is found by the next run
	if err != nil {
		return nil, err
	}
	var records []history.Record
	scope.partly = maps.Clone(scope.partly)
	for i, part := range a.Parts {
		own := scope
		if own.Customers = scope.concerned(i); len(own.Customers) == 0 {
			continue
		}
		announced, err := part.Assess(ctx, own)
		if err != nil {
			return nil, err
		}
		if err := a.widen(ctx, &scope); err != nil {
			return nil, err
		}
		for _, said := range announced {
			event, err := events.New(ctx, scope.Now, said.Customer, said.Data)
			if err != nil {
				return nil, err
			}
			records = append(records, history.Record{Event: event})
		}
	}
	return records, a.judged(ctx, scope, rules)
}

// hold locks the customers of a scope, and leaves in it those alive.
func (a *Assessor) hold(ctx context.Context, scope *Scope) (map[uuid.UUID]*aggregate.Held, error) {
	held, err := aggregate.Hold(ctx, a.DB, scope.Customers)
	if err != nil {
		return nil, err
	}
	var deleted []uuid.UUID
	scope.Customers, deleted = split(held)
	return held, a.Measures.Forget(ctx, deleted)
}

// split sorts the customers that are held into those alive and those deleted.
func split(held map[uuid.UUID]*aggregate.Held) (living, deleted []uuid.UUID) {
	for id, h := range held {
		if h.Deleted {
			deleted = append(deleted, id)
		} else {
			living = append(living, id)
		}
	}
	slices.SortFunc(living, func(x, y uuid.UUID) int { return slices.Compare(x[:], y[:]) })
	return living, deleted
}
