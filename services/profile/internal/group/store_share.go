package group

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/person"
)

const (
	// oneGroup is whether something is above both of two companies, or is one of them. What of it the caller may see does not matter.
	oneGroup = `with recursive up (start, customer_id) as (
			select c, c from unnest(array[cast($1 as uuid), cast($2 as uuid)]) as c
			union select u.start, s.customer_id from up u join subsidiaries s on s.child_id = u.customer_id
		) select exists (select from up a join up b using (customer_id) where a.start = $1 and b.start = $2)`

	columns = `customer_id, person_id, shared_customer_id, position, department, author, create_time`

	selectShare = `select ` + columns + ` from person_shares where customer_id = $1 and person_id = $2 and shared_customer_id = $3`

	putShare = `insert into person_shares (` + columns + `)
	values (:customer_id, :person_id, :shared_customer_id, :position, :department, :author, :create_time)
	on conflict (customer_id, person_id, shared_customer_id) do update set position = excluded.position, department = excluded.department`

	dropShare = `delete from person_shares where customer_id = $1 and person_id = $2 and shared_customer_id = $3 returning ` + columns
)

// Share makes a person known at another company, or changes what he is there, and fills in what is stored of it then.
func (s *Store) Share(ctx context.Context, share *Share) error {
	if share.With == share.CustomerID {
		return fault.Invalid(fault.Field("customer", "SAME_CUSTOMER", fault.Text{En: "is the person's own company", Zh: "是该人员自己所在的单位"}))
	}
	return s.db.InTx(ctx, func(ctx context.Context) error {
		held, err := aggregate.Hold(ctx, s.db, []uuid.UUID{share.CustomerID, share.With})
		if err != nil {
			return err
		}
		for _, id := range []uuid.UUID{share.CustomerID, share.With} {
			if h := held[id]; h == nil || h.Deleted {
				return aggregate.Explain(ctx, s.db, id)
			}
		}
		record, differs, err := s.share(ctx, share)
		if err != nil || !differs {
			return err
		}
		return aggregate.Record(ctx, s.db, held, []history.Record{record})
	})
}

func (s *Store) share(ctx context.Context, share *Share) (record history.Record, differs bool, err error) {
	if share.Person, err = s.person(ctx, share.CustomerID, share.PersonID); err != nil {
		return record, false, err
	}
	var related bool
	if err := s.db.Get(ctx, &related, oneGroup, share.CustomerID, share.With); err != nil {
		return record, false, err
	}
	if !related {
		return record, false, fault.Invalid(fault.Field("customer", "GROUP", fault.Text{
			En: "is not of the same group as the person's company", Zh: "与该人员所在单位不属于同一集团",
		}))
	}
	share.Author, share.CreateTime = auth.From(ctx).Subject, s.now()
	var before Share
	switch err := s.db.Get(ctx, &before, selectShare, share.CustomerID, share.PersonID, share.With); {
	case err == nil:
		share.Author, share.CreateTime = before.Author, before.CreateTime
		if before.Position == share.Position && before.Department == share.Department {
			return record, false, nil
		}
		record, err = shared(ctx, s.now(), &before, share)
		if err != nil {
			return record, false, err
		}
	case errors.Is(err, postgres.ErrNoRows):
		if record, err = shared(ctx, s.now(), nil, share); err != nil {
			return record, false, err
		}
	default:
		return record, false, err
	}
	_, err = s.db.NamedExec(ctx, putShare, share)
	return record, true, err
}

// person reads somebody whom everybody may see who may share people.
func (s *Store) person(ctx context.Context, customerID, id uuid.UUID) (*person.Person, error) {
	found, err := s.people.Load(ctx, []uuid.UUID{customerID}, []uuid.UUID{id})
	if err != nil {
		return nil, err
	}
	if found[id] == nil {
		return nil, resource.Missing(ctx, person.Name(customerID, id), typev1.Level_MANAGER)
	}
	return found[id], nil
}

// Unshare takes a share back.
func (s *Store) Unshare(ctx context.Context, share *Share) error {
	return aggregate.Change(ctx, s.db, share.CustomerID, func(ctx context.Context) ([]history.Record, error) {
		var before Share
		err := s.db.Get(ctx, &before, dropShare, share.CustomerID, share.PersonID, share.With)
		if errors.Is(err, postgres.ErrNoRows) {
			return nil, fault.New(codes.NotFound, "NOT_SHARED", fault.Text{
				En: person.Name(share.CustomerID, share.PersonID) + " is not shared with " + aggregate.Name(share.With),
				Zh: person.Name(share.CustomerID, share.PersonID) + " 未与 " + aggregate.Name(share.With) + " 共享",
			})
		}
		if err != nil {
			return nil, err
		}
		record, err := unshared(ctx, s.now(), &before)
		return []history.Record{record}, err
	})
}

// Shared reads a page of the people whom others share with a company within the caller's territories.
func (s *Store) Shared(ctx context.Context, plan *listing.Plan, with uuid.UUID) ([]*Share, string, error) {
	caller := auth.From(ctx)
	query, args := plan.Query("h.customer_id, h.person_id, h.shared_customer_id, h.position, h.department, h.author, h.create_time",
		"person_shares h join customers w on w.customer_id = h.shared_customer_id join customers c on c.customer_id = h.customer_id join people p on p.customer_id = h.customer_id and p.person_id = h.person_id",
		"guanxi_covers(w.territory, $1) and (not p.senior or $2 >= 2) and h.shared_customer_id = $3 and c.delete_time is null",
		caller.Scope(), int32(caller.Level), with)
	var rows []struct {
		Share
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	if err != nil {
		return nil, "", err
	}
	out := make([]*Share, 0, len(rows))
	customers, ids := make([]uuid.UUID, len(rows)), make([]uuid.UUID, len(rows))
	for i, r := range rows {
		customers[i], ids[i] = r.CustomerID, r.PersonID
	}
	people, err := s.people.Load(ctx, customers, ids)
	for i := range rows {
		if share := &rows[i].Share; people[share.PersonID] != nil { // not removed meanwhile
			share.Person = people[share.PersonID]
			out = append(out, share)
		}
	}
	return out, next, err
}
