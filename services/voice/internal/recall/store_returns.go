package recall

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

const (
	insertReturn = `insert into recall_returns (customer_id, recall_id, return_id, item_id, quantity, note, author, create_time) values ($1, $2, $3, $4, $5, $6, $7, $8)`

	returnColumns = `t.customer_id, t.recall_id, t.return_id, t.item_id, t.quantity, t.note, t.author, t.create_time`
	returnTables  = `recall_returns t join customers c using (customer_id)`
	returnsOf     = `t.recall_id = $1 and ($2::uuid is null or t.item_id = $2) and guanxi_covers(c.territory, $3)`
)

// item reads an item of a recall whose customer the caller reaches.
func (s *Store) item(ctx context.Context, id, item uuid.UUID) (*Item, error) {
	var found Item
	err := s.db.Get(ctx, &found, selectItem, item, id, auth.From(ctx).Scope())
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, (&Item{Recall: id, ID: item}).Name(), typev1.Level_BASIC)
	}
	return &found, err
}

// Returns reads a page of what came back of an item, or, without one, of all items of a recall, within the caller's territories.
func (s *Store) Returns(ctx context.Context, plan *listing.Plan, id uuid.UUID, item uuid.NullUUID) ([]*Back, string, error) {
	if _, err := s.Get(ctx, id); err != nil {
		return nil, "", err
	}
	if item.Valid {
		if _, err := s.item(ctx, id, item.UUID); err != nil {
			return nil, "", err
		}
	}
	query, args := plan.Query(returnColumns, returnTables, returnsOf, id, item, auth.From(ctx).Scope())
	var rows []struct {
		Back
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Back, len(rows))
	for i := range rows {
		out[i] = &rows[i].Back
	}
	return out, next, err
}
