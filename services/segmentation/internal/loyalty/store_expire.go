package loyalty

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/schedule"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// chunk is how many customers have their points expire in one transaction: it bounds memory, and how long they are locked.
const chunk = 500

// Jobs are the scheduled work: points expire soon after midnight in China, and before the assessment of the day. Where the company is elsewhere they expire some
// hours late in the books, but cannot be spent meanwhile: what is over is let go before anything else is posted.
func Jobs(db *postgres.DB, now func() time.Time, numbers *settings.Store) []schedule.Job {
	s := NewStore(db, now)
	return []schedule.Job{{Name: "expire-points", Cron: "2 16 * * *", Run: func(ctx context.Context, _ time.Time) error {
		current, err := numbers.Current(ctx)
		if err != nil {
			return err
		}
		return s.Expire(ctx, current.Today(now()))
	}}}
}

const selectDue = `select distinct customer_id from points_lots where points_left > 0 and expire_day < cast($1 as date) order by customer_id limit $2`

// Expire lets go all points whose last day is before that day, some hundred customers at a time, each time in a transaction of its own: a job that was cut off
// leaves nothing to be done twice.
func (s *Store) Expire(ctx context.Context, day time.Time) error {
	ctx = s.db.Apart(events.WithCause(auth.With(ctx, auth.Principal{Territories: []string{auth.Anywhere}}), "expiry"))
	for {
		var ids []uuid.UUID
		if err := s.db.Select(ctx, &ids, selectDue, day.Format(time.DateOnly), chunk); err != nil || len(ids) == 0 {
			return err
		}
		if err := s.db.InTx(ctx, func(ctx context.Context) error { return s.expire(ctx, ids, day) }); err != nil {
			return err
		}
	}
}

func (s *Store) expire(ctx context.Context, ids []uuid.UUID, day time.Time) error {
	held, err := aggregate.Hold(ctx, s.db, ids)
	if err != nil {
		return err
	}
	books, err := s.load(ctx, ids, ids)
	if err != nil {
		return err
	}
	for _, b := range books {
		if err := b.Expire(day); err != nil {
			return err
		}
	}
	announced, err := s.write(ctx, books, day)
	if err != nil {
		return err
	}
	return s.announce(ctx, held, announced)
}
