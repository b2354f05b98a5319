package contactplan_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	"github.com/guanxi-crm/guanxi/services/planning/internal/contactplan"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

func migrate(ctx context.Context, db *postgres.DB) error {
	if err := platform.Migrate(ctx, db); err != nil {
		return err
	}
	return postgres.Migrate(ctx, db, "planning_migrations", os.DirFS("../../migrations"))
}

// The numbers of the API.
const (
	core, important, ordinary, small = 5, 4, 3, 2
	visit, executive, call, message  = 4, 3, 12, 13
)

const standard = "019b76da-a800-7000-8000-000000000001"

// shipped are the contact frequencies of segmentation's standing default: class (0: everybody), priority, activity, role, times, period.
var shipped = [][6]int{
	{core, 900, visit, 1, 1, 2},
	{core, 900, call, 1, 1, 1},
	{core, 900, executive, 3, 1, 4},
	{important, 800, visit, 1, 1, 3},
	{important, 800, call, 1, 1, 1},
	{ordinary, 700, message, 0, 1, 2},
	{small, 600, message, 0, 1, 3},
	{0, 0, message, 0, 1, 4},
}

// bench is a database with the shipped policy, and the planner on it.
type bench struct {
	db        *postgres.DB
	clock     *testkit.Clock
	store     *contactplan.Store
	replanner *contactplan.Replanner
	runner    *operation.Runner
	numbers   *settings.Numbers
}

func setup(t *testing.T) *bench {
	t.Helper()
	b := &bench{db: testkit.Database(t, migrate), clock: testkit.NewClock()}
	numbers := settings.NewStore(b.db, b.clock.Now)
	b.store = contactplan.NewStore(b.db, b.clock.Now, numbers)
	b.replanner = &contactplan.Replanner{Store: b.store, Rebuilding: func(context.Context) (bool, error) { return false, nil }}
	var err error
	b.numbers, err = numbers.Current(t.Context())
	require.NoError(t, err)
	b.runner, err = operation.NewRunner(b.db, []operation.Kind{b.store.Kind()}, slog.New(slog.DiscardHandler), b.clock.Now)
	require.NoError(t, err)
	b.exec(t, `insert into policies values ($1, 0, 1, '1900-01-01')`, standard)
	for i, f := range shipped {
		classes := pq.Int32Array{}
		if f[0] != 0 {
			classes = append(classes, int32(f[0]))
		}
		b.exec(t, `insert into policy_frequencies values ($1, $2, $3, $4, '{}', '{}', $5, $6, $7, $8)`, standard, fmt.Sprintf("rule_%d", i), f[1], classes, f[2], f[3], f[4], f[5])
	}
	return b
}

func (b *bench) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	_, err := b.db.Exec(t.Context(), query, args...)
	require.NoError(t, err)
}

func (b *bench) customer(t *testing.T, owner string, class int) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	b.exec(t, `insert into customers (customer_id, territory, owner, create_time, class) values ($1, 'cn/south', $2, now(), $3)`, id, owner, class)
	return id
}

// person adds one; birthday is month and day, 0 for none.
func (b *bench) person(t *testing.T, customer uuid.UUID, month, day int) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	b.exec(t, `insert into people (customer_id, person_id, senior, department, position, granted_media, denied_media, birth_month, birth_day, special_dates, language)
		values ($1, $2, false, '', '', '{}', '{}', nullif($3, 0), nullif($4, 0), '[]', '')`, customer, id, month, day)
	return id
}

// prefer makes a person the main contact who does not want some activities and days.
func (b *bench) prefer(t *testing.T, customer, person uuid.UUID, activities pq.Int32Array, days string) {
	t.Helper()
	b.exec(t, `insert into contact_preferences values ($1, $2, true, '{}', null, null, $3, $4, '', 1, now())
		on conflict (customer_id, person_id) do update set refused_activities = excluded.refused_activities, refused_days = excluded.refused_days`,
		customer, person, activities, days)
}

// generate lays out a fiscal year, for all owners or for one.
func (b *bench) generate(t *testing.T, year int, owner ...string) {
	t.Helper()
	ctx := auth.With(t.Context(), auth.Principal{Subject: "root", Territories: []string{auth.Anywhere}})
	asked := map[string]any{"fiscal_year": year}
	if len(owner) > 0 {
		asked["owner"] = owner[0]
	}
	id, err := operation.Start(ctx, b.db, b.store.Kind().Name, asked, b.clock.Now())
	require.NoError(t, err)
	require.NoError(t, b.runner.Tick(ctx))
	o, err := operation.Get(ctx, b.db, b.store.Kind().Name, id)
	require.NoError(t, err)
	require.Equal(t, operation.Succeeded, o.State, o.ErrorEn)
}

// replan plans customers again for some cause, and returns how many contacts are not where they were.
func (b *bench) replan(t *testing.T, cause string, customers ...uuid.UUID) {
	t.Helper()
	b.exec(t, `insert into replans (customer_id, cause, reference, occur_time) select c, $2, '', $3 from unnest(cast($1 as uuid[])) c`, pq.Array(customers), cause, b.clock.Now())
	for {
		n, err := b.replanner.Pass(t.Context())
		require.NoError(t, err)
		if n == 0 {
			return
		}
	}
}

// stored is a contact as it stands.
type stored struct {
	Customer uuid.UUID  `db:"customer_id"`
	ID       uuid.UUID  `db:"contact_id"`
	Owner    string     `db:"owner"`
	Activity int        `db:"activity"`
	Role     int        `db:"role"`
	Origin   int        `db:"origin"`
	Source   string     `db:"source"`
	Period   *time.Time `db:"period_start"`
	First    time.Time  `db:"window_start"`
	Last     time.Time  `db:"window_end"`
	Day      *time.Time `db:"day"`
	Minutes  int32      `db:"minutes"`
	People   string     `db:"people"`
	State    int        `db:"state"`
	Pinned   bool       `db:"pinned"`
	Obstacle int        `db:"obstacle"`
}

func (b *bench) contacts(t *testing.T) []stored {
	t.Helper()
	var all []stored
	require.NoError(t, b.db.Select(t.Context(), &all, `select customer_id, contact_id, owner, activity, role, origin, source, period_start, window_start, window_end, day, minutes,
		cast(people as text) as people, state, pinned, obstacle from contacts order by customer_id, contact_id`))
	utc := func(day *time.Time) {
		if day != nil { // the driver's midnight has a zone of its own
			*day = time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC)
		}
	}
	for i := range all {
		utc(all[i].Day)
		utc(all[i].Period)
		utc(&all[i].First)
		utc(&all[i].Last)
	}
	return all
}

// of are the contacts of a customer of some origin.
func (b *bench) of(t *testing.T, customer uuid.UUID, origin int) (list []stored) {
	t.Helper()
	for _, c := range b.contacts(t) {
		if c.Customer == customer && c.Origin == origin {
			list = append(list, c)
		}
	}
	return list
}

func date(text string) time.Time {
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return d
}

func text(day *time.Time) string {
	if day == nil {
		return "-"
	}
	return day.Format(time.DateOnly)
}
