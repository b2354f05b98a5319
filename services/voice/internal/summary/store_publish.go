package summary

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/schedule"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

const (
	published = `select exists (select from voice_summaries where fiscal_year = $1)`

	publish = `with bumped as (
		insert into voice_summaries (fiscal_year, summary_id, sequence, publish_time) values (:fiscal_year, :aggregate_id, 1, :occur_time)
		on conflict do nothing returning summary_id as aggregate_id, sequence as version
	)` + events.Insert
)

// Jobs announce, the day after a fiscal year, that it is over. A day that was missed is made up for, a year without voices and cases is passed over.
func (s *Store) Jobs(numbers *settings.Store) []schedule.Job {
	return []schedule.Job{{Name: "voice-summaries", Cron: "0 * * * *", MaxCatchUp: 1, Run: func(ctx context.Context, due time.Time) error {
		n, err := numbers.Current(ctx)
		if err != nil {
			return err
		}
		return s.Publish(ctx, n, due)
	}}}
}

// Publish announces the last fiscal year that is over, unless that was done.
func (s *Store) Publish(ctx context.Context, n *settings.Numbers, now time.Time) error {
	year := n.FiscalYear(n.Today(now)) - 1
	var done bool
	if err := s.db.Get(ctx, &done, published, year); err != nil || done {
		return err
	}
	ctx = events.WithCause(auth.With(ctx, auth.Principal{Territories: []string{auth.Anywhere}}), "recompute")
	sum, err := s.Read(ctx, resource.Any, year, Year(n, year), n.Today(now))
	if err != nil || sum.Voices+sum.Cases == 0 {
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	event, err := sum.published(ctx, s.now(), id)
	if err != nil {
		return err
	}
	_, err = s.db.NamedExec(ctx, publish, struct {
		events.Event
		AggregateID uuid.UUID `db:"aggregate_id"`
		FiscalYear  int       `db:"fiscal_year"`
	}{event, id, year})
	return err
}
