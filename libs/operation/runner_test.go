package operation_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/failpoint"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
)

func TestWorkIsDoneForWhoAskedAndItsProgressShown(t *testing.T) {
	t.Parallel()
	d := setup(t)
	var id uuid.UUID
	seen := []int64{}
	k := d.kind("assess", func(ctx context.Context, o operation.Operation) error {
		at := d.get(t, "assess", id) // in a transaction of its own: what others see
		require.Equal(t, operation.Running, at.State)
		require.EqualValues(t, 10, at.Total)
		seen = append(seen, at.Done)
		return nil
	})
	id = d.start(t, "assess", 4)
	require.Equal(t, operation.Pending, d.get(t, "assess", id).State)
	require.NoError(t, d.runner(t, k).Tick(t.Context()))
	require.Equal(t, []int64{0, 4, 8, 10}, seen)
	d.finished(t, "assess", id)
	var actors []string
	require.NoError(t, d.db.Select(t.Context(), &actors, `select distinct actor from marks`))
	require.Equal(t, []string{"alice"}, actors)
	require.NoError(t, d.runner(t, k).Tick(t.Context()), "what is finished stays so")
	d.finished(t, "assess", id)
}

func TestWorkOfATransactionRolledBackIsNotDone(t *testing.T) {
	t.Parallel()
	d := setup(t)
	undo := errors.New("undo")
	err := d.db.InTx(alice(t), func(ctx context.Context) error {
		_, err := operation.Start(ctx, d.db, "assess", job{Chunk: 1}, d.clock.Now())
		return errors.Join(undo, err)
	})
	require.ErrorIs(t, err, undo)
	require.NoError(t, d.runner(t, d.kind("assess", nil)).Tick(t.Context()))
	var marks int
	require.NoError(t, d.db.Get(t.Context(), &marks, `select count(*) from marks`))
	require.Zero(t, marks)
}

func TestPassingFailureIsTriedAgainFromWhereItWas(t *testing.T) {
	t.Parallel()
	d := setup(t)
	failures := 2
	k := d.kind("assess", func(ctx context.Context, o operation.Operation) error {
		if o.Cursor == "4" && failures > 0 {
			failures--
			return fault.Unavailable(errors.New("dial tcp 10.0.0.1"))
		}
		return nil
	})
	id := d.start(t, "assess", 4)
	r := d.runner(t, k)
	for attempt, wait := range []time.Duration{time.Second, 2 * time.Second} {
		require.NoError(t, r.Tick(t.Context()))
		o := d.get(t, "assess", id)
		require.Equal(t, operation.Running, o.State)
		require.Equal(t, attempt+1, o.Attempts)
		require.Equal(t, "UNAVAILABLE", o.Reason)
		require.Equal(t, fault.Text{En: "not available just now; try again", Zh: "服务暂不可用，请稍后重试"}, o.Error())
		require.Equal(t, wait, o.RetryTime.Sub(d.clock.Now()), "the wait grows")
		require.Equal(t, upTo(4), d.marks(t, id), "the failed step left nothing")
		require.NoError(t, r.Tick(t.Context()))
		require.Equal(t, attempt+1, d.get(t, "assess", id).Attempts, "it waits")
		d.clock.Advance(wait)
	}
	require.NoError(t, r.Tick(t.Context()))
	d.finished(t, "assess", id)
	require.Zero(t, d.get(t, "assess", id).Attempts)
}

func TestPatienceEnds(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tries := 0
	k := d.kind("assess", func(context.Context, operation.Operation) error {
		tries++
		return context.DeadlineExceeded
	})
	id := d.start(t, "assess", 4)
	r := d.runner(t, k)
	for range 60 {
		require.NoError(t, r.Tick(t.Context()))
		d.clock.Advance(5 * time.Minute)
	}
	require.Equal(t, operation.Failed, d.get(t, "assess", id).State)
	require.Equal(t, 50, tries)
}

