package segment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/rule"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// refreshKind is the operation that gathers the members of one segment; the migration asks for it by this name, too.
const refreshKind = "segment-refresh"

// chunk is how many customers one step holds: well below a second's work.
const chunk = 2000

// gathering is what such an operation is asked.
type gathering struct {
	Segment uuid.UUID `json:"segment"`
	Round   int64     `json:"round"`
}

// Numbers gives the settings in force.
type Numbers func(context.Context) (*settings.Numbers, error)

// Kind is the work of gathering the members of a segment, for an operation.Runner: it goes through the customers by id, a chunk under its locks at a time.
// Meanwhile the assessment holds each customer that changes to the new rule already. A segment whose rule is changed again, that is paused or deleted meanwhile
// ends the work: what follows that is another's.
//
// While rebuilding says that the facts are being built anew the work waits: half of them say nothing of anybody.
func Kind(db *postgres.DB, now func() time.Time, numbers Numbers, rebuilding func(context.Context) (bool, error)) operation.Kind {
	r := refresher{store: NewStore(db, now), numbers: numbers, rebuilding: rebuilding}
	return operation.Kind{Name: refreshKind, Begin: r.begin, Step: r.step}
}

type refresher struct {
	store      *Store
	numbers    Numbers
	rebuilding func(context.Context) (bool, error)
}

const countCustomers = `select count(*) from customers where delete_time is null`

func (r refresher) begin(ctx context.Context, _ operation.Operation) (total int64, err error) {
	err = r.store.db.Get(ctx, &total, countCustomers)
	return total, err
}

var errRebuilding = errors.New("segment: the facts are being built anew")

const (
	nextCustomers = `select customer_id from customers where customer_id > $1 and delete_time is null order by customer_id limit $2`
	selectRound   = `select ` + plain + ` from segments s where s.segment_id = $1 and s.round = $2 and s.state = 1`
	finishRound   = `update segments set refresh_time = $3, level = $4 where segment_id = $1 and round = $2`
)

func (r refresher) step(ctx context.Context, o operation.Operation) (operation.Progress, error) {
	var asked gathering
	if err := o.Decode(&asked); err != nil {
		return operation.Progress{}, err
	}
	if rebuilding, err := r.rebuilding(ctx); err != nil {
		return operation.Progress{}, err
	} else if rebuilding {
		return operation.Progress{}, fault.Unavailable(errRebuilding)
	}
	var last uuid.UUID
	if o.Cursor != "" {
		var err error
		if last, err = uuid.Parse(o.Cursor); err != nil {
			return operation.Progress{}, fmt.Errorf("segment: cursor: %w", err)
		}
	}
	var ids []uuid.UUID
	if err := r.store.db.Select(ctx, &ids, nextCustomers, last, chunk); err != nil {
		return operation.Progress{}, err
	}
	// A segment consists of whom it consists of, wherever they are; who asked sees those in his territories.
	everywhere := auth.From(ctx)
	everywhere.Territories = []string{auth.Anywhere}
	return r.gather(events.WithCause(auth.With(ctx, everywhere), "recompute"), asked, ids)
}

// gather holds one chunk of customers to the rule. The segment is read when their locks are there: who changed it before has seen nothing of them yet.
func (r refresher) gather(ctx context.Context, asked gathering, ids []uuid.UUID) (operation.Progress, error) {
	db := r.store.db
	held, err := aggregate.Hold(ctx, db, ids)
	if err != nil {
		return operation.Progress{}, err
	}
	var g Segment
	err = db.Get(ctx, &g, selectRound, asked.Segment, asked.Round)
	if errors.Is(err, postgres.ErrNoRows) {
		return operation.Progress{Finished: true}, nil
	}
	if err != nil {
		return operation.Progress{}, err
	}
	understood, err := rule.Compile(g.Rule)
	if err != nil {
		return operation.Progress{}, err
	}
	alive := make([]uuid.UUID, 0, len(ids))
	for _, id := range ids {
		if h := held[id]; h != nil && !h.Deleted {
			alive = append(alive, id)
		}
	}
	if err := r.judge(ctx, judged{g, understood}, alive, held); err != nil {
		return operation.Progress{}, err
	}
	if len(ids) == chunk {
		return operation.Progress{Cursor: ids[len(ids)-1].String(), Done: int64(len(ids))}, nil
	}
	_, err = db.Exec(ctx, finishRound, g.ID, g.Round, r.store.now(), int16(understood.Level))
	return operation.Progress{Done: int64(len(ids)), Finished: true}, err
}

func (r refresher) judge(ctx context.Context, g judged, ids []uuid.UUID, held map[uuid.UUID]*aggregate.Held) error {
	numbers, err := r.numbers(ctx)
	if err != nil {
		return err
	}
	now := r.store.now()
	announced, err := r.store.judge(ctx, []judged{g}, ids, moment(numbers.Today(now), numbers.Zone), now)
	if err != nil {
		return err
	}
	entries, err := records(ctx, now, announced)
	if err != nil {
		return err
	}
	return aggregate.Record(ctx, r.store.db, held, entries)
}
