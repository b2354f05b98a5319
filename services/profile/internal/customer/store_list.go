package customer

import (
	"context"
	"strconv"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/search"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/attribute"
)

func newList(pages *page.Sealer, attr *attribute.Store) (*listing.List, error) {
	return listing.Compile(listing.Spec{
		Resource: &profilev1.Customer{},
		Key:      "customer_id",
		Fields: []listing.Field{
			{Path: "display_name", Column: "display_name", Kind: listing.String, Sortable: true},
			{Path: "kind", Column: "kind", Kind: listing.Enum, Values: map[string]any{"ORGANIZATION": 1, "PERSON": 2}},
			{Path: "legal_name", Column: "legal_name", Kind: listing.String, Sortable: true},
			{Path: "registration_number", Column: "registration_number", Kind: listing.String},
			{Path: "industry", Column: "industry", Kind: listing.String, Sortable: true},
			{Path: "employee_count", Column: "employee_count", Kind: listing.Int, Sortable: true},
			{Path: "territory", Column: "territory", Kind: listing.String, Sortable: true},
			{Path: "owner", Column: "owner", Kind: listing.String, Sortable: true},
			{Path: "source", Column: "source", Kind: listing.String},
			{Path: "tags", Column: "tags", Kind: listing.StringArray},
			{Path: "attributes", Column: "attribute_texts(attributes)", Kind: listing.StringMap, Entry: attr.Entry},
			{Path: "time_zone", Column: "time_zone", Kind: listing.String},
			{Path: "language", Column: "language", Kind: listing.String},
			{Path: "parent", Column: "('customers/' || (select s.customer_id from subsidiaries s where s.child_id = customers.customer_id))", Kind: listing.String},
			{Path: "create_time", Column: "create_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "update_time", Column: "update_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
}

// Wanted narrows a list beyond its filter.
type Wanted struct {
	Query   string // words to be found
	Deleted bool   // deleted customers too
}

// binding is what of it a page token is bound to.
func (w Wanted) binding() string { return page.Binding(w.Query, strconv.FormatBool(w.Deleted)) }

// List reads a page of the customers within the caller's territories.
func (s *Store) List(ctx context.Context, plan *listing.Plan, wanted Wanted) ([]*Customer, string, error) {
	where := "guanxi_covers(territory, $1) and (delete_time is null or $2 and merged_into is null)"
	args := []any{auth.From(ctx).Scope(), wanted.Deleted}
	if words := search.Query(wanted.Query); words != "" {
		where += " and words @@ cast($3 as tsquery)"
		args = append(args, words)
	}
	query, args := plan.Query(columns, "customers", where, args...)
	var rows []row
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Customer, len(rows))
	for i := range rows {
		out[i] = rows[i].customer()
	}
	if err != nil {
		return nil, "", err
	}
	return out, next, s.hideParents(ctx, out...)
}
