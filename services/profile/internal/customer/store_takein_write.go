package customer

import (
	"cmp"
	"context"

	"github.com/guanxi-crm/guanxi/libs/history"
)

var copied = []string{
	"customer_id", "sequence", "revision", "display_name", "kind", "relations", "legal_name", "alternative_names", "registration_number", "industry",
	"employee_count", "territory", "owner", "source", "tags", "attributes", "addresses", "channels", "external_ids", "time_zone", "language", "words",
	"create_time", "update_time",
}

// write stores the created customers in their last state. As nothing but themselves has happened to them, sequence and revision are one number.
func (in *intake) write(ctx context.Context) error {
	if len(in.created) == 0 {
		return nil
	}
	db := in.store.db
	var failed error
	err := db.CopyIn(ctx, "customers", copied, func(yield func([]any) bool) {
		for _, c := range in.created {
			if failed = in.record(ctx, c); failed != nil {
				return
			}
			w := newWritten(c, history.Record{})
			row := []any{
				c.ID, c.Revision, c.Revision, c.DisplayName, int32(c.Kind), w.RelationNumbers, c.LegalName, w.Names, c.RegistrationNumber, c.Industry,
				c.EmployeeCount, c.Territory, c.Owner, c.Source, w.Labels, w.Values, w.Places, w.Ways, w.IDs, c.TimeZone, c.Language, w.Words,
				c.CreateTime, c.UpdateTime,
			}
			if !yield(row) {
				return
			}
		}
	})
	if err := cmp.Or(failed, err); err != nil {
		return err
	}
	if err := in.writeIDs(ctx); err != nil {
		return err
	}
	if err := in.writeParents(ctx); err != nil {
		return err
	}
	return history.InsertAll(ctx, db, in.records)
}

// writeParents ties the created customers to the companies that they belong to.
func (in *intake) writeParents(ctx context.Context) error {
	for _, c := range in.created {
		if !c.Parent.Valid {
			continue
		}
		if err := in.store.storeParent(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// writeIDs stores the external ids of the created customers.
func (in *intake) writeIDs(ctx context.Context) error {
	err := in.store.db.CopyIn(ctx, "customer_external_ids", []string{"system", "external_id", "customer_id"}, func(yield func([]any) bool) {
		for _, c := range in.created {
			for _, e := range c.ExternalIDs {
				if !yield([]any{e.System, e.ID, c.ID}) {
					return
				}
			}
		}
	})
	return taken(err)
}
