package main

import (
	"context"
	"time"
)

const (
	// mix is of which classes the 40 customers of an owner are: more core and important ones than the shipped shares would have, as of one who looks after VIP customers, so
	// that the shipped policy demands some 400 contacts of him.
	mix = "5 core, 19 important, 6 ordinary, 10 small"

	fillOwned = `insert into customers (customer_id, territory, owner, display_name, create_time, class)
		select ` + idSQL + `, 'cn/' || i % 30, 'owner' || (i - 1) / 40, 'customer ' || i, now() - interval '2 years',
			case when i % 40 < 5 then 5 when i % 40 < 24 then 4 when i % 40 < 30 then 3 else 2 end
		from generate_series(1, 40 * $1::int) i`

	// The same columns, indexes and constraints, the foreign key included.
	equal = `create table floor_contacts (like contacts including all, foreign key (customer_id) references customers (customer_id) on delete cascade)`

	// By SQL of its own: full days, days that are not worked (no public holidays are known of that year yet), windows, distances, absent owners.
	brokenRules = `select
		(select count(*) from (select from contacts where state in (1, 2, 3) and minutes > 0 group by owner, day having sum(minutes) > 240) d)
		+ (select count(*) from contacts where state = 1 and minutes > 0 and extract(isodow from day) > 5)
		+ (select count(*) from contacts where state = 1 and (day < window_start or day > window_end or extract(year from day) <> $1))
		+ (select count(*) from (select day - lag(day) over (partition by customer_id order by day) as gap from contacts where state = 1 and minutes > 0) g where gap < 3)
		+ (select count(*) from contacts where state = 5)
		+ (select count(*) from contacts t join customers c using (customer_id) where t.owner <> c.owner)`

	unevenness = `with days as (
			select d from generate_series(make_date($1::int, 1, 1), make_date($1::int, 12, 31), interval '1 day') d where extract(isodow from d) < 6
		), loads as (
			select o.owner, coalesce(sum(t.minutes), 0) as minutes from owner_years o cross join days left join contacts t on t.owner = o.owner and t.day = days.d and t.state = 1
			group by o.owner, days.d
		), each as (
			select owner, stddev_pop(minutes) / avg(minutes) as variation, max(minutes) as most from loads group by owner
		)
		select avg(each.variation) as mean, max(each.variation) as worst, avg(each.most) as most, avg(o.ideal) as ideal from each join owner_years o using (owner)`

	// The customers with the lowest hashes, each time others.
	changeClass = `with chosen as (
			update customers set class = case class when 5 then 4 when 4 then 5 when 3 then 4 else 3 end
			where customer_id in (select customer_id from customers where not exists (select from changed_customers x where x.customer_id = customers.customer_id)
				order by md5(customer_id::text || $2::text) limit $1)
			returning customer_id
		), noted as (insert into changed_customers select customer_id from chosen)
		insert into replans (customer_id, cause, reference, occur_time) select customer_id, 'class', '', now() from chosen`

	replanned = `select not exists (select from replans)`

	movedOthers = `select count(*) filter (where b.day is distinct from t.day) as count, count(*) as of
		from before b left join contacts t on t.customer_id = b.customer_id and t.contact_id = b.contact_id
		where not exists (select from changed_customers x where x.customer_id = b.customer_id)`
)

// floorColumns are those that the product writes; the table knows the rest.
var floorColumns = []string{
	"customer_id", "contact_id", "owner", "activity", "role", "origin", "source", "period_start", "number", "window_start", "window_end", "day", "minutes", "people",
	"state", "obstacle", "purpose", "create_time", "update_time",
}

// copy writes the rows that the product has made into an empty table that is like its own, by COPY in one transaction. That they are read beforehand is no part of the time.
func (d *desk) copy(ctx context.Context) (time.Duration, error) {
	if _, err := d.db.Exec(ctx, "truncate floor_contacts; create table if not exists changed_customers (customer_id uuid primary key)"); err != nil {
		return 0, err
	}
	rows, err := d.rows(ctx)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	err = d.db.CopyIn(ctx, "floor_contacts", floorColumns, func(yield func([]any) bool) {
		for _, row := range rows {
			if !yield(row) {
				return
			}
		}
	})
	return time.Since(began), err
}

// rows are the product's in the form in which they were copied, in its order.
func (d *desk) rows(ctx context.Context) (all [][]any, err error) {
	var contacts []struct {
		Customer string     `db:"customer_id"`
		ID       string     `db:"contact_id"`
		Owner    string     `db:"owner"`
		Activity int16      `db:"activity"`
		Role     int16      `db:"role"`
		Origin   int16      `db:"origin"`
		Source   string     `db:"source"`
		Period   *string    `db:"period_start"`
		Number   int16      `db:"number"`
		First    string     `db:"window_start"`
		Last     string     `db:"window_end"`
		Day      *string    `db:"day"`
		Minutes  int32      `db:"minutes"`
		State    int16      `db:"state"`
		Obstacle int16      `db:"obstacle"`
		Time     *time.Time `db:"create_time"`
	}
	err = d.db.Select(ctx, &contacts, `select customer_id, contact_id, owner, activity, role, origin, source, cast(period_start as text) as period_start, number,
		cast(window_start as text) as window_start, cast(window_end as text) as window_end, cast(day as text) as day, minutes, state, obstacle, create_time
		from contacts order by contact_id`)
	if err != nil {
		return nil, err
	}
	optional := func(text *string) any {
		if text == nil {
			return nil
		}
		return *text
	}
	for _, c := range contacts {
		all = append(all, []any{
			c.Customer, c.ID, c.Owner, c.Activity, c.Role, c.Origin, c.Source, optional(c.Period), c.Number, c.First, c.Last, optional(c.Day), c.Minutes, "{}",
			c.State, c.Obstacle, "", c.Time, c.Time,
		})
	}
	return all, nil
}
