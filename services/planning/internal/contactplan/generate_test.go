package contactplan_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// twenty makes 20 owners with 40 customers each, many of them important.
func (b *bench) twenty(t *testing.T) (customers []uuid.UUID) {
	t.Helper()
	for o := range 20 {
		for c := range 40 {
			class := []int{core, important, important, important, ordinary, small, small, important}[c%8]
			customers = append(customers, b.customer(t, fmt.Sprintf("owner-%02d", o), class))
		}
	}
	return customers
}

func TestAYearIsLaidOut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customers := b.twenty(t)
	b.exec(t, `insert into owners (owner, absent, daily_minutes, create_time, update_time) values
		('owner-00', array[daterange('2026-07-01', '2026-07-21')], null, now(), now()), ('owner-01', '{}', 180, now(), now())`)
	today := date("2026-01-05")
	b.generate(t, 2026)
	b.verify(t)
	b.complete(t, today)
	before := b.contacts(t)
	worst, mean := b.unevenness(t, today)
	var said, ideal float64
	require.NoError(t, b.db.Get(t.Context(), &said, `select avg(variation) from owner_years`))
	require.NoError(t, b.db.Get(t.Context(), &ideal, `select avg(ideal) from owner_years`))
	t.Logf("%d contacts; variation of the daily load %.3f on average, %.3f at worst; %.3f if nothing but lengths mattered", len(before), mean, worst, ideal)
	require.InDelta(t, mean, said, 0.03, "but for the owner who is away, who is told without these days")
	require.LessOrEqual(t, said, ideal+0.1)
	for _, c := range before {
		require.Equal(t, 1, c.State, "%+v", c)
	}

	b.generate(t, 2026)
	require.Equal(t, before, b.contacts(t), "again changes nothing")

	changed := []uuid.UUID{customers[3], customers[47], customers[100], customers[222], customers[333], customers[444], customers[600], customers[799]}
	for i, c := range changed {
		b.exec(t, `update customers set class = $2 where customer_id = $1`, c, []int{core, small}[i%2])
	}
	b.replan(t, "class", changed...)
	b.verify(t)
	b.complete(t, today)
	count, of := moved(before, b.contacts(t), changed)
	t.Logf("after a change of %d customers %d of %d contacts of others were moved", len(changed), count, of)
	require.Zero(t, count, "there is room: nobody has to make it")
}

func TestFullDaysMakeRoomOrSayWhy(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(t, `insert into owners (owner, daily_minutes, create_time, update_time) values ('li', 60, now(), now())`)
	var customers []uuid.UUID
	for range 40 {
		customers = append(customers, b.customer(t, "li", 0))
	}
	b.exec(t, `update customers set class = 0`)
	b.exec(t, `insert into policy_frequencies values ($1, 'calls', 10, '{}', '{}', '{}', 12, 1, 1, 1)`, standard) // everybody is called every month
	b.generate(t, 2026)
	b.verify(t)
	unplaced := func() (n int) {
		for _, c := range b.contacts(t) {
			if c.State == 5 {
				require.Equal(t, 1, c.Obstacle)
				n++
			}
		}
		return n
	}
	// 40 calls of half an hour and room for two a day: 16 or 20 working days in January after the 5th, 15 in February, 22 in March, ...
	short := unplaced()
	t.Logf("%d calls have no place", short)
	require.Positive(t, short)

	more := []uuid.UUID{b.customer(t, "li", core)}
	before := b.contacts(t)
	b.replan(t, "created", more...)
	b.verify(t)
	count, of := moved(before, b.contacts(t), more)
	t.Logf("for a core customer in a full year %d of %d contacts were moved", count, of)
	require.Less(t, count*10, of)
	require.GreaterOrEqual(t, unplaced(), short)

	b.exec(t, `update customers set delete_time = now() where customer_id = any($1::uuid[])`, "{"+customers[0].String()+","+customers[1].String()+"}")
	b.replan(t, "deleted", customers[0], customers[1])
	b.generate(t, 2026)
	b.verify(t)
	require.Less(t, unplaced(), short+9, "who is gone leaves room")
}
