package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

const (
	// tick is how often due times are looked for.
	tick = 5 * time.Second
	// The wait after a failure doubles from the first to the last of these.
	firstRetry, lastRetry = 10 * time.Second, time.Hour
)

// Runner runs jobs. Any number of instances may run with the same jobs.
type Runner struct {
	db   *postgres.DB
	jobs []job
	log  *slog.Logger
	now  func() time.Time
}

// NewRunner fails if a job is not well-formed or two have one name.
func NewRunner(db *postgres.DB, jobs []Job, log *slog.Logger, now func() time.Time) (*Runner, error) {
	r := &Runner{db: db, log: log, now: now}
	names := map[string]bool{}
	for _, given := range jobs {
		j, err := understand(given)
		if err != nil {
			return nil, err
		}
		if names[j.Name] {
			return nil, fmt.Errorf("schedule: there are two jobs %s", j.Name)
		}
		names[j.Name] = true
		r.jobs = append(r.jobs, j)
	}
	return r, nil
}

// Run does the work of the jobs until ctx ends, and then returns nil; what is being done is rolled back.
func (r *Runner) Run(ctx context.Context) error {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for ctx.Err() == nil {
		if err := r.Tick(ctx); err != nil && ctx.Err() == nil {
			r.log.WarnContext(ctx, "schedule: not all that is due was done, it will be tried again", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
	return nil
}

// Tick does all work that is due now. A job that fails keeps its later times waiting, but no other job; the errors come back joined.
// A job that is new starts with the first due time after its first tick.
func (r *Runner) Tick(ctx context.Context) error {
	var failures []error
	for _, j := range r.jobs {
		if err := r.catchUp(ctx, j); err != nil {
			failures = append(failures, fmt.Errorf("schedule: %s: %w", j.Name, err))
		}
	}
	return errors.Join(failures...)
}

// catchUp does one due time after the other, each in a transaction of its own.
func (r *Runner) catchUp(ctx context.Context, j job) error {
	for ctx.Err() == nil {
		more, err := r.step(ctx, j)
		if err != nil || !more {
			return err
		}
	}
	return ctx.Err()
}

const (
	introduce = `
insert into schedules (job, done_until, attempts, error, retry_time) values ($1, $2, 0, '', $2) on conflict do nothing`
	// An instance that finds the row locked leaves the job to the one that holds it.
	claim   = `select done_until, attempts, retry_time from schedules where job = $1 for update skip locked`
	advance = `update schedules set done_until = $2, attempts = 0, error = '', retry_time = $2 where job = $1`
	record  = `
insert into schedule_runs as r (job, due_time, runs, finish_time) values ($1, $2, 1, $3)
on conflict (job, due_time) do update set runs = r.runs + 1, finish_time = excluded.finish_time`
	note = `
update schedules set attempts = attempts + 1, error = $3, retry_time = $4 where job = $1 and done_until = $2`
)

// state is how far a job has got.
type state struct {
	DoneUntil time.Time `db:"done_until"`
	Attempts  int       `db:"attempts"`
	RetryTime time.Time `db:"retry_time"`
}

// step does the job's next due time, if there is one and nobody else is at it; more says that it did.
func (r *Runner) step(ctx context.Context, j job) (more bool, err error) {
	var (
		s      state
		broken error // the job's own failure, as opposed to one of the schedule
	)
	err = r.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := r.db.Exec(ctx, introduce, j.Name, r.now()); err != nil {
			return err
		}
		err := r.db.Get(ctx, &s, claim, j.Name)
		if errors.Is(err, postgres.ErrNoRows) || err == nil && s.Attempts > 0 && s.RetryTime.After(r.now()) {
			return nil
		}
		if err != nil {
			return err
		}
		due, passed := j.between(s.DoneUntil, r.now())
		if len(due) == 0 {
			return nil
		}
		if passed > 0 {
			r.log.WarnContext(ctx, "schedule: too many due times were missed, the older ones are passed over", "job", j.Name, "passed", passed)
		}
		if broken = do(ctx, j, due[0]); broken != nil {
			return broken
		}
		if _, err := r.db.Exec(ctx, advance, j.Name, due[0]); err != nil {
			return err
		}
		more = true
		_, err = r.db.Exec(ctx, record, j.Name, due[0], r.now())
		return err
	})
	if broken != nil && ctx.Err() == nil {
		return false, errors.Join(broken, r.note(ctx, j, s, broken))
	}
	return more && err == nil, err
}

// note keeps a failure where it can be seen, and the job waiting.
func (r *Runner) note(ctx context.Context, j job, s state, failure error) error {
	wait := min(firstRetry<<min(s.Attempts, 20), lastRetry)
	_, err := r.db.Exec(ctx, note, j.Name, s.DoneUntil, failure.Error(), r.now().Add(wait))
	return err
}

// RunFor does the work of all due times of the day that contains this time in the job's zone, done before or not.
func (r *Runner) RunFor(ctx context.Context, name string, day time.Time) error {
	for _, j := range r.jobs {
		if j.Name == name {
			return r.replay(ctx, j, day)
		}
	}
	return fault.New(codes.NotFound, "NO_JOB", fault.Text{En: "There is no job " + name + ".", Zh: "没有名为 " + name + " 的定时任务。"})
}

func (r *Runner) replay(ctx context.Context, j job, day time.Time) error {
	year, month, date := day.In(j.Zone).Date()
	begin := time.Date(year, month, date, 0, 0, 0, 0, j.Zone)
	end := time.Date(year, month, date+1, 0, 0, 0, 0, j.Zone)
	for due := j.next(begin.Add(-time.Second)); !due.IsZero() && due.Before(end); due = j.next(due) {
		err := r.db.InTx(ctx, func(ctx context.Context) error {
			if err := do(ctx, j, due); err != nil {
				return err
			}
			_, err := r.db.Exec(ctx, record, j.Name, due, r.now())
			return err
		})
		if err != nil {
			return fmt.Errorf("schedule: %s for %s: %w", j.Name, due, err)
		}
	}
	return nil
}

// do runs the job; a panic is an error like any other.
func do(ctx context.Context, j job, due time.Time) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return j.Run(ctx, due)
}
