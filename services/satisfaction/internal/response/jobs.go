package response

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/schedule"
)

// draftsKept is for how long what nobody can finish any more is kept: somebody may have closed the survey by mistake.
const draftsKept = 30 * 24 * time.Hour

// Jobs are what responses need done by the clock.
func Jobs(s *Store) []schedule.Job {
	return []schedule.Job{{Name: "response-drafts", Cron: "23 2 * * *", Run: func(ctx context.Context, due time.Time) error {
		return s.DropDrafts(ctx, due.Add(-draftsKept))
	}}}
}
