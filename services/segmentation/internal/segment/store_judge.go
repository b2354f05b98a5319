package segment

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/rule"
)

// judged is a segment whose rule has been understood.
type judged struct {
	Segment
	rule *rule.Rule
}

// move is a customer who entered a segment, or left it.
type move struct {
	CustomerID uuid.UUID `db:"customer_id"`
	SegmentID  uuid.UUID `db:"segment_id"`
	Member     bool      `db:"member"`
}

// judge holds customers to the rules of segments, all to all in one statement, and stores and announces what has changed. The caller holds the customers.
func (s *Store) judge(ctx context.Context, segments []judged, customers []uuid.UUID, at rule.Moment, now time.Time) ([]assess.Announcement, error) {
	if len(segments) == 0 || len(customers) == 0 {
		return nil, nil
	}
	var moves []move
	query, args := differences(segments, at, func(bind rule.Binder) string {
		return "c.customer_id = any(" + bind("uuid[]", pq.Array(customers)) + ")"
	})
	if err := s.db.SelectDynamic(ctx, &moves, query, args...); err != nil {
		return nil, err
	}
	if err := s.apply(ctx, moves, now); err != nil {
		return nil, err
	}
	byID := make(map[uuid.UUID]*Segment, len(segments))
	for i := range segments {
		byID[segments[i].ID] = &segments[i].Segment
	}
	announced := make([]assess.Announcement, len(moves))
	for i := range moves {
		announced[i] = moves[i].announcement(byID[moves[i].SegmentID])
	}
	return announced, nil
}

// differences asks who of some customers c belongs to a segment and is not in its list, or the reverse.
func differences(segments []judged, at rule.Moment, whom func(rule.Binder) string) (string, []any) {
	var args []any
	bind := rule.Binder(assess.Bind(&args))
	answers := make([]string, len(segments))
	for i, g := range segments {
		answers[i] = "(" + bind("uuid", g.ID) + ", " + g.rule.Condition(at, bind) + ")"
	}
	return `select x.customer_id, x.segment_id, x.member
from (
	select c.customer_id, v.segment_id, coalesce(v.member, false) as member
	from ` + rule.From + `
	cross join lateral (values ` + strings.Join(answers, ", ") + `) as v (segment_id, member)
	where ` + whom(bind) + `
) x left join segment_members k on k.customer_id = x.customer_id and k.segment_id = x.segment_id
where x.member <> (k.segment_id is not null)
order by x.customer_id, x.segment_id`, args
}

const (
	enter = `insert into segment_members (customer_id, segment_id, since_time)
		select n.customer_id, n.segment_id, $3 from unnest(cast($1 as uuid[]), cast($2 as uuid[])) as n (customer_id, segment_id)`
	leave = `delete from segment_members k using unnest(cast($1 as uuid[]), cast($2 as uuid[])) as n (customer_id, segment_id)
		where k.customer_id = n.customer_id and k.segment_id = n.segment_id`
)

func (s *Store) apply(ctx context.Context, moves []move, now time.Time) error {
	var in, out struct{ customers, segments []uuid.UUID }
	for _, m := range moves {
		side := &out
		if m.Member {
			side = &in
		}
		side.customers, side.segments = append(side.customers, m.CustomerID), append(side.segments, m.SegmentID)
	}
	if len(in.customers) > 0 {
		if _, err := s.db.Exec(ctx, enter, pq.Array(in.customers), pq.Array(in.segments), now); err != nil {
			return err
		}
	}
	if len(out.customers) > 0 {
		if _, err := s.db.Exec(ctx, leave, pq.Array(out.customers), pq.Array(out.segments)); err != nil {
			return err
		}
	}
	return nil
}

// moment is when a business day began in the company's zone.
func moment(day time.Time, zone *time.Location) rule.Moment {
	y, m, d := day.Date()
	return rule.Moment{Day: day, Start: time.Date(y, m, d, 0, 0, 0, 0, zone)}
}
