package contactplan

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/planning/internal/fact"
	"github.com/guanxi-crm/guanxi/services/planning/internal/policy"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// Store keeps plans.
type Store struct {
	db       *postgres.DB
	now      func() time.Time
	settings *settings.Store
	policies *policy.Store
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time, numbers *settings.Store) *Store {
	return &Store{db: db, now: now, settings: numbers, policies: policy.NewStore(db)}
}

// frame is the present moment.
func (s *Store) frame(ctx context.Context) (*frame, error) {
	n, err := s.settings.Current(ctx)
	if err != nil {
		return nil, err
	}
	policies, err := s.policies.All(ctx)
	now := s.now()
	return &frame{Numbers: n, now: now, today: dayOf(n.Today(now)), policies: policies}, err
}

const (
	ensureOwners = `insert into owners (owner, create_time, update_time) select o, $2, $2 from unnest(cast($1 as text[])) o where o <> '' order by o on conflict do nothing`

	selectOwners = `select owner, calendar, daily_minutes,
			array(select lower(a.days) - date '1970-01-01' from unnest(absent) with ordinality a (days, n) order by n) as away_from,
			array(select upper(a.days) - date '1970-01-01' from unnest(absent) with ordinality a (days, n) order by n) as away_until
		from owners where owner = any($1) order by owner`

	// A lock for each, in the order of their names.
	lockOwners = selectOwners + ` for no key update`
)

// hold locks owners, and says what time they have. Nobody ("") has none.
func (s *Store) hold(ctx context.Context, f *frame, names []string) (map[string]*owner, error) {
	if _, err := s.db.Exec(ctx, ensureOwners, pq.Array(names), f.now); err != nil {
		return nil, err
	}
	return s.owners(ctx, f, names, lockOwners)
}

// owners are those of whom there is a row, by a statement, and nobody.
func (s *Store) owners(ctx context.Context, f *frame, names []string, query string) (map[string]*owner, error) {
	var rows []struct {
		Name     string        `db:"owner"`
		Calendar string        `db:"calendar"`
		Daily    *int32        `db:"daily_minutes"`
		From     pq.Int64Array `db:"away_from"`
		Until    pq.Int64Array `db:"away_until"`
	}
	if err := s.db.Select(ctx, &rows, query, pq.Array(names)); err != nil {
		return nil, err
	}
	held := map[string]*owner{"": {}}
	for _, r := range rows {
		o := &owner{name: r.Name, calendar: r.Calendar, daily: f.Layout.DailyMinutes}
		if r.Daily != nil {
			o.daily = *r.Daily
		}
		for i := range r.From {
			o.absent = append(o.absent, span{int(r.From[i]), int(r.Until[i])})
		}
		held[r.Name] = o
	}
	return held, nil
}

const selectRows = `select customer_id, contact_id, owner, activity, role, origin, source, coalesce(period_start - date '1970-01-01', 0) as period_start, number,
		window_start - date '1970-01-01' as window_start, window_end - date '1970-01-01' as window_end, day - date '1970-01-01' as day, minutes, people, state,
		pinned or activity_id is not null as pinned, obstacle, purpose
	from contacts
	where customer_id = any($1) and (state <> 4 or pinned)
		and (window_end - date '1970-01-01' >= $2 or day - date '1970-01-01' >= $2 or period_start - date '1970-01-01' >= $2)`

// rows are the contacts of customers that may matter from a day on, by customer.
func (s *Store) rows(ctx context.Context, customers []uuid.UUID, from int) (map[uuid.UUID][]*row, error) {
	var all []row
	if err := s.db.Select(ctx, &all, selectRows, pq.Array(customers), from); err != nil {
		return nil, err
	}
	out := make(map[uuid.UUID][]*row, len(customers))
	for i := range all {
		out[all[i].Customer] = append(out[all[i].Customer], &all[i])
	}
	return out, nil
}

const selectLoads = `select owner, day - date '1970-01-01' as day, sum(minutes) as minutes from contacts
	where owner = any($1) and state in (1, 2, 3) and day >= $2 and minutes > 0 and customer_id <> all($3)
	group by owner, day`