func TestOtherFailureEndsItWithItsTexts(t *testing.T) {
	t.Parallel()
	internal := fault.Text{En: "an internal error; it has been logged", Zh: "内部错误，已记录"}
	for name, c := range map[string]struct {
		trouble func() error
		reason  string
		text    fault.Text
	}{
		"fault": {
			func() error {
				return fault.Invalid(fault.Field("year", "RANGE", fault.Text{En: "is in the future", Zh: "在将来"}))
			},
			"INVALID_FIELDS",
			fault.Text{En: "invalid fields: year [RANGE] is in the future", Zh: "字段无效：year [RANGE] 在将来"},
		},
		"error": {func() error { return errors.New("secret of a driver") }, "INTERNAL", internal},
		"panic": {func() error { panic("out of order") }, "INTERNAL", internal},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := setup(t)
			k := d.kind("assess", func(ctx context.Context, o operation.Operation) error {
				if o.Cursor == "4" {
					return c.trouble()
				}
				return nil
			})
			id := d.start(t, "assess", 4)
			require.NoError(t, d.runner(t, k).Tick(t.Context()))
			o := d.get(t, "assess", id)
			require.Equal(t, operation.Failed, o.State)
			require.Equal(t, c.reason, o.Reason)
			require.Equal(t, c.text, o.Error())
			require.Equal(t, upTo(4), d.marks(t, id), "what was done stays, what failed left nothing")
			require.EqualValues(t, 4, o.Done)
			require.NotNil(t, o.FinishTime)
		})
	}
}

func TestStepThatDoesNotMoveOnFails(t *testing.T) {
	t.Parallel()
	for _, did := range []operation.Progress{{}, {Cursor: "1", Done: -1}} {
		d := setup(t)
		id := d.start(t, "still", 1)
		still := operation.Kind{Name: "still", Step: func(context.Context, operation.Operation) (operation.Progress, error) { return did, nil }}
		require.NoError(t, d.runner(t, still).Tick(t.Context()))
		require.Equal(t, operation.Failed, d.get(t, "still", id).State)
	}
}

func TestCutOffStepIsDoneByAnother(t *testing.T) {
	t.Parallel()
	d := setup(t)
	ctx, cut := context.WithCancel(t.Context())
	k := d.kind("assess", func(_ context.Context, o operation.Operation) error {
		if o.Cursor == "4" {
			cut()
		}
		return nil
	})
	id := d.start(t, "assess", 4)
	require.ErrorIs(t, d.runner(t, k).Tick(ctx), context.Canceled)
	o := d.get(t, "assess", id)
	require.Equal(t, operation.Running, o.State)
	require.Zero(t, o.Attempts, "it did not fail")
	require.Equal(t, upTo(4), d.marks(t, id))
	require.NoError(t, d.runner(t, d.kind("assess", nil)).Tick(t.Context()))
	d.finished(t, "assess", id)
}

func TestKilledProcessLosesAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	for _, point := range []string{
		"operation.after_step=kill@1", "operation.after_step=kill@3", "operation.after_step=kill@4", // 4 finishes it
		"commit.before=kill@1", "commit.before=kill@3", "commit.after=kill@1", "commit.after=kill@3", "commit.after=kill@5",
	} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			url := testkit.DatabaseURL(t, migrate)
			d := &desk{db: testkit.Open(t, postgres.Config{URL: url}), clock: testkit.NewClock()}
			id := d.start(t, "assess", 4)
			command := exec.CommandContext(t.Context(), os.Args[0])
			command.Env = append(os.Environ(), childURL+"="+url, failpoint.Variable+"="+point)
			out, err := command.CombinedOutput()
			require.Error(t, err)
			require.Equal(t, "signal: killed", err.Error(), string(out))
			r := d.runner(t, d.kind("assess", nil))
			// The server may take a moment to see that the process is gone, and holds its lock until then.
			require.Eventually(t, func() bool {
				return r.Tick(t.Context()) == nil && d.get(t, "assess", id).State.Final()
			}, testkit.Patience, 10*time.Millisecond)
			d.finished(t, "assess", id)
			require.EqualValues(t, 4, d.get(t, "assess", id).Steps)
		})
	}
}

