// Command run finds all fuzz targets of the repository by itself and runs them one after another. What one of them finds lies in
// testdata/fuzz beside the target, where the tests run it from then on.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

type options struct {
	Time     time.Duration `help:"How long each target explores, after its seeds." default:"30s"`
	Minimize time.Duration `help:"How long a finding may be made smaller." default:"1s"`
	Only     string        `help:"Which targets, as a regular expression over <package>.<target>." default:"."`
	Memory   int64         `help:"How many MiB a target may use; more is a finding." default:"2048"`
	Workers  int           `help:"How many processes explore at once." default:"1"`
	Corpus   string        `help:"Where inputs that led to new places are kept from one run to the next; among the user's caches when left out." placeholder:"DIR"`
	Packages []string      `arg:"" optional:"" help:"Where to look for targets." default:"./..."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var o options
	kong.Parse(&o, kong.Name("fuzz"), kong.Description("Runs all fuzz targets of the repository, one after another."))
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	only, err := regexp.Compile(o.Only)
	if err != nil {
		return fmt.Errorf("--only: %w", err)
	}
	packages, err := find(ctx, o.Packages, only)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "guanxi-fuzz-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	return explore(ctx, o, packages, filepath.Join(work, "target"))
}

// explore runs every target, also when an earlier one has found something.
func explore(ctx context.Context, o options, packages []pkg, binary string) error {
	var findings []error
	count := 0
	for _, p := range packages {
		if err := p.build(ctx, binary); err != nil {
			return err
		}
		for _, name := range p.targets {
			t := target{pkg: p, name: name, binary: binary}
			if err := t.run(ctx, o); err != nil {
				findings = append(findings, fmt.Errorf("%s: %w", t, err))
			}
			if ctx.Err() != nil {
				return errors.Join(append(findings, ctx.Err())...)
			}
			count++
		}
	}
	if count == 0 {
		return errors.New("no target was found")
	}
	fmt.Printf("%d targets, %d with findings\n", count, len(findings))
	return errors.Join(findings...)
}
