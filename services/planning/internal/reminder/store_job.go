package reminder

import (
	"context"
	"strings"
	"time"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/schedule"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// Announcer tells of contacts whose time has come.
type Announcer struct {
	*Store
	Settings *settings.Store
	Now      func() time.Time
}

// Job is its schedule: once an hour, as somewhere a day begins at each. What was missed is not made up for: it looks at what is, not at what was to be said when.
func (a Announcer) Job() schedule.Job {
	return schedule.Job{Name: "remind-of-contacts", Cron: "5 * * * *", MaxCatchUp: 1, Run: func(ctx context.Context, _ time.Time) error { return a.Announce(ctx) }}
}

// Announce announces all that there is. Each chunk is a transaction of its own: one over all would keep everybody else from the customers until the last is done.
func (a Announcer) Announce(ctx context.Context) error {
	ctx = a.db.Apart(events.WithCause(auth.With(ctx, auth.Principal{Territories: []string{auth.Anywhere}}), "schedule"))
	numbers, err := a.Settings.Current(ctx)
	if err != nil {
		return err
	}
	now := a.Now()
	for _, s := range searches(now, numbers) {
		for more := true; more; {
			if more, err = a.step(ctx, s, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// finding is the statement that finds what is so, to be marked so.
func finding(mark, condition, order string) string {
	return strings.Replace(from, "%MARK%", mark, 1) + condition + strings.Replace(until, "%ORDER%", order, 1)
}

// Jobs are the scheduled work.
func Jobs(db *postgres.DB, now func() time.Time, numbers *settings.Store) []schedule.Job {
	return []schedule.Job{Announcer{Store: NewStore(db), Settings: numbers, Now: now}.Job()}
}
