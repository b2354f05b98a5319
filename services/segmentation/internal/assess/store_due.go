package assess

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
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
// unless a part says that it has moved by what others did. That this changes nothing but the time it takes is proved by a test that runs with it and without.

// rules is the fingerprint of all that customers are judged by beside their facts.
func (a *Assessor) rules(ctx context.Context, day time.Time, n *settings.Numbers) (int64, error) {
	sum := sha256.New()
	for _, part := range a.Parts {
		text, err := part.Rules(ctx, day, n)
		if err != nil {
			return 0, err
		}
		_, _ = sum.Write(append([]byte(text), 0)) // it never fails
	}
	return int64(binary.BigEndian.Uint64(sum.Sum(nil))), nil
}

// subjects are the customers in hand, for what parts say of their days.
const subjects = `subject as materialized (
		select m.customer_id, m.first_day, m.last_day, m.order_days, m.interval_median, m.interval_deviation, s.tier
		from unnest($1::uuid[]) as k (customer_id) join measures m using (customer_id) join standings s using (customer_id)
	)`

// judged notes of customers by which rules they have been judged, and until when that holds if nothing is heard of them.
func (a *Assessor) judged(ctx context.Context, scope Scope, rules int64) error {
	args := []any{pq.Array(scope.Customers), rules}
	bind := Bind(&args)
	var days []string
	for _, part := range a.Parts {
		query, err := part.Due(ctx, scope, bind)
		if err != nil {
			return err
		}
		if query != "" {
			days = append(days, query)
		}
	}
	_, err := a.DB.Exec(ctx, `with `+subjects+`, due (customer_id, day) as (
		`+strings.Join(append(days, "select null::uuid, null::date where false"), "\n\tunion all\n\t")+`
	), first as (
		select customer_id, min(day) as day from due group by customer_id
	)
	update measures m set judged_by = $2, due_day = coalesce(f.day, 'infinity')
	from subject k left join first f using (customer_id)
	where m.customer_id = k.customer_id and (m.judged_by, m.due_day) is distinct from ($2, coalesce(f.day, 'infinity'))`, args...)
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

// $5 makes it everybody.
const dueOfSpan = `select c.customer_id from customers c left join measures m using (customer_id)
	where c.customer_id > $1 and c.customer_id <= $2 and c.delete_time is null
		and ($5 or m.customer_id is not null and (m.due_day is null or m.due_day <= $3 or m.judged_by is distinct from $4))`

// next is the span of the next so many living customers, and those of them whom a run of the day has to look at. Who has not been measured yet is in the queue.
func (a *Assessor) next(ctx context.Context, after uuid.UUID, size int, scope Scope) (span Span, count int64, ids []uuid.UUID, err error) {
	var row struct {
		Count int64     `db:"count"`
		Last  uuid.UUID `db:"last"`
	}
	if err := a.DB.Get(ctx, &row, nextSpan, after, size); err != nil || row.Count == 0 {
		return span, 0, nil, err
	}
	span, count = Span{after, row.Last}, row.Count
	rules, err := a.rules(ctx, scope.Day, scope.Settings)
	if err != nil {
		return span, count, nil, err
	}
	if err := a.DB.Select(ctx, &ids, dueOfSpan, span.After, span.Last, scope.Day, rules, a.Thorough); err != nil {
		return span, count, nil, err
	}
	if int64(len(ids)) < count {
		for _, part := range a.Parts {
			moved, err := part.Moved(ctx, span, scope)
			if err != nil {
				return span, count, nil, err
			}
			ids = append(ids, moved...)
		}
	}
	slices.SortFunc(ids, func(x, y uuid.UUID) int { return bytes.Compare(x[:], y[:]) })
	return span, count, slices.Compact(ids), nil
}
