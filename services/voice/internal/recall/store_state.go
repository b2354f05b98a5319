package recall

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Start starts a recall, and asks for its orders to be traced: by the operation that it answers, which has not begun yet.
func (s *Store) Start(ctx context.Context, id uuid.UUID, tag string) (r *Recall, o *operation.Operation, err error) {
	r, err = s.Change(ctx, id, tag, func(ctx context.Context, r *Recall) (bool, *events.Event, error) {
		if err := r.Step(Draft, Started); err != nil {
			return false, nil, err
		}
		if !r.Lead() {
			return false, nil, refuse("TASK_FORCE", "nobody of the task force is in charge", "召回工作组中没有负责人")
		}
		at := s.now()
		asked, err := operation.Start(ctx, s.db, kind, request{Recall: r.ID}, at)
		if err != nil {
			return false, nil, err
		}
		r.StartTime, r.Operation = &at, uuid.NullUUID{UUID: asked, Valid: true}
		if o, err = operation.Get(ctx, s.db, kind, asked); err != nil {
			return false, nil, err
		}
		event, err := r.started(ctx)
		return true, &event, err
	})
	return r, o, err
}

const (
	openClients = `select distinct customer_id from recall_items where recall_id = $1 and state < 3`
	closeAll    = `update recall_items set state = 4, close_reason = $2, update_time = $3 where recall_id = $1 and customer_id = any($4) and state < 3`
)

// Complete ends a recall of which nothing is open, or for a reason closes what is.
func (s *Store) Complete(ctx context.Context, id uuid.UUID, reason, tag string) (*Recall, error) {
	return s.Change(ctx, id, tag, func(ctx context.Context, r *Recall) (bool, *events.Event, error) {
		if err := r.Step(Started, Completed); err != nil {
			return false, nil, err
		}
		if r.TraceTime == nil {
			return false, nil, refuse("TRACING", "its orders are still being traced", "仍在追溯订单")
		}
		var open []uuid.UUID
		if err := s.db.Select(ctx, &open, openClients, r.ID); err != nil {
			return false, nil, err
		}
		if len(open) > 0 && reason == "" {
			return false, nil, refuse("ITEMS_OPEN", "items are open; say why it is completed all the same", "仍有未完成的召回项；如仍要完成，请说明原因")
		}
		at := s.now()
		if len(open) > 0 {
			if _, err := aggregate.Hold(background(ctx), s.db, open); err != nil {
				return false, nil, err
			}
			if _, err := s.db.Exec(ctx, closeAll, r.ID, reason, at, pq.Array(open)); err != nil {
				return false, nil, err
			}
		}
		r.EndTime, r.EndReason = &at, reason
		f, err := s.Figures(background(ctx), r.ID)
		if err != nil {
			return false, nil, err
		}
		event, err := r.completed(ctx, f)
		return true, &event, err
	})
}

// Cancel calls a recall off.
func (s *Store) Cancel(ctx context.Context, id uuid.UUID, reason, tag string) (*Recall, error) {
	return s.Change(ctx, id, tag, func(ctx context.Context, r *Recall) (bool, *events.Event, error) {
		if r.State > Started {
			return false, nil, stateError(r)
		}
		at, was := s.now(), r.State
		r.State, r.EndTime, r.EndReason = Cancelled, &at, reason
		if was == Draft {
			return true, nil, nil
		}
		if err := s.stop(ctx, r); err != nil {
			return false, nil, err
		}
		event, err := r.cancelled(ctx)
		return true, &event, err
	})
}

// stop calls the tracing off; one that has finished needs none.
func (s *Store) stop(ctx context.Context, r *Recall) error {
	if r.TraceTime != nil || !r.Operation.Valid {
		return nil
	}
	_, err := operation.Cancel(background(ctx), s.db, kind, r.Operation.UUID, s.now())
	if errors.Is(err, postgres.ErrNoRows) || err != nil && fault.From(err).Reason() == "OPERATION_FINISHED" {
		return nil
	}
	return err
}

// Trace is how far the tracing is, nil when the caller does not reach as far as who asked for it, or it is forgotten.
func (s *Store) Trace(ctx context.Context, r *Recall) (*operation.Operation, error) {
	if !r.Operation.Valid {
		return nil, nil //nolint:nilnil // see above
	}
	o, err := operation.Get(ctx, s.db, kind, r.Operation.UUID)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, nil //nolint:nilnil // see above
	}
	return o, err
}
