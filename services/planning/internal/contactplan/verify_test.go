package contactplan_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// verify holds all that is stored to the hard rules, row by row and day by day, by the stored facts alone. It shares no code with planner and layout. Contacts that people have
// put where they are, and what is done, count but are not held to the rules.
func (b *bench) verify(t *testing.T) {
	t.Helper()
	all := b.contacts(t)
	minutes := map[string]int32{}
	byCustomer := map[uuid.UUID][]stored{}
	for _, c := range all {
		if c.State == 4 || c.Day == nil {
			require.True(t, c.State == 4 || c.State == 5 && c.Obstacle != 0, "%+v", c)
			continue
		}
		require.Zero(t, c.Obstacle)
		if c.Minutes > 0 {
			minutes[c.Owner+" "+text(c.Day)] += c.Minutes
			byCustomer[c.Customer] = append(byCustomer[c.Customer], c)
		}
		if c.State != 1 || c.Pinned {
			continue
		}
		require.False(t, c.Day.Before(c.First) || c.Day.After(c.Last), "outside of its window: %+v", c)
		if c.Minutes > 0 {
			require.NotEmpty(t, c.Owner)
			b.requireWorks(t, c.Owner, *c.Day)
		}
	}
	room := b.room(t)
	for day, sum := range minutes {
		require.LessOrEqual(t, sum, room[day[:len(day)-len(" 2026-01-01")]], day)
	}
	b.requireAttended(t)
	for _, list := range byCustomer {
		for i, c := range list {
			for _, other := range list[:i] {
				apart := math.Abs(c.Day.Sub(*other.Day).Hours() / 24)
				if !c.Pinned && c.State == 1 || !other.Pinned && other.State == 1 {
					require.GreaterOrEqual(t, apart, float64(b.numbers.Layout.MinimumGapDays), "%s and %s of %s", text(c.Day), text(other.Day), c.Customer)
				}
			}
		}
	}
	b.requireWanted(t)
}

// requireWorks holds a day to the calendar of China as the settings have it.
func (b *bench) requireWorks(t *testing.T, owner string, day time.Time) {
	t.Helper()
	calendar := b.numbers.Calendars["default"]
	weekend := day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
	require.False(t, weekend && !calendar.Opened[day] || calendar.Closed[day], "%s does not work on %s", owner, text(&day))
}

// requireAttended holds that nobody has to make a contact while he is away.
func (b *bench) requireAttended(t *testing.T) {
	t.Helper()
	var missed int
	require.NoError(t, b.db.Get(t.Context(), &missed, `select count(*) from contacts c join owners o using (owner), unnest(o.absent) a (days)
		where c.state = 1 and not c.pinned and c.minutes > 0 and a.days @> c.day`))
	require.Zero(t, missed)
}

// room is how many minutes a day each owner has.
func (b *bench) room(t *testing.T) map[string]int32 {
	t.Helper()
	var rows []struct {
		Owner string `db:"owner"`
		Room  int32  `db:"room"`
	}
	require.NoError(t, b.db.Select(t.Context(), &rows, `select owner, coalesce(daily_minutes, $1) as room from owners`, b.numbers.Layout.DailyMinutes))
	out := map[string]int32{}
	for _, r := range rows {
		out[r.Owner] = r.Room
	}
	return out
}

// requireWanted holds planned contacts to what the people they are with have said.
func (b *bench) requireWanted(t *testing.T) {
	t.Helper()
	var unwanted int
	require.NoError(t, b.db.Get(t.Context(), &unwanted, `select count(*) from contacts c join contact_preferences f on f.customer_id = c.customer_id and f.person_id = any(c.people)
		where c.state = 1 and not c.pinned and c.origin <> 2 and (f.refused_days @> array[c.day] or f.refused_activities @> array[c.activity])`))
	require.Zero(t, unwanted)
}

// complete holds that each customer has exactly the contacts that the shipped policy demands from a day on, by counting them rule by rule.
func (b *bench) complete(t *testing.T, after time.Time) {
	t.Helper()
	var customers []struct {
		ID    uuid.UUID `db:"customer_id"`
		Class int       `db:"class"`
	}
	require.NoError(t, b.db.Select(t.Context(), &customers, `select customer_id, class from customers where delete_time is null`))
	got := map[string]int{}
	for _, c := range b.contacts(t) {
		if c.Origin == 1 && c.State != 4 && c.Last.After(after) {
			got[fmt.Sprintf("%s %d %d %s %s", c.Customer, c.Activity, c.Role, text(c.Period), text(&c.Last))]++
		}
	}
	want := map[string]int{}
	months := []int{1: 1, 2: 3, 3: 6, 4: 12}
	for _, c := range customers {
		decided := map[[2]int]bool{}
		for _, f := range shipped { // in the order of their priorities
			if f[0] != 0 && f[0] != c.Class || decided[[2]int{f[2], f[3]}] {
				continue
			}
			decided[[2]int{f[2], f[3]}] = true
			for m := 0; m < 12; m += months[f[5]] {
				first := time.Date(after.Year(), time.January, 1, 0, 0, 0, 0, time.UTC).AddDate(0, m, 0)
				last := first.AddDate(0, months[f[5]], -1)
				if last.After(after) {
					want[fmt.Sprintf("%s %d %d %s %s", c.ID, f[2], f[3], text(&first), text(&last))] += f[4]
				}
			}
		}
	}
	require.Equal(t, want, got)
}

// unevenness is the coefficient of variation of the minutes per working day after a day, owner by owner, the worst and the mean.
func (b *bench) unevenness(t *testing.T, after time.Time) (worst, mean float64) {
	t.Helper()
	load := map[string]map[string]float64{}
	for _, c := range b.contacts(t) {
		if c.Day != nil && c.State == 1 && c.Minutes > 0 {
			if load[c.Owner] == nil {
				load[c.Owner] = map[string]float64{}
			}
			load[c.Owner][text(c.Day)] += float64(c.Minutes)
		}
	}
	calendar := b.numbers.Calendars["default"]
	for _, days := range load {
		var list []float64
		for d := after.AddDate(0, 0, 1); d.Year() == after.Year(); d = d.AddDate(0, 0, 1) {
			if calendar.Works(d) {
				list = append(list, days[text(&d)])
			}
		}
		v := variation(list)
		worst, mean = max(worst, v), mean+v/float64(len(load))
	}
	return worst, mean
}

func variation(list []float64) float64 {
	sum, squares := 0.0, 0.0
	for _, v := range list {
		sum += v
	}
	average := sum / float64(len(list))
	for _, v := range list {
		squares += (v - average) * (v - average)
	}
	return math.Sqrt(squares/float64(len(list))) / average
}

// days is where each contact stands.
func days(list []stored) map[uuid.UUID]string {
	out := map[uuid.UUID]string{}
	for _, c := range list {
		out[c.ID] = text(c.Day)
	}
	return out
}

// moved counts contacts of customers not among the changed that are not where they were.
func moved(before, after []stored, changed []uuid.UUID) (count, of int) {
	now := days(after)
	for _, c := range before {
		if slices.Contains(changed, c.Customer) {
			continue
		}
		of++
		if now[c.ID] != text(c.Day) {
			count++
		}
	}
	return count, of
}
