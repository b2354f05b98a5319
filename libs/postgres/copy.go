package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/lib/pq"
)

// CopyIn loads rows by COPY, the fastest way in: in ctx's transaction if there is one, else in one
// of its own. The table may be written schema.table. Values are sent in text form without knowing
// the column's type: pass jsonb as string, since []byte is sent as bytea. The rows must not use
// the database while they are produced: the connection is busy.
func (db *DB) CopyIn(ctx context.Context, table string, columns []string, rows iter.Seq[[]any]) error {
	return db.InTx(ctx, func(ctx context.Context) error {
		t := db.current(ctx)
		statement, err := t.PrepareContext(ctx, copyStatement(table, columns))
		if err != nil {
			return withContext(ctx, err)
		}
		for row := range rows {
			if _, err := statement.ExecContext(ctx, row...); err != nil {
				return withContext(ctx, errors.Join(err, statement.Close()))
			}
		}
		if _, err := statement.ExecContext(ctx); err != nil {
			return withContext(ctx, errors.Join(err, statement.Close()))
		}
		t.add(effect{writes: true, filled: []string{table}})
		return withContext(ctx, statement.Close())
	})
}

func copyStatement(table string, columns []string) string {
	quoted := make([]string, len(columns))
	for i, column := range columns {
		quoted[i] = pq.QuoteIdentifier(column)
	}
	path := strings.Split(table, ".")
	for i := range path {
		path[i] = pq.QuoteIdentifier(path[i])
	}
	return fmt.Sprintf("copy %s (%s) from stdin", strings.Join(path, "."), strings.Join(quoted, ", "))
}
