package customer

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/seal"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

type changeRow struct {
	listing.Cursor
	Version  int64           `db:"version"`
	Resource string          `db:"resource"`
	Action   history.Action  `db:"action"`
	Actor    string          `db:"actor"`
	Cause    string          `db:"cause"`
	Time     time.Time       `db:"change_time"`
	Level    typev1.Level    `db:"level"`
	Stored   []byte          `db:"fields"` // those of a person are sealed
	Fields   []history.Field `db:"-"`
}

// changes reads a page of a customer's history, what the caller's level lets him see of it.
func (s *Store) changes(ctx context.Context, id uuid.UUID, plan *listing.Plan) ([]changeRow, string, error) {
	if err := aggregate.Visible(ctx, s.db, id); err != nil {
		return nil, "", err
	}
	query, args := plan.Query("version, resource, action, actor, cause, change_time, level, fields", "changes",
		"aggregate_id = $1 and level <= $2", id, int32(auth.From(ctx).Level))
	var rows []changeRow
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	return listing.Page(plan, rows)
}

// openChanges reads the fields of the changes.
func openChanges(ctx context.Context, box *seal.Box, rows []changeRow) error {
	entries := make([]*seal.Entry, len(rows))
	for i, r := range rows {
		entries[i] = &seal.Entry{Resource: r.Resource, Fields: r.Stored}
	}
	if err := box.OpenHistory(ctx, entries); err != nil {
		return err
	}
	for i, e := range entries {
		if err := json.Unmarshal(e.Fields, &rows[i].Fields); err != nil {
			return fmt.Errorf("customer: history of %s: %w", rows[i].Resource, err)
		}
	}
	return nil
}
