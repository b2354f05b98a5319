package contactplan_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// announced are the events of a kind, as "aggregate causes".
func (b *bench) announced(t *testing.T, customer uuid.UUID) (data []string) {
	t.Helper()
	require.NoError(t, b.db.Select(t.Context(), &data, `select cast(data as text) from outbox
		where aggregate_id = $1 and subject = 'guanxi.planning.contact_plan.changed.v1' order by version`, customer))
	return data
}

func TestOnlyYearsThatWereLaidOutAreKeptUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	early := b.customer(t, "li", core)
	b.replan(t, "created", early)
	require.Empty(t, b.contacts(t), "nobody has asked for li's year")
	b.generate(t, 2026, "li")
	require.Len(t, b.of(t, early, 1), 18)
	late := b.customer(t, "li", important)
	b.replan(t, "created", late)
	require.Len(t, b.of(t, late, 1), 15)
	require.Len(t, b.announced(t, late), 1)
	require.Contains(t, b.announced(t, late)[0], `"causes":["created"]`)
	require.Empty(t, b.announced(t, early), "nothing of his has changed")
	b.verify(t)

	b.exec(t, `update customers set delete_time = now() where customer_id = $1`, late)
	b.replan(t, "deleted", late)
	for _, c := range b.of(t, late, 1) {
		require.Equal(t, 4, c.State)
	}
	b.exec(t, `update customers set delete_time = null where customer_id = $1`, late)
	b.replan(t, "undeleted", late)
	b.verify(t)
	b.complete(t, date("2026-01-05"))
}

func TestWhatPeopleDecidedStays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t, "li", core)
	b.generate(t, 2026)
	list := b.of(t, c, 1)
	moved, done, cancelled, reserved := list[0].ID, list[1].ID, list[2].ID, list[3].ID
	b.exec(t, `update contacts set pinned = true, day = '2026-10-10' where contact_id = $1`, moved)
	b.exec(t, `update contacts set state = 3, day = '2026-01-04' where contact_id = $1`, done)
	b.exec(t, `update contacts set state = 4, pinned = true where contact_id = $1`, cancelled)
	b.exec(t, `update contacts set state = 2 where contact_id = $1`, reserved)
	before := b.contacts(t)
	b.generate(t, 2026)
	b.replan(t, "class", c)
	require.Equal(t, before, b.contacts(t))

	// A customer who is of no account any more loses what is only planned.
	b.exec(t, `update customers set class = $2 where customer_id = $1`, c, small)
	b.replan(t, "class", c)
	b.verify(t)
	now := days(b.contacts(t))
	for _, id := range []uuid.UUID{moved, done, cancelled, reserved} {
		require.Contains(t, now, id)
	}
	require.Len(t, now, 4+1+2-1, "what people decided, the yearly message of old, which is gone, and two messages a year")
}

func TestPlannedContactsFollowTheOwner(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c, other := b.customer(t, "li", important), b.customer(t, "li", important)
	b.generate(t, 2026, "li")
	before := days(b.of(t, c, 1))
	b.exec(t, `insert into owners (owner, absent, create_time, update_time) values ('wang', array[daterange('2026-02-01', '2026-03-01')], now(), now())`)
	b.exec(t, `update customers set owner = 'wang' where customer_id = $1`, c)
	b.replan(t, "owner", c)
	b.verify(t)
	kept := 0
	for _, one := range b.of(t, c, 1) {
		require.Equal(t, "wang", one.Owner)
		if before[one.ID] == text(one.Day) {
			kept++
		}
	}
	require.GreaterOrEqual(t, kept, len(before)-2, "only what falls into his absence has another day")
	require.Len(t, b.announced(t, c), 1)
	require.Empty(t, b.announced(t, other))
}

func TestWarningsAndConcernsAreAnsweredOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t, "li", ordinary)
	b.replan(t, "churn_risk", c)
	require.Empty(t, b.of(t, c, 3), "the warning has been cleared meanwhile")
	b.exec(t, `update customers set churn_risks = '{1}' where customer_id = $1`, c)
	b.replan(t, "churn_risk", c)
	b.replan(t, "churn_risk", c)
	retention := b.of(t, c, 3)
	require.Len(t, retention, 1)
	require.Equal(t, []any{4, "customers/" + c.String() + "/churnRisk", 1}, []any{retention[0].Activity, retention[0].Source, retention[0].State})
	require.False(t, retention[0].Day.After(date("2026-01-12")))
	b.clock.Advance(30 * 24 * time.Hour)
	b.exec(t, `insert into replans (customer_id, cause, reference, occur_time) values ($1, 'churn_risk', '', '2026-01-05 09:00Z')`, c)
	b.replan(t, "class", c)
	require.Len(t, b.of(t, c, 3), 1, "an old warning is told again when facts are built anew")

	b.exec(t, `insert into concerns values ($1, gen_random_uuid(), 'crm', '1', false, 'minor', now(), null, '', now())`, c)
	b.replan(t, "concern", c)
	require.Empty(t, b.of(t, c, 4))
	b.exec(t, `insert into concerns values ($1, gen_random_uuid(), 'crm', '2', true, 'major', now(), null, '', now())`, c)
	b.replan(t, "concern", c)
	b.replan(t, "concern", c)
	require.Len(t, b.of(t, c, 4), 1)
	require.Equal(t, 12, b.of(t, c, 4)[0].Activity)
	require.Empty(t, b.of(t, c, 1), "nobody has asked for a year")
	b.verify(t)
}

// Someone who has to be called within days gets a full day, from which another call is moved.
func TestRoomIsMadeForWhatIsUrgent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(t, `insert into owners (owner, daily_minutes, absent, create_time, update_time) values ('li', 30, array[daterange('2026-01-05', '2026-01-06')], now(), now())`)
	b.exec(t, `insert into policy_frequencies values ($1, 'calls', 10, '{1}', '{}', '{}', 12, 1, 1, 1)`, standard)
	const potential = 1
	for range 14 {
		b.customer(t, "li", potential)
	}
	b.generate(t, 2026)
	for _, day := range []string{"2026-01-06", "2026-01-07", "2026-01-08"} {
		b.exec(t, `update contacts set day = cast($1 as date) where not exists (select from contacts where day = cast($1 as date) and minutes > 0)
			and contact_id = (select contact_id from contacts where minutes > 0 and day between '2026-01-15' and '2026-01-30' limit 1)`, day)
	}
	before := b.contacts(t)
	angry := b.customer(t, "li", 0)
	b.exec(t, `insert into concerns values ($1, gen_random_uuid(), 'crm', '1', true, 'major', now(), null, '', now())`, angry)
	b.replan(t, "concern", angry)
	b.verify(t)
	require.Equal(t, 1, b.of(t, angry, 4)[0].State)
	count, _ := moved(before, b.contacts(t), []uuid.UUID{angry})
	require.Equal(t, 1, count)
	var told []string
	require.NoError(t, b.db.Select(t.Context(), &told, `select cast(data as text) from outbox where subject = 'guanxi.planning.contact_plan.changed.v1'`))
	require.Len(t, told, 2)
	require.Contains(t, told[0]+told[1], `"causes":["capacity"]`)
}
