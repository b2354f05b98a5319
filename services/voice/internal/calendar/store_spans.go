package calendar

import (
	"context"
	"iter"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/schedule"
)

// Of a version so many years back and ahead are unrolled into spans, and more is added when less than rollYears and a half are left.
const (
	backYears, aheadYears = 5, 3
	rollMonths            = 30
)

// Unrolled is what the spans of a version made at an instant cover.
func Unrolled(now time.Time) (from, to time.Time) {
	day := now.UTC().Truncate(24 * time.Hour)
	return day.AddDate(-backYears, 0, 0), day.AddDate(aheadYears, 0, 0)
}

// merged are the spans within a range, cut to it, none touching the next.
func (t *Time) merged(from, to time.Time) iter.Seq[span] {
	return func(yield func(span) bool) {
		var open span
		each := t.spans(from.Unix(), to.Unix())
		if t.always {
			each = func(yield func(span) bool) { yield(span{from.Unix(), to.Unix()}) }
		}
		for s := range each {
			s = span{max(s.start, from.Unix()), min(s.end, to.Unix())}
			switch {
			case open.end > 0 && s.start <= open.end:
				open.end = s.end
				continue
			case open.end > open.start && !yield(open):
				return
			}
			open = s
		}
		if open.end > open.start {
			yield(open)
		}
	}
}

// unroll stores the spans of a version within a range, given the working seconds before it.
func (s *Store) unroll(ctx context.Context, v Version, t *Time, from, to time.Time, before int64) error {
	return s.db.CopyIn(ctx, "calendar_spans", []string{"calendar_id", "version", "start_time", "end_time", "seconds_before"}, func(yield func([]any) bool) {
		for p := range t.merged(from, to) {
			if !yield([]any{v.ID, v.Version, time.Unix(p.start, 0).UTC(), time.Unix(p.end, 0).UTC(), before}) {
				return
			}
			before += p.end - p.start
		}
	})
}

const (
	// Old versions that no open clock is reckoned in are left as they are.
	short = `select v.calendar_id, v.version, v.spans_to, coalesce((
			select s.seconds_before + floor(extract(epoch from s.end_time - s.start_time))::bigint from calendar_spans s
			where s.calendar_id = v.calendar_id and s.version = v.version order by s.seconds_before desc limit 1
		), 0) as seconds
	from business_calendar_versions v join business_calendars c on c.calendar_id = v.calendar_id
	where v.spans_to < $1 and (v.version = c.version or exists (
		select from clocks k where k.calendar_id = v.calendar_id and k.calendar_version = v.version and k.state in (1, 2)
	))
	order by v.calendar_id, v.version for no key update of v`

	extend = `update business_calendar_versions set spans_to = $3 where calendar_id = $1 and version = $2`
)

// Roll adds to the spans of those versions that are used, so that what is ahead stays covered.
func (s *Store) Roll(ctx context.Context) error {
	if err := s.Ship(ctx); err != nil {
		return err
	}
	now := s.now()
	_, to := Unrolled(now)
	return s.db.InTx(ctx, func(ctx context.Context) error {
		var rows []struct {
			ID      uuid.UUID `db:"calendar_id"`
			Version int32     `db:"version"`
			To      time.Time `db:"spans_to"`
			Seconds int64     `db:"seconds"`
		}
		if err := s.db.Select(ctx, &rows, short, now.AddDate(0, rollMonths, 0)); err != nil {
			return err
		}
		for _, r := range rows {
			v := Version{r.ID, r.Version}
			t, err := s.Time(ctx, v)
			if err != nil {
				return err
			}
			if err := s.unroll(ctx, v, t, r.To, to, r.Seconds); err != nil {
				return err
			}
			if _, err := s.db.Exec(ctx, extend, r.ID, r.Version, to); err != nil {
				return err
			}
		}
		return nil
	})
}

// Jobs are what calendars have to be done regularly.
func Jobs(db *postgres.DB, now func() time.Time) []schedule.Job {
	s := NewStore(db, now)
	return []schedule.Job{{
		Name: "voice-calendar-spans", Cron: "10 3 * * *", MaxCatchUp: 1,
		Run: func(ctx context.Context, _ time.Time) error { return s.Roll(ctx) },
	}}
}
