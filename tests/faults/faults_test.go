package faults

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/tests/faults/internal/load"
	"github.com/guanxi-crm/guanxi/tests/faults/internal/world"
)

var binaries string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "guanxi-faults-")
	if err == nil {
		defer os.RemoveAll(dir)
		binaries, err = Build(context.Background(), dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// The kills that most of the promises hang on; `make faults` plays all accidents, and more of them.
func TestFiftyKills(t *testing.T) {
	t.Parallel()
	few := []string{"service-at-random", "service-after-commit", "relay-before-mark"}
	for service, c := range map[string]struct {
		cycles int
		only   []string
	}{
		load.Profile.Name:      {40, append(few, "service-before-commit", "subscriber-after-effect", "broker-killed", "database-restarted")},
		load.Segmentation.Name: {10, few}, // the rest hangs on what all have from libs
		load.Planning.Name:     {10, few},
		load.Voice.Name:        {10, few},
		load.Satisfaction.Name: {5, few},
	} {
		t.Run(service, func(t *testing.T) {
			t.Parallel()
			var said strings.Builder
			results, err := Run(t.Context(), Options{
				Seed: uint64(time.Now().UnixNano() % 1_000_000), Cycles: c.cycles, Parallel: 3, Binaries: binaries, Out: &said, Only: c.only, Services: []string{service},
			})
			clean := Summary(&said, results)
			t.Log(said.String())
			require.NoError(t, err)
			require.True(t, clean, "a promise was broken")
			cycles := 0
			for _, r := range results {
				cycles += r.Cycles
				require.Positive(t, r.Acknowledged, r.Fault)
			}
			require.GreaterOrEqual(t, cycles, c.cycles)
		})
	}
}

// What the harness does not notice it does not test: with each guard off, it has to complain.
func TestGuardsThatAreOffAreNoticed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		guard  string
		fault  Fault
		cycles int
		rule   string
		target load.Target
	}{
		{"effect and inbox commit together", Fault{
			World: func(o *world.Options) { o.Subscriber.Careless = true },
			Cycle: subscriberAt("commit.before"),
		}, 1, "doubled-effect", load.Profile},
		{"only the broker's word marks an event", Fault{
			Begin: trigger(`if random() < 0.3 then new.published_at = now(); end if; return new;`, "before insert on outbox"),
			Cycle: serviceAtRandom,
		}, 1, "lost-event", load.Profile},
		{"write and event commit together", Fault{
			Begin: trigger(`if random() < 0.3 then return null; end if; return new;`, "before insert on outbox"),
			Cycle: serviceAtRandom,
		}, 1, "write-without-event", load.Profile},
		{"write and event commit together where there is no history", Fault{
			Begin: trigger(`if random() < 0.3 then return null; end if; return new;`, "before insert on outbox"),
			Cycle: serviceAtRandom,
		}, 1, "lost-write", load.Segmentation},
		{"the broker knows the ids", Fault{Cycle: forgotten}, 1, "doubled-event", load.Profile},
		{"answers are remembered by request_id", Fault{
			Begin: trigger(`delete from requests where request_id = new.request_id; return null;`, "after update on requests"),
			Cycle: serviceAt("commit.after", 20),
		}, 2, "doubled-write", load.Profile},
	} {
		t.Run(c.guard, func(t *testing.T) {
			t.Parallel()
			c.fault.Name = "guard"
			var rules []string
			// Where a kill lands is chance, and it may land where the guard is not needed.
			for seed := uint64(1); seed <= 5 && !slices.Contains(rules, c.rule); seed++ {
				dir := t.TempDir()
				require.NoError(t, os.Chmod(dir, 0o711))
				require.NoError(t, os.Chmod(dir+"/..", 0o711))
				g := ground{dir: dir, binaries: binaries, target: c.target, seed: seed, settleWithin: 5 * time.Second}
				require.NoError(t, world.Cast(t.Context(), g.mold(), binaries, c.target.Name))
				result, err := g.play(t.Context(), c.fault, c.cycles)
				require.NoError(t, err)
				for _, v := range result.Violations {
					rules = append(rules, v.Rule)
				}
			}
			require.Contains(t, rules, c.rule)
		})
	}
}

// trigger breaks a guard from within the database.
func trigger(body, when string) func(context.Context, *Round) error {
	return func(ctx context.Context, r *Round) error {
		_, err := r.own.Exec(ctx, `
create function broken() returns trigger language plpgsql as $$ begin `+body+` end $$;
create trigger broken `+when+` for each row execute function broken()`)
		return err
	}
}

// forgotten kills the relay before it marks, and has the broker forget what it acknowledged until there is a relay again.
func forgotten(ctx context.Context, r *Round) error {
	r.KillService()
	if err := r.StartService(ctx, "relay.after_ack=kill@3"); err != nil {
		return err
	}
	err := r.tune(ctx, func(c *jetstream.StreamConfig, _ jetstream.StreamState) { c.Duplicates = 100 * time.Millisecond })
	if err != nil {
		return err
	}
	r.ServiceDied(world.ReadyWithin)
	wait(ctx, 500*time.Millisecond)
	return r.StartService(ctx)
}

func TestSharesMakeAtLeastOneCycleOfEach(t *testing.T) {
	t.Parallel()
	for _, cycles := range []int{1, 50, 500} {
		total := 0
		for i, n := range share(table, cycles) {
			require.Positive(t, n, table[i].Name)
			total += n
		}
		require.GreaterOrEqual(t, total, cycles)
	}
}

func TestAnUnknownFaultOrServiceIsRefused(t *testing.T) {
	t.Parallel()
	_, err := Run(t.Context(), Options{Only: []string{"earthquake"}, Binaries: binaries, Out: &strings.Builder{}})
	require.ErrorContains(t, err, "earthquake")
	_, err = Run(t.Context(), Options{Services: []string{"atlantis"}, Binaries: binaries, Out: &strings.Builder{}})
	require.ErrorContains(t, err, "atlantis")
}
