// Package faults lets the accidents of an operation happen to the real processes, under load, and checks afterwards that no promise was
// broken: nothing acknowledged is lost, no event is lost or invented, no effect happens twice, the order per aggregate holds.
package faults

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/guanxi-crm/guanxi/tests/faults/internal/load"
	"github.com/guanxi-crm/guanxi/tests/faults/internal/world"
)

// Targets are the services that are tested. A service joins by a line here.
var Targets = []load.Target{load.Profile, load.Segmentation, load.Planning, load.Voice, load.Satisfaction}

// Options say what a run does.
type Options struct {
	// Seed decides when and where the accidents happen; a run can be repeated by it.
	Seed uint64
	// Cycles is how many accidents there are in all.
	Cycles int
	// Only names the faults to play, all if it is empty.
	Only []string
	// Services names the targets to play them on, all if it is empty.
	Services []string
	// Parallel is how many rounds are played at once. Most of a round is waiting.
	Parallel int
	// Unmeasured leaves out what measures speed, for which a machine that does something else is no place.
	Unmeasured bool
	// Binaries is where the processes were built; empty to build them.
	Binaries string
	// Keep leaves the directory of the run behind, with the logs.
	Keep bool
	// Out is told how it goes.
	Out io.Writer
}

// Run plays all faults on all services and returns what came of each.
func Run(ctx context.Context, o Options) ([]Result, error) {
	dir, err := os.MkdirTemp("", "guanxi-faults-")
	if err != nil {
		return nil, err
	}
	if !o.Keep {
		defer os.RemoveAll(dir)
	}
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // PostgreSQL's account has to pass
		return nil, err
	}
	binaries := o.Binaries
	if binaries == "" {
		if binaries, err = Build(ctx, dir); err != nil {
			return nil, err
		}
	}
	list, err := chosen(o.Only)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(o.Out, "seed %d, %d cycles, directory %s\n", o.Seed, o.Cycles, dir)
	grounds, err := o.grounds(ctx, dir, binaries)
	if err != nil {
		return nil, err
	}
	var results []Result
	for _, alone := range []bool{false, true} {
		if !alone || !o.Unmeasured {
			played, err := o.rounds(ctx, grounds, list, alone)
			results = append(results, played...)
			if err != nil {
				return results, err
			}
		}
	}
	return results, nil
}

// grounds are what the rounds of each target have in common.
func (o Options) grounds(ctx context.Context, dir, binaries string) (list []ground, err error) {
	targets, err := under(o.Services)
	if err != nil {
		return nil, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(o.Parallel, 1))
	for _, target := range targets {
		g := ground{dir: filepath.Join(dir, target.Name), binaries: binaries, target: target, seed: o.Seed, settleWithin: 30 * time.Second}
		group.Go(func() error {
			if err := os.MkdirAll(g.dir, 0o711); err != nil { //nolint:gosec // as above
				return err
			}
			return world.Cast(ctx, g.mold(), binaries, target.Name)
		})
		list = append(list, g)
	}
	return list, group.Wait()
}

// rounds plays those that may be played beside each other, or those that measure and may not.
func (o Options) rounds(ctx context.Context, grounds []ground, list []Fault, alone bool) (results []Result, err error) {
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(o.Parallel, 1))
	if alone {
		group.SetLimit(1)
	}
	for _, g := range grounds {
		for i, cycles := range share(list, cmp.Or(o.Cycles/len(grounds), 1)) {
			if list[i].Measures != alone {
				continue
			}
			group.Go(func() error {
				result, err := g.play(ctx, list[i], cycles)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					results = append(results, result)
					report(o.Out, result)
				}
				return err
			})
		}
	}
	return results, group.Wait()
}

// Build builds the processes of a world.
func Build(ctx context.Context, dir string) (string, error) {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/guanxi-crm/guanxi").Output()
	if err != nil {
		return "", fmt.Errorf("where the module is: %w", err)
	}
	binaries := filepath.Join(dir, "bin") + string(filepath.Separator)
	build := exec.CommandContext(ctx, "go", "build", "-o", binaries,
		"./deploy/guanxi", "./tests/faults/cmd/broker", "./tests/faults/cmd/subscriber")
	build.Dir = string(root[:len(root)-1])
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building: %w: %s", err, said)
	}
	return binaries, nil
}

func chosen(names []string) ([]Fault, error) {
	if len(names) == 0 {
		return table, nil
	}
	var list []Fault
	for _, name := range names {
		i := slices.IndexFunc(table, func(f Fault) bool { return f.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no fault %q; there are %v", name, Names())
		}
		list = append(list, table[i])
	}
	return list, nil
}

// under are the targets of those names.
func under(names []string) ([]load.Target, error) {
	if len(names) == 0 {
		return Targets, nil
	}
	var list []load.Target
	for _, name := range names {
		i := slices.IndexFunc(Targets, func(t load.Target) bool { return t.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no service %q to test", name)
		}
		list = append(list, Targets[i])
	}
	return list, nil
}

// Names are those of all faults.
func Names() (names []string) {
	for _, f := range table {
		names = append(names, f.Name)
	}
	return names
}

// share divides the cycles by the faults' shares, at least one for each. Each gets what is due to it and those before it, less what those have got, so that
// rounding adds nothing up.
func share(list []Fault, cycles int) []int {
	total := 0
	for _, f := range list {
		total += f.Share
	}
	out := make([]int, len(list))
	due, given := 0, 0
	for i, f := range list {
		due += cycles * f.Share
		out[i] = max(1, (due+total/2)/max(total, 1)-given)
		given += out[i]
	}
	return out
}

func report(out io.Writer, r Result) {
	fmt.Fprintf(out, "%-37s %4d cycles %6d writes %6d events %7s", r.Fault, r.Cycles, r.Acknowledged, r.Events, r.Took.Round(100*time.Millisecond))
	for _, note := range r.Notes {
		fmt.Fprintf(out, "  %s", note)
	}
	fmt.Fprintln(out)
	const enough = 5 // of each rule
	seen := map[string]int{}
	for _, v := range r.Violations {
		if seen[v.Rule]++; seen[v.Rule] <= enough {
			fmt.Fprintf(out, "    %s\n", v)
		}
	}
	for rule, count := range seen {
		if count > enough {
			fmt.Fprintf(out, "    %s: %d in all\n", rule, count)
		}
	}
}

// Summary prints what all rounds came to, and says whether no promise was broken.
func Summary(out io.Writer, results []Result) (clean bool) {
	cycles, writes, count, violations := 0, 0, 0, 0
	for _, r := range results {
		cycles += r.Cycles
		writes += r.Acknowledged
		count += r.Events
		violations += len(r.Violations)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "%d cycles\t%d writes acknowledged\t%d events\t%d violations\n", cycles, writes, count, violations)
	return table.Flush() == nil && violations == 0
}
