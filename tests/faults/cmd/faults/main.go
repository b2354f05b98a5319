// Command faults plays the accidents of an operation on the real processes and says which promises were broken.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/guanxi-crm/guanxi/tests/faults"
)

func main() {
	o := faults.Options{Out: os.Stdout}
	var only, services string
	flag.Uint64Var(&o.Seed, "seed", uint64(time.Now().UnixNano()%1_000_000), "what the accidents are drawn from; the same seed, the same accidents")
	flag.IntVar(&o.Cycles, "cycles", 500, "how many accidents")
	flag.StringVar(&only, "only", "", "these faults only, with commas between: "+strings.Join(faults.Names(), ", "))
	flag.StringVar(&services, "services", "", "on these services only, with commas between; on all when left out")
	flag.IntVar(&o.Parallel, "parallel", 2, "how many rounds at once")
	flag.StringVar(&o.Binaries, "binaries", "", "where guanxi, broker and subscriber were built; built anew when left out")
	flag.BoolVar(&o.Keep, "keep", false, "leave the logs behind")
	flag.Parse()
	if only != "" {
		o.Only = strings.Split(only, ",")
	}
	if services != "" {
		o.Services = strings.Split(services, ",")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	start := time.Now()
	results, err := faults.Run(ctx, o)
	clean := faults.Summary(os.Stdout, results)
	fmt.Printf("in %s\n", time.Since(start).Round(time.Second))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil || !clean {
		fmt.Fprintf(os.Stderr, "repeat it with -seed %d -cycles %d\n", o.Seed, o.Cycles)
		os.Exit(1) //nolint:gocritic // stop has nothing to do any more
	}
}
