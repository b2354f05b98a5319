package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"

	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

type auditCommand struct {
	place
	Since time.Time `help:"The first moment, such as 2026-01-01T00:00:00Z." required:""`
	Until time.Time `help:"The first moment that does not belong to it any more; now when left out."`
}

// Run writes who changed what in a service, one JSON object on each line.
func (c auditCommand) Run(ctx context.Context) error {
	if c.Until.IsZero() {
		c.Until = time.Now()
	}
	if !c.Since.Before(c.Until) {
		return errors.New("--since must be before --until")
	}
	db, err := c.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	return audit(ctx, db, c.Since, c.Until, os.Stdout)
}

func audit(ctx context.Context, db *postgres.DB, since, until time.Time, out io.Writer) error {
	buffered := bufio.NewWriter(out)
	lines := json.NewEncoder(buffered)
	err := history.Export(ctx, db, since, until, func(e history.Entry) error { return lines.Encode(e) })
	return errors.Join(err, buffered.Flush())
}
