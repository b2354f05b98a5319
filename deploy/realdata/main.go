// Command realdata brings facts that nobody here made up through the whole product, kills it half way, and checks that the figures
// come out as the data's own documentation and a plain count of the file say.
package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"
)

//go:embed mappings/*.yaml
var mappings embed.FS

type options struct {
	Data string `help:"Directory with online_retail, northwind, cdnow, ecsi and servicenow_incident." required:"" placeholder:"DIR" type:"existingdir"`
	Only string `help:"Only that one of: online retail, online retail judged, northwind, cdnow, ecsi, incidents."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var o options
	kong.Parse(&o, kong.Name("realdata"), kong.Description("Brings real data through the whole product and checks the figures."))
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "realdata:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	work, err := os.MkdirTemp("", "guanxi-realdata-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	if err := os.Chmod(work, 0o711); err != nil { //nolint:gosec // as root, PostgreSQL runs as another user below it
		return err
	}
	p, err := prepare(ctx, work, o.Data)
	if err != nil {
		return err
	}
	differ := 0
	for _, one := range []struct {
		name string
		run  func(context.Context) (figures, error)
	}{
		{"online retail", p.onlineRetail},
		{"online retail judged", p.retailJudged},
		{"northwind", p.northwind},
		{"cdnow", p.cdnow},
		{"ecsi", p.ecsi},
		{"incidents", p.incidents},
	} {
		if o.Only != "" && one.name != o.Only {
			continue
		}
		f, err := one.run(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
		differ += f.differ()
	}
	if differ > 0 {
		return fmt.Errorf("%d figures differ", differ)
	}
	fmt.Println("All figures are as expected.")
	return nil
}

// place is where everything is for one run of this program.
type place struct {
	work, data, guanxi string
	environment        []string // of the product; nil for that of this program
}

// prepare builds the product and puts the mapping files where it can read them.
func prepare(ctx context.Context, work, data string) (*place, error) {
	p := &place{work: work, data: data, guanxi: filepath.Join(work, "guanxi")}
	build := exec.CommandContext(ctx, "go", "build", "-o", p.guanxi, "github.com/guanxi-crm/guanxi/deploy/guanxi")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("building guanxi: %w", err)
	}
	return p, os.CopyFS(work, mappings)
}

func (p *place) mapping(name string) string { return filepath.Join(p.work, "mappings", name+".yaml") }