// loads are the minutes of owners' days that customers other than those given take.
func (s *Store) loads(ctx context.Context, owners map[string]*owner, names []string, from int, but []uuid.UUID) error {
	var all []struct {
		Owner   string `db:"owner"`
		Day     int    `db:"day"`
		Minutes int32  `db:"minutes"`
	}
	if err := s.db.Select(ctx, &all, selectLoads, pq.Array(names), midnightOf(from), pq.Array(but)); err != nil {
		return err
	}
	for _, o := range owners {
		o.load = map[int]int32{}
	}
	for _, l := range all {
		if o := owners[l.Owner]; o != nil && l.Owner != "" {
			o.load[l.Day] = l.Minutes
		}
	}
	return nil
}

// What a person has said for greetings on special dates (purpose 4) holds for those.
const selectPeople = `select p.customer_id, p.person_id, p.granted_media, p.denied_media, planning_media(p.granted_media, p.granted_for, p.denied_for, 4) as granted_greetings,
		planning_media(p.denied_media, p.denied_for, p.granted_for, 4) as denied_greetings, coalesce(p.birth_month, 0) as birth_month, coalesce(p.birth_day, 0) as birth_day,
		p.special_dates, coalesce(f.main_contact, false) as main_contact, coalesce(f.liked_weekdays, '{}') as liked_weekdays,
		coalesce(f.refused_activities, '{}') as refused_activities, array(select d - date '1970-01-01' from unnest(f.refused_days) d) as refused_days
	from people p left join contact_preferences f using (customer_id, person_id)
	where p.customer_id = any($1) and (p.birth_month is not null or p.special_dates <> '[]' or f.main_contact)
	order by p.customer_id, p.person_id`

type personRow struct {
	Customer    uuid.UUID                         `db:"customer_id"`
	ID          uuid.UUID                         `db:"person_id"`
	Granted     pq.Int32Array                     `db:"granted_media"`
	Denied      pq.Int32Array                     `db:"denied_media"`
	Greeted     pq.Int32Array                     `db:"granted_greetings"`
	Ungreeted   pq.Int32Array                     `db:"denied_greetings"`
	BirthMonth  int                               `db:"birth_month"`
	BirthDay    int                               `db:"birth_day"`
	Special     postgres.JSON[[]fact.SpecialDate] `db:"special_dates"`
	Main        bool                              `db:"main_contact"`
	Liked       pq.Int32Array                     `db:"liked_weekdays"`
	Refused     pq.Int32Array                     `db:"refused_activities"`
	RefusedDays pq.Int64Array                     `db:"refused_days"`
}

// people are those of customers who matter to the planner, by customer in the order of their ids.
func (s *Store) people(ctx context.Context, customers []uuid.UUID) (map[uuid.UUID][]*person, error) {
	var all []personRow
	if err := s.db.Select(ctx, &all, selectPeople, pq.Array(customers)); err != nil {
		return nil, err
	}
	out := map[uuid.UUID][]*person{}
	for i := range all {
		out[all[i].Customer] = append(out[all[i].Customer], all[i].person())
	}
	return out, nil
}

func (r *personRow) person() *person {
	p := &person{
		id: r.ID, customer: r.Customer, main: r.Main, birth: monthDay{r.BirthMonth, r.BirthDay},
		refused: map[int16]bool{}, consent: consentOf(r.Granted, r.Denied), greetings: consentOf(r.Greeted, r.Ungreeted),
	}
	for _, d := range r.Liked {
		p.liked |= 1 << (d % 7)
	}
	for _, a := range r.Refused {
		p.refused[int16(a)] = true
	}
	for _, d := range r.RefusedDays {
		p.refusedDays = append(p.refusedDays, int(d))
	}
	for _, d := range r.Special.V {
		p.specialDates = append(p.specialDates, special{monthDay{int(d.Month), int(d.Day)}, int(d.Year), d.Label})
	}
	return p
}
