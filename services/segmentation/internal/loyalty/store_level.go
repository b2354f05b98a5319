package loyalty

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
)

// What was earned after a day, by customer, beside the level that was announced last.
const selectEarned = `select a.customer_id, a.level, coalesce(sum(l.points), 0) as earned
	from points_accounts a left join points_lots l on l.customer_id = a.customer_id and l.earn_day > cast($2 as date)
	where a.customer_id = any($1) group by a.customer_id order by a.customer_id`

const setLevels = `update points_accounts a set level = n.level from unnest(cast($1 as uuid[]), cast($2 as text[])) as n (customer_id, level)
	where a.customer_id = n.customer_id`

type standing struct {
	Customer uuid.UUID `db:"customer_id"`
	Level    string    `db:"level"`
	Earned   int64     `db:"earned"`
}

// levels brings the levels of held customers up to date, and says whose has changed.
func (s *Store) levels(ctx context.Context, customers []uuid.UUID, day time.Time) ([]assess.Announcement, error) {
	programme, err := s.programmes.Current(ctx)
	if err != nil {
		return nil, err
	}
	var rows []standing
	if err := s.db.Select(ctx, &rows, selectEarned, pq.Array(customers), since(day).Format(time.DateOnly)); err != nil {
		return nil, err
	}
	var changed []assess.Announcement
	var ids []uuid.UUID
	var levels []string
	for _, r := range rows {
		level := programme.Levels[programme.LevelOf(r.Earned)].ID
		if level == r.Level {
			continue
		}
		ids, levels = append(ids, r.Customer), append(levels, level)
		changed = append(changed, levelChanged(r, level, day))
	}
	if len(ids) == 0 {
		return nil, nil
	}
	_, err = s.db.Exec(ctx, setLevels, pq.Array(ids), pq.Array(levels))
	return changed, err
}
