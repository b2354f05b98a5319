package operation

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/failpoint"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

const (
	// The limits of the pool are those of RPCs. The session also waits while a step writes apart from it or asks another service.
	limits = `set local statement_timeout = '60s'; set local idle_in_transaction_session_timeout = '90s'`
	// One step of a kind at a time in the whole cluster. An advisory lock rather than one on the operation's row, so that Cancel need not wait for the step.
	lock  = `select pg_try_advisory_xact_lock(hashtextextended('guanxi operation ' || $1, 0))`
	claim = `select ` + columns + ` from operations where kind = $1 and state in (1, 2) order by state desc, create_time, operation_id limit 1`

	begin = `update operations set state = 2, start_time = $2, total_count = $3, attempts = 0, error_reason = '', error_en = '', error_zh = ''
where operation_id = $1 and state = 1`
	advance = `update operations set state = $2, cursor = $3, step_count = step_count + 1, done_count = done_count + $4,
	total_count = case total_count when 0 then 0 else greatest(total_count, done_count + $4) end, result = $5, finish_time = $6,
	attempts = 0, error_reason = '', error_en = '', error_zh = ''
where operation_id = $1 and state = 2`
)

// errTakenBack ends a step whose operation was cancelled while it ran.
var errTakenBack = errors.New("operation: cancelled while a step ran")

// step does the next step of a kind, if there is one and nobody else is at it; more says that there may be another.
func (r *Runner) step(ctx context.Context, k Kind) (more bool, err error) {
	within, stop := context.WithTimeout(ctx, stepTime)
	defer stop()
	var at Operation
	err = r.db.InTx(within, func(ctx context.Context) error {
		found, err := r.claim(ctx, k, &at)
		if err != nil || !found {
			return err
		}
		more = true
		if at.State == Pending {
			return r.begin(ctx, k, at)
		}
		return r.advance(ctx, k, at)
	})
	switch {
	case err == nil || ctx.Err() != nil:
		return more && err == nil, err
	case errors.Is(err, errTakenBack):
		r.log.InfoContext(ctx, "operation: cancelled while a step ran, which was taken back", "kind", k.Name, "operation", at.ID)
		return true, nil
	case at.ID == uuid.Nil: // the database would not even say what there is to do
		return false, err
	}
	return true, r.note(ctx, at, err)
}

// claim finds the operation whose turn it is. The one that runs is first even if an older one comes to light, as when that one's RPC committed late.
func (r *Runner) claim(ctx context.Context, k Kind, at *Operation) (found bool, err error) {
	if _, err := r.db.Exec(ctx, limits); err != nil {
		return false, err
	}
	var mine bool
	if err := r.db.Get(ctx, &mine, lock, k.Name); err != nil || !mine {
		return false, err
	}
	var next Operation
	err = r.db.Get(ctx, &next, claim, k.Name)
	switch {
	case errors.Is(err, postgres.ErrNoRows):
		return false, nil
	case err != nil:
		return false, err
	case next.RetryTime.After(r.now()): // and those behind it wait with it
		return false, nil
	}
	*at = next
	return true, nil
}

func (r *Runner) begin(ctx context.Context, k Kind, at Operation) error {
	var total int64
	if k.Begin != nil {
		err := guard(func() (err error) {
			total, err = k.Begin(auth.With(ctx, at.caller()), at)
			return err
		})
		if err != nil {
			return err
		}
	}
	return r.move(ctx, begin, at.ID, r.now(), max(total, 0))
}

func (r *Runner) advance(ctx context.Context, k Kind, at Operation) error {
	var did Progress
	err := guard(func() (err error) {
		did, err = k.Step(auth.With(ctx, at.caller()), at)
		return err
	})
	if err != nil {
		return err
	}
	if did.Done < 0 || !did.Finished && did.Cursor == at.Cursor {
		return fmt.Errorf("operation: a step of %s did %d and went from cursor %q to %q", k.Name, did.Done, at.Cursor, did.Cursor)
	}
	failpoint.Hit("operation.after_step")
	if !did.Finished {
		return r.move(ctx, advance, at.ID, int(Running), did.Cursor, did.Done, nil, nil)
	}
	return r.move(ctx, advance, at.ID, int(Succeeded), did.Cursor, did.Done, postgres.JSON[any]{V: did.Result}, r.now())
}

// move writes how far the operation has come, unless it was cancelled meanwhile.
func (r *Runner) move(ctx context.Context, query string, args ...any) error {
	result, err := r.db.Exec(ctx, query, args...)
	if err != nil {
		return err
	}
	if moved, err := result.RowsAffected(); err != nil || moved == 1 {
		return err
	}
	return errTakenBack
}

// guard makes a panic an error like any other.
func guard(work func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return work()
}
