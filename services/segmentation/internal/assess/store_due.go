package assess

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// A run looks at those customers only whom it may find changed. Beside each customer's measures is kept by which rules it was judged last (judged_by) and the first day
// on which time alone may bring another judgement (due_day). Who is judged by the rules in force, and is not due, and has not been measured anew, is passed over,
// unless a part says that it has moved by what others did. Of whom nothing else can have changed than the rules, only those parts are asked whose rules have changed, and
// those that read what these have written, see Scope.partly. That this changes nothing but the time it takes is proved by a test that runs with it and without.

// rulebook is all that customers are judged by beside their facts, as fingerprints: that of each part, by its place, and that of all.
type rulebook struct {
	all   int64
	parts []int64
}

// rules is the rulebook of a day.
func (a *Assessor) rules(ctx context.Context, day time.Time, n *settings.Numbers) (rulebook, error) {
	all := sha256.New()
	book := rulebook{parts: make([]int64, len(a.Parts))}
	for i, part := range a.Parts {
		text, err := part.Rules(ctx, day, n)
		if err != nil {
			return rulebook{}, err
		}
		sum := sha256.Sum256([]byte(text))
		book.parts[i] = int64(binary.BigEndian.Uint64(sum[:]))
		_, _ = all.Write(sum[:]) // it never fails
	}
	book.all = int64(binary.BigEndian.Uint64(all.Sum(nil)))
	return book, nil
}

const (
	keepRulebook = `insert into rulebooks (fingerprint, parts) values ($1, $2) on conflict do nothing`
	getRulebook  = `select parts from rulebooks where fingerprint = $1`
)

// changed are the parts that judge by other rules today than those of a fingerprint; all of them if that is not known.
func (r rulebook) changed(ctx context.Context, db *postgres.DB, fingerprint int64) (few parts, known bool, err error) {
	var before pq.Int64Array
	err = db.Get(ctx, &before, getRulebook, fingerprint)
	if errors.Is(err, postgres.ErrNoRows) || err == nil && len(before) != len(r.parts) {
		return 0, false, nil
	}
	for i := range before {
		if before[i] != r.parts[i] {
			few |= 1 << i
		}
	}
	return few, true, err
}

// parts are some of the assessor's parts, as bits by their place.
type parts uint64

func (p parts) has(i int) bool { return p>>i&1 == 1 }

// subjects are the customers in hand, for what parts say of their days. "offset 0" makes the planner look them up by key, however many there are of others.
const subjects = `subject as materialized (
		select k.customer_id, m.first_day, m.last_day, m.order_days, m.interval_median, m.interval_deviation, s.tier
		from unnest($1::uuid[]) as k (customer_id)
		cross join lateral (select first_day, last_day, order_days, interval_median, interval_deviation from measures where customer_id = k.customer_id offset 0) m
		cross join lateral (select tier from standings where customer_id = k.customer_id offset 0) s
	)`

// judged notes of customers by which rules they have been judged, and until when that holds if nothing is heard of them.
func (a *Assessor) judged(ctx context.Context, scope Scope, rules rulebook) error {
	some := map[parts][]uuid.UUID{}
	for _, id := range scope.Customers {
		few, partly := scope.partly[id]
		if !partly {
			few = everyPart
		}
		some[few] = append(some[few], id)
	}
	for few, ids := range some {
		own := scope
		own.Customers = ids
		if err := a.judgedBy(ctx, own, rules, few); err != nil {
			return err
		}
	}
	return nil
}

const everyPart = ^parts(0)

// judgedBy does so of customers whom the same parts have judged. The days of the other parts hold as they were.
func (a *Assessor) judgedBy(ctx context.Context, scope Scope, rules rulebook, few parts) error {
	args := []any{pq.Array(scope.Customers), rules.all, few == everyPart}
	bind := Bind(&args)
	days := []string{"select null::uuid, null::date where false"}
	for i, part := range a.Parts {
		if !few.has(i) {
			continue
		}
		query, err := part.Due(ctx, scope, bind)
		if err != nil {
			return err
		}
		if query != "" {
			days = append(days, query)
		}
	}
	_, err := a.DB.Exec(ctx, `with `+subjects+`, due (customer_id, day) as (
		`+strings.Join(days, "\n\tunion all\n\t")+`
	), first as (
		select customer_id, min(day) as day from due group by customer_id
	)
	update measures m set judged_by = $2, due_day = coalesce(least(f.day, case when not $3 then m.due_day end), 'infinity')
	from subject k left join first f using (customer_id)
	where m.customer_id = k.customer_id
		and (m.judged_by, m.due_day) is distinct from ($2, coalesce(least(f.day, case when not $3 then m.due_day end), 'infinity'))`, args...)
	return err
}

const forgetDue = `update measures set due_day = null where customer_id = any($1)`

