// Command bench measures the product beside floors: the least that anybody could do the same work with. Both run in processes of their
// own, on the same PostgreSQL in databases of their own, called by the same client, in turns; what counts is the ratio. It writes
// docs/benchmarks.md and never fails because something is slow.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

type options struct {
	Out       string        `help:"Where the figures are written; what stands there below the line is kept." default:"docs/benchmarks.md"`
	Rounds    int           `help:"How often product and floor take turns." default:"5"`
	Length    time.Duration `help:"How long each turn is." default:"4s"`
	Callers   int           `help:"How many call at once." default:"32"`
	Customers int           `help:"How many customers the jobs over all of them have." default:"1000000"`
	Owners    int           `help:"How many owners, with 40 customers each, a year is planned for." default:"1000"`
	Answers   int           `help:"How many answers a survey has that is analysed." default:"1000000"`
	Only      string        `help:"Which works, as a regular expression over their names. Then nothing is written." placeholder:"PATTERN"`
}

// roles are what this program is when it has started itself.
var roles = map[string]func(context.Context) error{"floor": serveFloor, "load": serveLoad}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if role, ok := roles[os.Getenv(roleVariable)]; ok {
		return role(ctx)
	}
	var o options
	kong.Parse(&o, kong.Name("bench"), kong.Description("Measures the product beside floors."))
	return bench(ctx, o)
}

func bench(ctx context.Context, o options) (err error) {
	dir, err := os.MkdirTemp("", "guanxi-bench-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // as root, PostgreSQL runs as another user below it
		return err
	}
	g := &ground{options: o, dir: dir, guanxi: filepath.Join(dir, "guanxi")}
	defer func() { err = errors.Join(err, g.stop()) }()
	if err := g.prepare(ctx); err != nil {
		return err
	}
	figures, err := g.measure(ctx)
	if err != nil || o.Only != "" {
		return err
	}
	return write(o.Out, g.machine, figures)
}
