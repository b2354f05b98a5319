package specialdate

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/profile/internal/person"
)

// Store finds coming days.
type Store struct {
	db     *postgres.DB
	people *person.Store
}

// NewStore makes a store.
func NewStore(db *postgres.DB, people *person.Store) *Store { return &Store{db: db, people: people} }

const (
	// within are the living customers c in reach of the caller ($1), of an owner ($3) and of a territory ($4).
	within = `guanxi_covers(c.territory, $1) and c.delete_time is null and ($3 = '' or c.owner = $3)
			and ($4 = '' or c.territory = $4 or starts_with(c.territory, $4 || '/'))`

	// coming are the days ($5) on which something is remembered that belongs to one of two days of the year ($6, $7), in the order in which they are listed: of a day first
	// the holidays ($8, $9), for which it is enough that one of the customers is in the country. Where a customer is, its first address says, or else the beginning
	// of its territory.
	coming = `(
		select g.day, (to_char(g.day, 'YYYY-MM-DD') || '/1/' || p.customer_id || '/' || p.person_id) collate "C" as place, p.customer_id, p.person_id, c.owner, '' as country
		from customers c join people p using (customer_id) join vault.person_keys o using (person_id)
			join unnest(cast($5 as date[]), cast($6 as smallint[]), cast($7 as smallint[])) as g (day, own, also) on g.own = any(o.days) or g.also = any(o.days)
		where ` + within + ` and (not p.senior or $2 >= 2) and o.days <> '{}'
		union all
		select h.day, (to_char(h.day, 'YYYY-MM-DD') || '/0/' || h.country) collate "C", '00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000', '', h.country
		from unnest(cast($8 as date[]), cast($9 as text[])) as h (day, country)
		where h.country in (select n.country from (select distinct unnest(cast($9 as text[])) as country) as n where exists (select from customers c where ` + within + `
			and upper(coalesce(nullif(c.addresses -> 0 ->> 'region_code', ''), split_part(c.territory, '/', 1))) = n.country))
	) as d`
)

type row struct {
	listing.Cursor
	Day      time.Time `db:"day"`
	Customer uuid.UUID `db:"customer_id"`
	Person   uuid.UUID `db:"person_id"`
	Owner    string    `db:"owner"`
	Country  string    `db:"country"`
}

// Holidays are the public holidays of countries on a day, by what they are called.
type Holidays map[HolidayKey]Occasion

// HolidayKey is a country on a day.
type HolidayKey struct {
	Day     time.Time
	Country string
}

// List reads a page. Who and when is found by days of the year alone; what it is that is remembered then, the people themselves say. A day that belongs to another year than
// the one found is left out of the page.
func (s *Store) List(ctx context.Context, plan *listing.Plan, w Wanted, holidays Holidays) ([]*Coming, string, error) {
	caller := auth.From(ctx)
	var days []string
	var own, also []int64
	for _, day := range w.days() {
		first, second := remembered(day)
		days, own, also = append(days, day.Format(time.DateOnly)), append(own, int64(first)), append(also, int64(second))
	}
	var holy, countries []string
	for key := range holidays {
		if !key.Day.Before(w.From) && !key.Day.After(w.To) {
			holy, countries = append(holy, key.Day.Format(time.DateOnly)), append(countries, key.Country)
		}
	}
	query, args := plan.Query("d.day, d.customer_id, d.person_id, d.owner, d.country", coming, "",
		caller.Scope(), int32(caller.Level), w.Owner, w.Territory, pq.Array(days), pq.Array(own), pq.Array(also), pq.Array(holy), pq.Array(countries))
	var rows []row
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	if err != nil {
		return nil, "", err
	}
	found, err := s.open(ctx, rows, holidays)
	return found, next, err
}

// open says what there is to remember on the days that were found.
func (s *Store) open(ctx context.Context, rows []row, holidays Holidays) ([]*Coming, error) {
	var customers, ids []uuid.UUID
	for _, r := range rows {
		if r.Country == "" {
			customers, ids = append(customers, r.Customer), append(ids, r.Person)
		}
	}
	people, err := s.people.Load(ctx, customers, ids)
	if err != nil {
		return nil, err
	}
	out := make([]*Coming, 0, len(rows))
	for _, r := range rows {
		day := time.Date(r.Day.Year(), r.Day.Month(), r.Day.Day(), 0, 0, 0, 0, time.UTC)
		c := &Coming{Day: day, Customer: r.Customer, Person: r.Person, Owner: r.Owner, Country: r.Country}
		if r.Country != "" {
			c.Occasions = []Occasion{holidays[HolidayKey{day, r.Country}]}
		} else if p := people[r.Person]; p != nil {
			c.Name, c.Occasions = p.DisplayName, of(p, day)
		}
		if len(c.Occasions) > 0 {
			out = append(out, c)
		}
	}
	return out, nil
}
