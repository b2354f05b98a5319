package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"

	natsserver "github.com/nats-io/nats-server/v2/server"

	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// machine is what the figures were measured on.
type machine struct {
	cores    int
	memory   string
	postgres string
}

func look(ctx context.Context, db *postgres.DB) (machine, error) {
	m := machine{cores: runtime.NumCPU(), memory: memory()}
	return m, db.Get(ctx, &m.postgres, "select split_part(current_setting('server_version'), ' ', 1)")
}

// memory is that of the machine, where it can be read.
func memory() string {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return "unknown"
	}
	var kib int64
	if _, err := fmt.Sscanf(string(text), "MemTotal: %d kB", &kib); err != nil {
		return "unknown"
	}
	return fmt.Sprintf("%d GiB", kib>>20)
}

// line is a figure as a row of the table.
func (f figure) line() string {
	met := "no"
	if f.met {
		met = "yes"
	}
	return strings.Join([]string{"", " " + f.name + " ", " " + f.product + " ", cell(f.floor), cell(f.beside), cell(f.ratio), " " + f.goal + " ", " " + met + " ", ""}, "|")
}

func cell(text string) string {
	if text == "" {
		return " - "
	}
	return " " + text + " "
}

// mark is the line below which people write.
const mark = "<!-- what stands below is kept -->"

const head = `# Benchmarks

How fast the product is, compared with the least that anybody could do the same work with. ` + "`make bench`" + ` measures all of it anew and
writes this page down to its last line but what people wrote below.

Product and floor run in processes of their own (` + "`guanxi serve profile`, `guanxi serve gateway`" + ` with everything on; the floor in
` + "`tests/bench/floor.go`" + `), on one PostgreSQL as durable as ` + "`guanxi up`" + ` has it, in databases alike in tables, indexes and rows, with the
same number of connections. One client program of its own, the same for both, makes 32 calls at once. They take turns; a ratio is the median of
the ratios of turns that follow each other, with the lowest and the highest in brackets. All of it shares the machine.

%d cores, %s of memory, %s/%s, %s, PostgreSQL %s, NATS %s.

| work | product | floor | floor's figure | ratio | goal | met |
|---|---|---|---|---|---|---|
`

// write writes the page, keeping what people wrote.
func write(file string, m machine, figures []figure) error {
	before, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var out strings.Builder
	fmt.Fprintf(&out, head, m.cores, m.memory, runtime.GOOS, runtime.GOARCH, goVersion(), m.postgres, natsserver.VERSION)
	for _, f := range figures {
		out.WriteString(f.line() + "\n")
	}
	_, kept, _ := strings.Cut(string(before), mark)
	out.WriteString("\n" + mark + "\n" + strings.TrimLeft(kept, "\n"))
	return os.WriteFile(file, []byte(out.String()), 0o644) //nolint:gosec // a page of the documentation, for all to read
}

func goVersion() string { return "Go " + strings.TrimPrefix(runtime.Version(), "go") }
