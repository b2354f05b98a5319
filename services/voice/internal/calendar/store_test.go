package calendar

import (
	"context"
	"database/sql"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	"github.com/guanxi-crm/guanxi/services/voice/internal/versioned"
)

func migrate(ctx context.Context, db *postgres.DB) error {
	if err := platform.Migrate(ctx, db); err != nil {
		return err
	}
	return postgres.Migrate(ctx, db, "voice_migrations", os.DirFS("../../migrations"))
}

func bench(t *testing.T) (context.Context, *postgres.DB, *testkit.Clock, *Store) {
	t.Helper()
	db, clock := testkit.Database(t, migrate), testkit.NewClock()
	return auth.With(t.Context(), auth.Principal{Subject: "alice", Territories: []string{auth.Anywhere}}), db, clock, NewStore(db, clock.Now)
}

func requireReason(t *testing.T, err error, code codes.Code, reason string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, fault.From(err).Code(), "%v", err)
	require.Equal(t, reason, fault.From(err).Reason(), "%v", err)
}

func TestShippedOnce(t *testing.T) {
	t.Parallel()
	ctx, db, _, s := bench(t)
	id, err := s.Find(ctx, "name", "businessCalendars/china-office")
	require.NoError(t, err)
	require.Equal(t, ChinaOffice, id)
	first, err := s.Get(ctx, id, 0)
	require.NoError(t, err)
	require.Equal(t, Shipped()[0].Frames, first.Frames)
	require.Equal(t, int32(1), first.Version)
	require.NoError(t, NewStore(db, testkit.NewClock().Now).Ship(ctx))
	newest, err := s.Newest(ctx)
	require.NoError(t, err)
	require.Len(t, newest, 2)
	_, err = s.Find(ctx, "name", "businessCalendars/nowhere")
	requireReason(t, err, codes.NotFound, "NOT_FOUND")
	_, err = s.Find(ctx, "name", "calendars/x")
	requireReason(t, err, codes.InvalidArgument, "INVALID_FIELDS")
}

func office(code string) *Calendar {
	return &Calendar{Head: versioned.Head{Code: code}, LabelEn: code, LabelZh: code, TimeZone: "Asia/Shanghai", Frames: []Weekly{{1, "09:00", "18:00"}}}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	ctx, db, clock, s := bench(t)
	c := office("shift")
	require.NoError(t, s.Create(ctx, c))
	requireReason(t, s.Create(ctx, office("shift")), codes.AlreadyExists, "CODE_TAKEN")
	requireReason(t, s.Create(ctx, office("always")), codes.AlreadyExists, "CODE_TAKEN")
	clock.Advance(time.Hour)
	next, err := s.Change(ctx, c.ID, `"1"`, func(_ context.Context, c *Calendar) ([]string, error) {
		c.Frames = append(c.Frames, Weekly{2, "09:00", "18:00"})
		return []string{"frames"}, nil
	})
	require.NoError(t, err)
	require.Equal(t, int32(2), next.Version)
	_, err = s.Change(ctx, c.ID, `"1"`, func(context.Context, *Calendar) ([]string, error) { return []string{"frames"}, nil })
	requireReason(t, err, codes.Aborted, "ETAG_MISMATCH")
	_, err = s.Change(ctx, c.ID, "", func(_ context.Context, c *Calendar) ([]string, error) {
		c.Frames = nil
		return []string{"frames"}, nil
	})
	requireReason(t, err, codes.InvalidArgument, "INVALID_FIELDS")
	same, err := s.Change(ctx, c.ID, "", func(context.Context, *Calendar) ([]string, error) { return nil, nil })
	require.NoError(t, err)
	require.Equal(t, int32(2), same.Version)
	before, err := s.Get(ctx, c.ID, 1)
	require.NoError(t, err)
	require.Len(t, before.Frames, 1)

	var events []struct {
		Version int64  `db:"version"`
		Subject string `db:"subject"`
	}
	require.NoError(t, db.Select(ctx, &events, `select version, subject from outbox where aggregate_id = $1 order by version`, c.ID))
	require.Len(t, events, 2)
	require.Equal(t, int64(2), events[1].Version)
	require.Equal(t, "guanxi.voice.business_calendar.changed.v1", events[1].Subject)
}

