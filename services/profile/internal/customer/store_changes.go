package customer

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

type changeRow struct {
	listing.Cursor
	Version  int64                          `db:"version"`
	Resource string                         `db:"resource"`
	Action   history.Action                 `db:"action"`
	Actor    string                         `db:"actor"`
	Cause    string                         `db:"cause"`
	Time     time.Time                      `db:"change_time"`
	Level    typev1.Level                   `db:"level"`
	Fields   postgres.JSON[[]history.Field] `db:"fields"`
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
