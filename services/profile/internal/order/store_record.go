package order

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/alias"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Draft is an order, or a part of one, to be recorded. Within one import the parts of an order add up; from any other source a draft replaces what is stored.
type Draft struct {
	Order     *Order
	ImportID  string // empty for a command
	LinesOnly bool   // the order is known already and only its lines are here
	// Via is the merged customer that the order came under by an external id.
	Via uuid.NullUUID
}

// State says what came of a draft.
type State int

// The states.
const (
	Recorded State = iota + 1
	Corrected
	Unchanged
	Refused
)

// Outcome is what came of one draft. Err, set when it was refused, is meant for the caller.
type Outcome struct {
	Order    *Order
	State    State
	Repeated int // lines that were there already
	Err      error
}

// Record stores drafts of held customers, in the caller's transaction, with a history entry and an event for each that made a difference. A refused draft changes nothing.
func (s *Store) Record(ctx context.Context, held map[uuid.UUID]*aggregate.Held, drafts []Draft) ([]Outcome, error) {
	if len(drafts) == 0 {
		return nil, nil
	}
	known, err := s.load(ctx, drafts)
	if err != nil {
		return nil, err
	}
	r := recording{store: s, known: known, written: map[Key]*Order{}, sight: sightOf(ctx)}
	outcomes := make([]Outcome, len(drafts))
	for i, d := range drafts {
		within := ctx
		if d.Via.Valid {
			within = alias.WithVia(ctx, d.Order.CustomerID, d.Via)
		}
		if outcomes[i], err = r.take(within, d); err != nil {
			return nil, fmt.Errorf("order %s: %w", d.Order.Number, err)
		}
	}
	if err := s.write(ctx, r.written); err != nil {
		return nil, err
	}
	return outcomes, aggregate.Record(ctx, s.db, held, r.records)
}

func sightOf(ctx context.Context) Sight {
	level := auth.From(ctx).Level
	return Sight{GrossProfit: level >= typev1.Level_MANAGER, NetProfit: level >= typev1.Level_EXECUTIVE}
}

// recording is the state of the orders while drafts are taken one after another; the same order can be among them more than once.
type recording struct {
	store   *Store
	known   map[Key]*Order
	written map[Key]*Order // those to be written, in their last state
	records []history.Record
	sight   Sight
}

func (r *recording) take(ctx context.Context, d Draft) (Outcome, error) {
	stored := r.known[d.Order.Key()]
	next, repeated, refusal := merge(stored, d, r.sight)
	if refusal != nil {
		return refuse(*refusal), nil
	}
	if wrong := next.Check(); len(wrong) > 0 {
		return refuse(wrong...), nil
	}
	now := r.store.now()
	next.UpdateTime = now
	if stored == nil {
		return r.first(ctx, next)
	}
	next.Revision++
	record, differs, err := corrected(ctx, now, stored, next)
	if err != nil || !differs {
		return Outcome{Order: stored, State: Unchanged, Repeated: repeated}, err
	}
	r.keep(next, record)
	return Outcome{Order: next, State: Corrected, Repeated: repeated}, nil
}

func (r *recording) first(ctx context.Context, o *Order) (Outcome, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Outcome{}, err
	}
	o.ID, o.Revision, o.CreateTime = id, 1, o.UpdateTime
	record, err := recorded(ctx, o.UpdateTime, o)
	if err != nil {
		return Outcome{}, err
	}
	r.keep(o, record)
	return Outcome{Order: o, State: Recorded}, nil
}

func (r *recording) keep(o *Order, record history.Record) {
	r.known[o.Key()], r.written[o.Key()] = o, o
	r.records = append(r.records, record)
}

// merge makes the order's next state of the stored one (nil = none) and a draft. The stored one is not touched.
func merge(stored *Order, d Draft, sight Sight) (next *Order, repeated int, refusal *fault.Violation) {
	next = d.Order
	switch {
	case stored == nil && d.LinesOnly:
		return nil, 0, violation("order_number", "ORDER_UNKNOWN", "is not the number of a recorded order", "不是已记录的订单号")
	case stored == nil:
		next.ImportID = d.ImportID
		return next, 0, nil
	case d.ImportID != "" && d.ImportID == stored.ImportID && len(stored.Lines) > 0:
		next = stored.copy()
		if next.Currency != d.Order.Currency && d.Order.Currency != "" {
			return nil, 0, violation("lines", "ONE_CURRENCY", "are in another currency than the order's lines before", "与该订单先前的行币种不同")
		}
		repeated = next.Append(d.Order.Lines)
	case d.LinesOnly:
		next = stored.copy()
		next.Lines, next.Currency = d.Order.Lines, d.Order.Currency
		next.Inherit(stored, sight)
	case d.ImportID != "" && len(d.Order.Lines) == 0:
		next.Lines, next.Currency, next.Sums = stored.Lines, stored.Currency, stored.Sums
	default:
		next.Inherit(stored, sight)
	}
	next.ID, next.Revision, next.CreateTime, next.ImportID = stored.ID, stored.Revision, stored.CreateTime, d.ImportID
	if len(next.Lines) > maxLines {
		return nil, 0, violation("lines", "MAX_LINES", "are more than 2,000", "超过 2,000 行")
	}
	return next, repeated, nil
}

// maxLines is what the API allows for one order; the parts of an order can add up to more.
const maxLines = 2000

func (o *Order) copy() *Order {
	c := *o
	c.Lines = append([]Line(nil), o.Lines...)
	return &c
}

func violation(field, rule, en, zh string) *fault.Violation {
	v := fault.Field(field, rule, fault.Text{En: en, Zh: zh})
	return &v
}

func refuse(wrong ...fault.Violation) Outcome {
	return Outcome{State: Refused, Err: fault.Invalid(wrong...)}
}