// The database reckons like the algebra, in any calendar, as far as its spans go.
func TestDatabaseReckonsLikeTheAlgebra(t *testing.T) {
	t.Parallel()
	ctx, db, clock, s := bench(t)
	clock.Set(time.Date(2026, time.March, 25, 0, 0, 0, 0, time.UTC))
	from, to := Unrolled(clock.Now())
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		if n++; n > 40 { // a version is some thousand rows
			return
		}
		c := arbitrary(r)
		c.Code, c.LabelEn, c.LabelZh = "c"+time.Duration(n).String(), "x", "x"
		require.NoError(t, s.Create(ctx, c))
		at, err := s.Time(ctx, Version{c.ID, 1})
		require.NoError(t, err)
		for range 20 {
			start := from.Add(time.Duration(rapid.Int64Range(0, int64(to.Sub(from)/time.Second)).Draw(r, "start")) * time.Second)
			if rapid.Bool().Draw(r, "near") {
				start = clock.Now().Add(time.Duration(rapid.Int64Range(-20*86400, 20*86400).Draw(r, "near start")) * time.Second)
			}
			end := start.Add(time.Duration(rapid.Int64Range(-86400, 90*86400).Draw(r, "lasts")) * time.Second)
			seconds := rapid.Int64Range(0, 20*86400).Draw(r, "seconds")
			if rapid.IntRange(0, 3).Draw(r, "none") == 0 {
				seconds = 0
			}
			requireSame(ctx, t, db, at, c, start, end, seconds, to)
		}
	})
}

func requireSame(ctx context.Context, t *testing.T, db *postgres.DB, at *Time, c *Calendar, start, end time.Time, seconds int64, to time.Time) {
	t.Helper()
	var worked sql.NullInt64
	require.NoError(t, db.Get(ctx, &worked, `select voice_worked($1, 1, $2, $3)`, c.ID, start, end))
	require.Equal(t, !end.After(to), worked.Valid, "only as far as the spans go")
	if worked.Valid {
		require.Equal(t, at.Between(start, end), worked.Int64, "%+v from %s to %s", c, start, end)
	}
	var after sql.NullTime
	require.NoError(t, db.Get(ctx, &after, `select voice_after($1, 1, $2, $3)`, c.ID, start, seconds))
	due, ok := at.Add(start, seconds)
	switch {
	case ok && !due.After(to.AddDate(0, 0, -3)):
		require.True(t, after.Valid, "%+v %d from %s", c, seconds, start)
		require.Equal(t, due, after.Time.UTC(), "%+v %d from %s", c, seconds, start)
	case after.Valid:
		require.Equal(t, due, after.Time.UTC())
	}
}

func TestRoll(t *testing.T) {
	t.Parallel()
	ctx, db, clock, s := bench(t)
	require.NoError(t, s.Ship(ctx))
	rows := func() (n int) {
		require.NoError(t, db.Get(ctx, &n, `select count(*) from calendar_spans where calendar_id = $1`, ChinaOffice))
		return n
	}
	before := rows()
	require.NoError(t, s.Roll(ctx))
	require.Equal(t, before, rows(), "there is enough ahead")
	clock.Advance(2 * 365 * 24 * time.Hour)
	require.NoError(t, s.Roll(ctx))
	require.Greater(t, rows(), before)
	at, err := s.Time(ctx, Version{ChinaOffice, 1})
	require.NoError(t, err)
	start := testkit.Start
	end := clock.Now().AddDate(2, 0, 0)
	var worked int64
	require.NoError(t, db.Get(ctx, &worked, `select voice_worked($1, 1, $2, $3)`, ChinaOffice, start, end))
	require.Equal(t, at.Between(start, end), worked, "the seconds before a span go on over the seam")
	require.NoError(t, db.Get(ctx, &worked, `select voice_worked($1, 1, $2, $3)`, AlwaysOpen, start, end))
	require.Equal(t, int64(end.Sub(start)/time.Second), worked)
}
