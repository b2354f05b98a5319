package quality

import (
	"context"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Group is the quality of a group of customers together.
type Group struct {
	listing.Cursor
	Key          string  `db:"group_key"`
	Customers    int64   `db:"customer_count"`
	Completeness float64 `db:"completeness"`
	Accuracy     float64 `db:"accuracy"`
}

// groupColumn is by what customers are put together, by its number in the API.
var groupColumn = map[profilev1.ListDataQualityRequest_GroupBy]string{
	profilev1.ListDataQualityRequest_OWNER: "owner", profilev1.ListDataQualityRequest_TERRITORY: "territory",
}

func newList(pages *page.Sealer) (*listing.List, error) {
	return listing.Compile(listing.Spec{
		Resource: &profilev1.DataQuality{},
		Key:      "group_key",
		KeyType:  "text",
		Fields: []listing.Field{
			{Path: "group", Column: "group_key", Kind: listing.String, Sortable: true},
			{Path: "customer_count", Column: "customer_count", Kind: listing.Int, Sortable: true},
			{Path: "completeness", Column: "completeness", Kind: listing.Decimal, Sortable: true},
			{Path: "accuracy", Column: "accuracy", Kind: listing.Decimal, Sortable: true},
		},
	}, pages)
}

// Groups reads a page of the groups of living customers within the caller's territories.
func (s *Store) Groups(ctx context.Context, plan *listing.Plan, by profilev1.ListDataQualityRequest_GroupBy) ([]Group, string, error) {
	rules, _, err := s.rules(ctx)
	if err != nil {
		return nil, "", err
	}
	caller := auth.From(ctx)
	q := &statement{args: []any{caller.Scope(), int32(caller.Level), s.now()}}
	required, filled, checkable, verified := q.sums(rules)
	from := `(select group_key, count(*) as customer_count,
			coalesce(cast(sum(filled) as numeric) / nullif(sum(required), 0), 1) as completeness,
			coalesce(cast(sum(verified) as numeric) / nullif(sum(checkable), 0), 0) as accuracy
		from (select c.` + groupColumn[by] + ` as group_key, ` + required + ` as required, ` + filled + ` as filled,
				` + checkable + ` as checkable, ` + verified + ` as verified
			from customers c where c.delete_time is null and guanxi_covers(c.territory, $1) and cast($2 as integer) > 0
				and cast($3 as timestamptz) is not null) as each
		group by group_key) as groups`
	query, args := plan.Query("group_key, customer_count, completeness, accuracy", from, "", q.args...)
	var rows []Group
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	return listing.Page(plan, rows)
}
