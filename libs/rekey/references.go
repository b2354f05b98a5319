package rekey

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// rename changes, in the references of one customer's rows, its resource name from that of one customer to that of the other. Only names of the customer's own things stand there,
// so no other row is meant.
func (w *work) rename(ctx context.Context, references map[string][]string, owner, from, to uuid.UUID) error {
	for _, t := range w.movable {
		for _, name := range references[t.label] {
			if _, there := find(t.columns, name); !there || t.several() {
				return fmt.Errorf("rekey: %s.%s cannot hold references", t.label, name)
			}
			column := "t." + pq.QuoteIdentifier(name)
			statement := fmt.Sprintf(`update %s t set %s = replace(%s, $2, $3) where t.%s = $1::uuid and starts_with(%s, $2)`,
				t.sql, pq.QuoteIdentifier(name), column, t.customers[0].sql(), column)
			if _, err := w.db.Exec(ctx, statement, owner, "customers/"+from.String()+"/", "customers/"+to.String()+"/"); err != nil {
				return fmt.Errorf("rekey: references in %s.%s: %w", t.label, name, err)
			}
		}
	}
	return nil
}