// Again has the next run look at customers, whatever is known of their days: for facts that are judged where they come about, and may be judged otherwise on a later day.
func Again(ctx context.Context, db *postgres.DB, customers []uuid.UUID) error {
	_, err := db.Exec(ctx, forgetDue, pq.Array(customers))
	return err
}

const nextSpan = `select count(*) as count, coalesce((array_agg(customer_id order by customer_id desc))[1], $1) as last
	from (select customer_id from customers where customer_id > $1 and delete_time is null order by customer_id limit $2) c`

// $5 makes it everybody. Of whom only the rules say that he has to be looked at, it is those by which he was judged.
const dueOfSpan = `select c.customer_id, case when m.due_day > $3 and not $5 then m.judged_by end as judged_by
	from customers c left join measures m using (customer_id)
	where c.customer_id > $1 and c.customer_id <= $2 and c.delete_time is null
		and ($5 or m.customer_id is not null and (m.due_day is null or m.due_day <= $3 or m.judged_by is distinct from $4))`

type dueRow struct {
	Customer uuid.UUID     `db:"customer_id"`
	JudgedBy sql.NullInt64 `db:"judged_by"`
}

// next is the span of the next so many living customers, and makes the scope those of them whom a run of the day has to look at. Who has not been measured yet is in the
// queue.
func (a *Assessor) next(ctx context.Context, after uuid.UUID, size int, scope *Scope) (span Span, count int64, err error) {
	var row struct {
		Count int64     `db:"count"`
		Last  uuid.UUID `db:"last"`
	}
	if err := a.DB.Get(ctx, &row, nextSpan, after, size); err != nil || row.Count == 0 {
		return span, 0, err
	}
	span, count = Span{after, row.Last}, row.Count
	rules, err := a.rules(ctx, scope.Day, scope.Settings)
	if err != nil {
		return span, count, err
	}
	if _, err := a.DB.Exec(ctx, keepRulebook, rules.all, pq.Array(rules.parts)); err != nil {
		return span, count, err
	}
	var rows []dueRow
	if err := a.DB.Select(ctx, &rows, dueOfSpan, span.After, span.Last, scope.Day, rules.all, a.Thorough); err != nil {
		return span, count, err
	}
	if err := a.sort(ctx, rows, rules, scope); err != nil {
		return span, count, err
	}
	if whole := len(scope.Customers) - len(scope.partly); int64(whole) < count {
		for _, part := range a.Parts {
			moved, err := part.Moved(ctx, span, *scope)
			if err != nil {
				return span, count, err
			}
			for _, id := range moved {
				delete(scope.partly, id)
			}
			scope.Customers = append(scope.Customers, moved...)
		}
	}
	slices.SortFunc(scope.Customers, func(x, y uuid.UUID) int { return bytes.Compare(x[:], y[:]) })
	scope.Customers = slices.Compact(scope.Customers)
	return span, count, nil
}

// sort tells those whom every part has to judge from the others.
func (a *Assessor) sort(ctx context.Context, rows []dueRow, rules rulebook, scope *Scope) error {
	scope.Customers, scope.partly = make([]uuid.UUID, len(rows)), map[uuid.UUID]parts{}
	type answer struct {
		few   parts
		known bool
	}
	answers := map[int64]answer{} // there are few rulebooks
	for i, r := range rows {
		scope.Customers[i] = r.Customer
		if !r.JudgedBy.Valid {
			continue
		}
		found, asked := answers[r.JudgedBy.Int64]
		if !asked {
			var err error
			if found.few, found.known, err = rules.changed(ctx, a.DB, r.JudgedBy.Int64); err != nil {
				return err
			}
			answers[r.JudgedBy.Int64] = found
		}
		if found.known {
			scope.partly[r.Customer] = found.few
		}
	}
	return nil
}

// written are those of some customers whose standing the caller's transaction has written: all that parts write for others to read is there.
const written = `select k.customer_id from unnest(cast($1 as uuid[])) as k (customer_id)
	cross join lateral (select xmin from standings where customer_id = k.customer_id offset 0) s where s.xmin = cast(pg_current_xact_id() as xid)`

// widen has those customers judged by all parts that follow whom the parts before have found changed.
func (a *Assessor) widen(ctx context.Context, scope *Scope) error {
	if len(scope.partly) == 0 {
		return nil
	}
	var changed []uuid.UUID
	err := a.DB.Select(ctx, &changed, written, pq.Array(scope.Customers))
	for _, id := range changed {
		delete(scope.partly, id)
	}
	return err
}

// concerned are the customers of a scope whom the part at a place is asked about.
func (s *Scope) concerned(place int) []uuid.UUID {
	if len(s.partly) == 0 {
		return s.Customers
	}
	some := make([]uuid.UUID, 0, len(s.Customers))
	for _, id := range s.Customers {
		if few, partly := s.partly[id]; !partly || few.has(place) {
			some = append(some, id)
		}
	}
	return some
}
