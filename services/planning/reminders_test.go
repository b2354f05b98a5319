package planning_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/services/planning/internal/reminder"
)

func (b *books) remind(t *testing.T) {
	t.Helper()
	require.NoError(t, b.announcer().Announce(t.Context()))
}

func (b *books) announcer() reminder.Announcer {
	return reminder.Announcer{Store: reminder.NewStore(b.db), Settings: b.numbers, Now: b.clock.Now}
}

// said is what has been announced of a contact, in order: due, overdue, message.
func (b *books) said(t *testing.T, contact uuid.UUID) []string {
	t.Helper()
	var rows []string
	require.NoError(t, b.db.Select(t.Context(), &rows, `select subject from outbox where resource = $1 order by id`, "contacts/"+contact.String()))
	for i := range rows {
		rows[i] = strings.TrimSuffix(strings.TrimPrefix(rows[i], "guanxi.planning."), ".v1")
	}
	return rows
}

const (
	dueSaid, overdueSaid, messageSaid = "contact.due", "contact.overdue", "message.due"
)

// Three days before a contact it is due, the day after its window it is overdue, and each is said once.
func TestContactsAreAnnounced(t *testing.T) {
	t.Parallel()
	b := openBooks(t)
	c := b.client(t, client{owner: "li"})
	placed := b.meeting(t, meeting{customer: c, owner: "li", day: "2026-01-09", end: "2026-01-12"})
	homeless := b.meeting(t, meeting{customer: c, owner: "li", end: "2026-01-12", state: unplaced})
	for _, step := range []struct {
		at               string
		placed, homeless []string
	}{
		{"2026-01-05T15:59:00Z", nil, nil},
		{"2026-01-05T16:00:00Z", []string{dueSaid}, nil}, // the sixth in Shanghai
		{"2026-01-08T15:59:00Z", []string{dueSaid}, nil},
		{"2026-01-08T16:00:00Z", []string{dueSaid}, []string{dueSaid}},
		{"2026-01-12T15:59:00Z", []string{dueSaid}, []string{dueSaid}},
		{"2026-01-12T16:00:00Z", []string{dueSaid, overdueSaid}, []string{dueSaid, overdueSaid}},
		{"2026-02-01T00:00:00Z", []string{dueSaid, overdueSaid}, []string{dueSaid, overdueSaid}},
	} {
		at, err := time.Parse(time.RFC3339, step.at)
		require.NoError(t, err)
		b.clock.Set(at)
		b.remind(t)
		require.Equal(t, step.placed, b.said(t, placed), step.at)
		require.Equal(t, step.homeless, b.said(t, homeless), step.at)
	}
	// A move makes it news again, and nothing else does. Behind its window it is due at once, and late when its new day is over.
	b.exec(t, `update contacts set day = day, window_end = window_end, outcome = 'x'`)
	b.exec(t, `update contacts set day = '2026-02-10' where contact_id = $1`, placed)
	b.remind(t)
	require.Equal(t, []string{dueSaid, overdueSaid, dueSaid}, b.said(t, placed))
	b.clock.Set(time.Date(2026, 2, 10, 15, 59, 0, 0, time.UTC))
	b.remind(t)
	require.Equal(t, []string{dueSaid, overdueSaid, dueSaid}, b.said(t, placed))
	b.clock.Advance(time.Minute)
	b.remind(t)
	require.Equal(t, []string{dueSaid, overdueSaid, dueSaid, overdueSaid}, b.said(t, placed))
	require.Equal(t, []string{dueSaid, overdueSaid}, b.said(t, homeless))
	var numbers []int64
	require.NoError(t, b.db.Select(t.Context(), &numbers, `select version from outbox where aggregate_id = $1 order by id`, c))
	require.Equal(t, []int64{1, 2, 3, 4, 5, 6}, numbers, "without gaps")
}

// The day is that of the owner.
func TestReminderInTheOwnersZone(t *testing.T) {
	t.Parallel()
	b := openBooks(t)
	c := b.client(t, client{owner: "kiri"})
	b.exec(t, `insert into owners (owner, time_zone, create_time, update_time) values ('kiri', 'Pacific/Kiritimati', now(), now()), ('ny', 'America/New_York', now(), now())`)
	early := b.meeting(t, meeting{customer: c, owner: "kiri", day: "2026-01-05"})
	late := b.meeting(t, meeting{customer: c, owner: "ny", day: "2026-01-05"})
	b.clock.Set(time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)) // the sixth begins in Kiritimati, New York has 5 o'clock
	b.remind(t)
	require.Equal(t, []string{overdueSaid}, b.said(t, early), "never said to be due, as nothing ran then")
	require.Equal(t, []string{dueSaid}, b.said(t, late))
	b.clock.Set(time.Date(2026, 1, 6, 5, 0, 0, 0, time.UTC))
	b.remind(t)
	require.Equal(t, []string{dueSaid, overdueSaid}, b.said(t, late))
}

// What is done, called off, or of a deleted customer, is nobody's reminder.
func TestNoReminderOfWhatIsOver(t *testing.T) {
	t.Parallel()
	b := openBooks(t)
	c, gone := b.client(t, client{owner: "li"}), b.client(t, client{owner: "li"})
	b.exec(t, `update customers set delete_time = now() where customer_id = $1`, gone)
	for _, m := range []meeting{
		{customer: c, day: "2026-01-05", state: done}, {customer: c, day: "2026-01-05", state: cancelled}, {customer: gone, day: "2026-01-05"},
	} {
		id := b.meeting(t, m)
		b.remind(t)
		require.Empty(t, b.said(t, id))
	}
}

