package duplicate

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// listed is a pair as it is shown.
type listed struct {
	listing.Cursor
	pair
	dismissed
	FirstName  string        `db:"first_name"`
	SecondName string        `db:"second_name"`
	Score      float64       `db:"score"`
	Reasons    pq.Int32Array `db:"reasons"`
	Different  bool          `db:"different_registration"`
	FindTime   time.Time     `db:"find_time"`
}

const (
	listedColumns = `d.first_id, d.second_id, a.display_name as first_name, b.display_name as second_name, d.score, d.reasons, d.different_registration, d.find_time,
	s.reason as dismiss_reason, s.actor as dismiss_actor, s.dismiss_time, coalesce(d.keys <@ s.keys, false) as dismiss_holds`

	listedFrom = `duplicates d join customers a on a.customer_id = d.first_id join customers b on b.customer_id = d.second_id
	left join duplicate_dismissals s on s.first_id = d.first_id and s.second_id = d.second_id`

	// A dismissal holds while nothing speaks for the pair that did not when it was made.
	listedWhere = `guanxi_covers(a.territory, $1) and guanxi_covers(b.territory, $1) and a.delete_time is null and b.delete_time is null
	and ($2 or not coalesce(d.keys <@ s.keys, false))`
)

// Wanted narrows a list beyond its filter.
type Wanted struct {
	Customer  uuid.UUID // of whom; Nil: of all
	Dismissed bool      // dismissed ones too
}

// list reads a page of the pairs of which both are within the caller's territories.
func (s *Store) list(ctx context.Context, plan *listing.Plan, wanted Wanted) ([]listed, string, error) {
	where, args := listedWhere, []any{auth.From(ctx).Scope(), wanted.Dismissed}
	if wanted.Customer != uuid.Nil {
		where, args = where+" and (d.first_id = $3 or d.second_id = $3)", append(args, wanted.Customer)
	}
	query, args := plan.Query(listedColumns, listedFrom, where, args...)
	var rows []listed
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	return listing.Page(plan, rows)
}

const (
	insertDismissal = `insert into duplicate_dismissals (first_id, second_id, keys, reason, actor, dismiss_time) values ($1, $2, $3, $4, $5, $6)
	on conflict (first_id, second_id) do update set keys = excluded.keys, reason = excluded.reason, actor = excluded.actor, dismiss_time = excluded.dismiss_time`

	selectFindTime = `select find_time from duplicates where first_id = $1 and second_id = $2`
)

// dismiss says that two are not one and the same, by all that they have in common now.
func (s *Store) dismiss(ctx context.Context, one, other uuid.UUID, reason string) (out *listed, err error) {
	p := pair{one, other}
	if p.First.String() > p.Second.String() {
		p = pair{other, one}
	}
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		holding, err := aggregate.Hold(ctx, s.db, []uuid.UUID{p.First, p.Second})
		if err != nil {
			return err
		}
		for _, id := range []uuid.UUID{one, other} {
			if h := holding[id]; h == nil || h.Deleted {
				return aggregate.Explain(ctx, s.db, id)
			}
		}
		if out, err = s.note(ctx, p, reason); err != nil {
			return err
		}
		event, err := dismissedEvent(ctx, s.now(), p)
		if err != nil {
			return err
		}
		return aggregate.Record(ctx, s.db, holding, []history.Record{{Event: event}})
	})
	return out, err
}

func (s *Store) note(ctx context.Context, p pair, reason string) (*listed, error) {
	rules, err := s.rules(ctx)
	if err != nil {
		return nil, err
	}
	first, errFirst := s.facts(ctx, p.First)
	second, errSecond := s.facts(ctx, p.Second)
	if err := errors.Join(errFirst, errSecond); err != nil {
		return nil, err
	}
	a, b := first.keys(), second.keys()
	common := Common(a, b)
	if len(common) == 0 {
		return nil, fault.New(codes.FailedPrecondition, "NOTHING_IN_COMMON", fault.Text{
			En: "nothing says that the two are the same, so there is nothing to dismiss", Zh: "两个客户没有任何相同信息，无需排除",
		})
	}
	now, actor := s.now(), auth.From(ctx).Subject
	if _, err := s.db.Exec(ctx, insertDismissal, p.First, p.Second, numbers(common), reason, actor, now); err != nil {
		return nil, err
	}
	m := rules.Compare(a, b, Nothing)
	out := &listed{pair: p, FirstName: first.DisplayName, SecondName: second.DisplayName, Score: m.Score, Different: m.Different, FindTime: now}
	for _, r := range m.Reasons {
		out.Reasons = append(out.Reasons, int32(r))
	}
	out.Reason.String, out.Actor.String, out.Time.Time = reason, actor, now
	out.Reason.Valid, out.Actor.Valid, out.Time.Valid, out.Holds = true, true, true, true
	if err := s.db.Get(ctx, &out.FindTime, selectFindTime, p.First, p.Second); err != nil && !errors.Is(err, postgres.ErrNoRows) {
		return nil, err
	}
	return out, nil
}
