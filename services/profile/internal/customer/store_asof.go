package customer

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/alias"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// numbered is a customer with the number of the last change that its state has in it.
type numbered struct {
	row
	Sequence int64 `db:"sequence"`
}

const selectNumbered = `select ` + columns + `, sequence from customers where customer_id = $1 and guanxi_covers(territory, $2)`

// The customer's own changes among all that happened to it. Clocks of different machines may be a little apart, so the numbers are the order, and the newest number of the
// time counts.
const (
	newestUntil = `select version, change_time from changes
		where aggregate_id = $1 and resource = $2 and change_time <= $3 and version <= $4 order by version desc limit 1`
	changesSince = `select version, action, change_time, fields from changes
		where aggregate_id = $1 and resource = $2 and version > $3 and version <= $4 order by version desc limit 200`
	deletedUntil = `select change_time, action from changes
		where aggregate_id = $1 and resource = $2 and action in (3, 5) and version <= $3 order by version desc limit 1`
)

// past is what is known of a customer on the way back.
type past struct {
	*profilev1.Customer
	id        uuid.UUID
	revision  int64
	undeleted bool // its deletion, or merge, was taken back on the way, so what was known of it must be looked up
}

// AsOf reads a customer as it was known at an instant. Called by the name of a customer that was merged into this one later, it is that one: they were two then.
func (s *Store) AsOf(ctx context.Context, id uuid.UUID, at time.Time) (*profilev1.Customer, error) {
	if old := alias.Via(ctx, id); old.Valid {
		c, err := s.asOf(ctx, old.UUID, at)
		if err == nil && c.GetDeleteTime() == nil {
			return c, nil
		}
	}
	return s.asOf(ctx, id, at)
}

// asOf takes back what has changed since. It is as much work as there were changes.
func (s *Store) asOf(ctx context.Context, id uuid.UUID, at time.Time) (*profilev1.Customer, error) {
	if at.After(s.now()) {
		return nil, fault.Invalid(fault.Field("as_of", "FUTURE", fault.Text{En: "is still to come", Zh: "不得晚于当前时间"}))
	}
	var r numbered
	err := s.db.Get(ctx, &r, selectNumbered, id, auth.From(ctx).Scope())
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, aggregate.Name(id), typev1.Level_BASIC)
	}
	if err != nil {
		return nil, err
	}
	c := r.customer()
	var then struct {
		Version int64     `db:"version"`
		Time    time.Time `db:"change_time"`
	}
	err = s.db.Get(ctx, &then, newestUntil, id, aggregate.Name(id), at, r.Sequence)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, fault.New(codes.NotFound, "NOT_YET", fault.Text{En: aggregate.Name(id) + " was not known then", Zh: aggregate.Name(id) + " 当时尚不存在"})
	}
	if err != nil {
		return nil, err
	}
	p := &past{Customer: ToProto(c), id: id, revision: c.Revision}
	if err := s.back(ctx, p, then.Version, r.Sequence); err != nil {
		return nil, err
	}
	p.UpdateTime, p.Etag = timestamppb.New(then.Time), etag.Of(p.revision)
	if p.undeleted {
		err = s.deletion(ctx, p, then.Version)
	}
	return p.Customer, err
}

// back takes the changes from number until down to number after back, some at a time.
func (s *Store) back(ctx context.Context, p *past, after, until int64) error {
	for until > after {
		var rows []struct {
			Version int64                          `db:"version"`
			Action  history.Action                 `db:"action"`
			Time    time.Time                      `db:"change_time"`
			Fields  postgres.JSON[[]history.Field] `db:"fields"`
		}
		if err := s.db.Select(ctx, &rows, changesSince, p.id, aggregate.Name(p.id), after, until); err != nil {
			return err
		}
		if len(rows) == 0 {
			return nil
		}
		for _, r := range rows {
			if err := p.revert(r.Action, r.Fields.V); err != nil {
				return err
			}
		}
		until = rows[len(rows)-1].Version - 1
	}
	return nil
}

func (p *past) revert(action history.Action, fields []history.Field) error {
	p.revision--
	switch action {
	case history.Deleted, history.Merged:
		p.DeleteTime, p.PurgeTime, p.undeleted = nil, nil, false
	case history.Undeleted, history.Unmerged:
		p.undeleted = true
	default:
	}
	return history.Revert(p.Customer, fields)
}

// deletion looks up when a customer was deleted whose deletion was taken back later, and when it was to be removed.
func (s *Store) deletion(ctx context.Context, p *past, until int64) error {
	var deleted struct {
		Time   time.Time      `db:"change_time"`
		Action history.Action `db:"action"`
	}
	if err := s.db.Get(ctx, &deleted, deletedUntil, p.id, aggregate.Name(p.id), until); err != nil {
		return err
	}
	p.DeleteTime = timestamppb.New(deleted.Time)
	if deleted.Action == history.Merged { // it was to stay
		return nil
	}
	numbers, err := s.settings.At(ctx, deleted.Time)
	if err != nil {
		return err
	}
	p.PurgeTime = timestamppb.New(deleted.Time.AddDate(0, 0, int(numbers.GetDeletedCustomerDays())))
	return nil
}
