package improvement

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/schedule"
)

// batch is how many are announced at a time.
const batch = 200

const dueNow = `with found as (
		select improvement_id from improvements where due_time is null and state in (1, 2) and due_date <= $1
		order by improvement_id limit $3 for no key update skip locked
	)
	update improvements i set due_time = $2 from found f where f.improvement_id = i.improvement_id
	returning i.improvement_id, i.survey_id, i.item_code, i.owner, i.due_date`

// Job announces, once each, those whose day has come and that are not done. What was missed is not made up for: it looks at what is.
func (s *Store) Job() schedule.Job {
	return schedule.Job{Name: "improvements-due", Cron: "15 1 * * *", MaxCatchUp: 1, Run: func(ctx context.Context, _ time.Time) error { return s.Due(ctx) }}
}

// Due announces them. Each chunk is a transaction of its own.
func (s *Store) Due(ctx context.Context) error {
	ctx = s.db.Apart(events.WithCause(auth.With(ctx, auth.Principal{Territories: []string{auth.Anywhere}}), "schedule"))
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return err
	}
	now := s.now()
	for more := true; more; {
		var count int
		err := s.db.InTx(ctx, func(ctx context.Context) error {
			var found []struct {
				ID     uuid.UUID `db:"improvement_id"`
				Survey uuid.UUID `db:"survey_id"`
				Item   string    `db:"item_code"`
				Owner  string    `db:"owner"`
				Due    time.Time `db:"due_date"`
			}
			if err := s.db.Select(ctx, &found, dueNow, numbers.Today(now), now, batch); err != nil {
				return err
			}
			for _, f := range found {
				i := &Improvement{ID: f.ID, Survey: f.Survey, Item: f.Item, Owner: f.Owner, Due: &f.Due}
				if err := s.announce(ctx)(i.due(ctx, now)); err != nil {
					return err
				}
			}
			count = len(found)
			return nil
		})
		if err != nil {
			return err
		}
		more = count == batch
	}
	return nil
}
