package aggregate

import (
	"context"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Change does something to one living customer within the caller's territories, in a transaction that it opens or joins: it holds the customer, runs do, and writes the
// records that do returns. Who is no such customer has Explain's error and do is not run.
func Change(ctx context.Context, db *postgres.DB, customer uuid.UUID, do func(context.Context) ([]history.Record, error)) error {
	return db.InTx(ctx, func(ctx context.Context) error {
		held, err := Hold(ctx, db, []uuid.UUID{customer})
		if err != nil {
			return err
		}
		if h := held[customer]; h == nil || h.Deleted {
			return Explain(ctx, db, customer)
		}
		records, err := do(ctx)
		if err != nil {
			return err
		}
		return Record(ctx, db, held, records)
	})
}
