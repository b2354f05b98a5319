package clock

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/schedule"
)

// What runs moved is kept as long as they are: see operation.Kept.
const forgetMoves = `delete from clock_moves m where not exists (select from operations o where o.operation_id = m.operation_id)`

// Jobs are what clocks have to be done regularly.
func Jobs(db *postgres.DB) []schedule.Job {
	return []schedule.Job{{
		Name: "voice-clock-moves", Cron: "40 3 * * *", MaxCatchUp: 1,
		Run: func(ctx context.Context, _ time.Time) error {
			_, err := db.Exec(ctx, forgetMoves)
			return err
		},
	}}
}