// A message is asked for on its day while it is right, if somebody may have it and nothing forbids it.
func TestMessagesAreAskedFor(t *testing.T) {
	t.Parallel()
	b := openBooks(t)
	c := b.client(t, client{owner: "li"})
	person := func(denied string) uuid.UUID {
		id := uuid.Must(uuid.NewV7())
		b.exec(t, `insert into people (customer_id, person_id, senior, department, position, granted_media, denied_media, special_dates, language)
			values ($1, $2, true, '', '', '{}', cast($3 as integer[]), '[]', '')`, c, id, denied)
		return id
	}
	// The media of messages are 2, 4 and 5.
	willing, half, refusing := person("{}"), person("{2,4}"), person("{1,2,3,4,5}")
	message := func(day, end string, people ...uuid.UUID) uuid.UUID {
		return b.meeting(t, meeting{customer: c, owner: "li", day: day, end: end, activity: messaging, origin: bySpecialDate, people: people})
	}
	all, tomorrow, toHalf := message("2026-01-05", ""), message("2026-01-06", "", willing), message("2026-01-05", "", refusing, half)
	refused, late, lasting := message("2026-01-05", "", refusing), message("2026-01-04", ""), message("2026-01-03", "2026-01-05", willing)
	unknown := message("2026-01-05", "", uuid.Must(uuid.NewV7()))
	b.remind(t)
	b.remind(t)
	for _, id := range []uuid.UUID{all, toHalf, lasting} {
		require.Equal(t, []string{messageSaid}, b.said(t, id))
	}
	for _, id := range []uuid.UUID{refused, late, unknown, tomorrow} {
		require.Empty(t, b.said(t, id))
	}
	// Nobody is greeted while he waits for a remedy, nor asked for later than the day.
	b.exec(t, `insert into concerns (customer_id, concern_id, source_system, source_id, major, summary, open_time, author, create_time)
		values ($1, $1, 's', '1', true, '', now(), '', now())`, c)
	b.clock.Advance(24 * time.Hour)
	b.remind(t)
	require.Empty(t, b.said(t, tomorrow))
	b.exec(t, `update concerns set resolve_time = now()`)
	b.remind(t)
	require.Equal(t, []string{messageSaid}, b.said(t, tomorrow))
	b.clock.Advance(72 * time.Hour)
	b.remind(t)
	require.Empty(t, b.said(t, refused))
	require.Len(t, b.said(t, all), 1, "a message is never overdue")
	var waiting int
	require.NoError(t, b.db.Get(t.Context(), &waiting, `select count(*) from contacts where announced = 0`))
	require.Zero(t, waiting, "what comes too late is not looked at again")
	b.requireNobodyNamed(t, willing, half, refusing)
}

// requireNobodyNamed finds no person in any event.
func (b *books) requireNobodyNamed(t *testing.T, people ...uuid.UUID) {
	t.Helper()
	var all []string
	require.NoError(t, b.db.Select(t.Context(), &all, `select data from outbox`))
	require.NotEmpty(t, all)
	for _, data := range all {
		require.True(t, json.Valid([]byte(data)))
		for _, person := range people {
			require.NotContains(t, data, person.String())
		}
		require.NotContains(t, data, "irthday")
	}
}

// More than a chunk, by two instances at once, each cut off again and again in the middle: everything is said once, numbered without gaps.
func TestRemindersSurviveBeingCutOff(t *testing.T) {
	t.Parallel()
	b := openBooks(t)
	const clients, each = 60, 25
	for i := range clients {
		c := b.client(t, client{owner: fmt.Sprint(i % 7)})
		b.exec(t, `insert into contacts (customer_id, contact_id, owner, activity, role, origin, source, window_start, window_end, day, minutes, state, create_time, update_time)
			select $1, gen_random_uuid(), $2, 4, 1, 1, cast(n as text), '2026-01-06', '2026-01-06', '2026-01-06', 60, 1, now(), now() from generate_series(1, $3) n`, c, fmt.Sprint(i%7), each)
	}
	_, err := b.numbers.Current(t.Context())
	require.NoError(t, err)
	var wg sync.WaitGroup
	var cuts atomic.Int64
	for range 2 {
		wg.Go(func() {
			for patience := 5 * time.Millisecond; ; patience += 5 * time.Millisecond {
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				err := b.announcer().Announce(ctx)
				cut := ctx.Err() != nil
				cancel()
				if err == nil {
					return
				}
				cuts.Add(1)
				// Dialling anew has the same deadline, and may be the first to notice.
				if late := net.Error(nil); !cut && (!errors.As(err, &late) || !late.Timeout()) {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	require.Positive(t, cuts.Load())
	b.remind(t)
	var row struct {
		Said      int `db:"said"`
		Contacts  int `db:"contacts"`
		Customers int `db:"customers"`
		Last      int `db:"last"`
	}
	require.NoError(t, b.db.Get(t.Context(), &row, `select count(*) as said, count(distinct resource) as contacts, count(distinct aggregate_id) as customers,
		max(version) as last from outbox`))
	require.Equal(t, clients*each, row.Said)
	require.Equal(t, clients*each, row.Contacts)
	require.Equal(t, clients, row.Customers)
	require.Equal(t, each, row.Last)
}
