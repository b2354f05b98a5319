package servicelevel

import (
	"context"
	"errors"
	"time"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/schedule"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
)

// Jobs are what the package does by itself: each month it judges the one before, some days after that is over. It looks every day, so that a day on which nothing ran, or other
// settings, delay a month and lose none.
func Jobs(db *postgres.DB, now func() time.Time, numbers *settings.Store) []schedule.Job {
	return []schedule.Job{{Name: "judge-service-levels", Cron: "40 16 * * *", MaxCatchUp: 1, Run: func(ctx context.Context, _ time.Time) error {
		return NewStore(db, now).Judge(ctx, numbers)
	}}}
}

const judgedMonth = `update service_level_targets set judged_month = $2 where target_id = $1`

// Judge looks whether targets were met in the months that are due, and announces those that were not. Each target is a transaction of its own.
func (s *Store) Judge(ctx context.Context, numbers *settings.Store) error {
	ctx = s.db.Apart(events.WithCause(auth.With(ctx, auth.Principal{Territories: []string{auth.Anywhere}}), "schedule"))
	n, err := numbers.Current(ctx)
	if err != nil {
		return err
	}
	all, err := s.Targets(ctx)
	if err != nil {
		return err
	}
	var failed error
	for _, t := range all {
		if len(t.due(s.now(), n)) > 0 {
			failed = errors.Join(failed, s.db.InTx(ctx, func(ctx context.Context) error { return s.judge(ctx, t, n) }))
		}
	}
	return failed
}

func (s *Store) judge(ctx context.Context, known *Target, n *settings.Numbers) error {
	t, err := s.hold(ctx, known.ID)
	if err != nil {
		return err
	}
	at := s.now()
	due := t.due(at, n) // another instance may have judged meanwhile
	for _, month := range due {
		if err := s.judgeMonth(ctx, t, month, at, n); err != nil {
			return err
		}
	}
	if len(due) == 0 {
		return nil
	}
	_, err = s.db.Exec(ctx, judgedMonth, t.ID, due[len(due)-1])
	return err
}

func (s *Store) judgeMonth(ctx context.Context, t *Target, month, at time.Time, n *settings.Numbers) error {
	levels, err := s.Count(ctx, &Ask{
		From: month, To: month.AddDate(0, 1, -1), ProductLine: t.ProductLine, Class: t.Class, Rule: t.Or(n.ServiceLevel), At: at, Edges: n.ServiceLevel.Days, Limit: 1,
	})
	if err != nil || len(levels) == 0 {
		return err
	}
	value, _ := t.In(month)
	f := levels[0].Figure(t.Measure, n.Confidence)
	if !f.Defined() || f.Count < n.ServiceLevel.MinimumCount || f.Meets(value) {
		return nil
	}
	return s.announce(ctx)(t.missed(ctx, at, month, &f, value, n))
}