func TestManyRunnersDoEachStepOnceAndOneAtATime(t *testing.T) {
	t.Parallel()
	d := setup(t)
	var inside atomic.Int64
	var crowded atomic.Bool
	k := d.kind("assess", func(context.Context, operation.Operation) error {
		if inside.Add(1) > 1 {
			crowded.Store(true)
		}
		defer inside.Add(-1)
		time.Sleep(2 * time.Millisecond)
		return nil
	})
	ids := []uuid.UUID{d.start(t, "assess", 1), d.start(t, "assess", 2), d.start(t, "assess", 3)}
	var replicas sync.WaitGroup
	for range 6 {
		r := d.runner(t, k)
		replicas.Go(func() {
			for range 40 {
				if err := r.Tick(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	replicas.Wait()
	require.NoError(t, d.runner(t, k).Tick(t.Context()))
	require.False(t, crowded.Load())
	for _, id := range ids {
		d.finished(t, "assess", id)
	}
}

func TestOldestGoesFirstAndIsNotOvertaken(t *testing.T) {
	t.Parallel()
	d := setup(t)
	var order []uuid.UUID
	sick := true
	k := d.kind("assess", func(_ context.Context, o operation.Operation) error {
		order = append(order, o.ID)
		if sick && o.Cursor == "5" {
			return fault.Unavailable(nil)
		}
		return nil
	})
	second := d.start(t, "assess", 5)
	d.clock.Advance(-time.Minute)
	first := d.start(t, "assess", 5)
	d.clock.Advance(time.Minute)
	r := d.runner(t, k)
	require.NoError(t, r.Tick(t.Context()))
	d.clock.Advance(-time.Hour)
	late := d.start(t, "assess", 5) // older than all, but it comes to light when another has begun
	d.clock.Advance(time.Hour)
	require.NoError(t, r.Tick(t.Context()))
	require.Equal(t, operation.Pending, d.get(t, "assess", late).State)
	sick = false
	d.clock.Advance(time.Second)
	require.NoError(t, r.Tick(t.Context()))
	require.Equal(t, []uuid.UUID{first, first, first, first, late, late, late, second, second, second}, order)
}

func TestKindsDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	d := setup(t)
	held, free := make(chan struct{}, 1), make(chan struct{})
	slow := d.kind("slow", func(ctx context.Context, _ operation.Operation) error {
		select {
		case held <- struct{}{}:
		default:
		}
		select {
		case <-free:
		case <-ctx.Done():
		}
		return ctx.Err()
	})
	slowly := d.start(t, "slow", 10)
	quickly := d.start(t, "quick", 10)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	r := d.runner(t, slow, d.kind("quick", nil))
	go func() { done <- r.Run(ctx) }()
	<-held
	require.Eventually(t, func() bool { return d.get(t, "quick", quickly).State == operation.Succeeded }, testkit.Patience, 10*time.Millisecond)
	require.Equal(t, operation.Running, d.get(t, "slow", slowly).State)
	close(free)
	require.Eventually(t, func() bool { return d.get(t, "slow", slowly).State == operation.Succeeded }, testkit.Patience, 10*time.Millisecond)
	cancel()
	require.NoError(t, <-done)
}

func TestKindsAreChecked(t *testing.T) {
	t.Parallel()
	step := func(context.Context, operation.Operation) (operation.Progress, error) {
		return operation.Progress{}, nil
	}
	for _, kinds := range [][]operation.Kind{{{Name: "a"}}, {{Step: step}}, {{Name: "a", Step: step}, {Name: "a", Step: step}}} {
		_, err := operation.NewRunner(nil, kinds, nil, nil)
		require.Error(t, err)
	}
}
