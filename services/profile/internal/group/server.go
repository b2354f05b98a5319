package group

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	pbmoney "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/money"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/seal"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/person"
)

// Server serves CustomerGroupService.
type Server struct {
	profilev1.UnimplementedCustomerGroupServiceServer
	db      *postgres.DB
	now     func() time.Time
	store   *Store
	members *listing.List
	shared  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, keys *seal.Keys) (*Server, error) {
	members, errMembers := listing.Compile(listing.Spec{Resource: &profilev1.GroupMember{}, Key: place, KeyType: "text"}, pages)
	shared, errShared := listing.Compile(listing.Spec{Resource: &profilev1.SharedPerson{}, Key: "h.person_id"}, pages)
	return &Server{db: db, now: now, store: NewStore(db, now, person.NewStore(db, now, keys)), members: members, shared: shared}, errors.Join(errMembers, errShared)
}

// GetGroup implements CustomerGroupService.
func (s *Server) GetGroup(ctx context.Context, r *profilev1.GetGroupRequest) (*profilev1.Group, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers")
	if err != nil {
		return nil, err
	}
	if err := aggregate.Visible(ctx, s.db, ids[0]); err != nil {
		return nil, err
	}
	span, err := newSpan(r.GetStartMonth(), r.GetEndMonth(), s.now())
	if err != nil {
		return nil, err
	}
	out := &profilev1.Group{Name: aggregate.Name(ids[0]), StartMonth: span.Start.Format(monthLayout), EndMonth: span.End.Format(monthLayout)}
	above, err := s.store.Above(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	for _, id := range above {
		out.Ancestors = append(out.Ancestors, aggregate.Name(id))
	}
	members, sums, err := s.store.Sum(ctx, ids[0], span)
	if err != nil {
		return nil, err
	}
	out.MemberCount = members
	out.Totals, err = toProto(sums)
	return out, err
}

// ListGroupMembers implements CustomerGroupService.
func (s *Server) ListGroupMembers(ctx context.Context, r *profilev1.ListGroupMembersRequest) (*profilev1.ListGroupMembersResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	if err := aggregate.Visible(ctx, s.db, ids[0]); err != nil {
		return nil, err
	}
	span, err := newSpan(r.GetStartMonth(), r.GetEndMonth(), s.now())
	if err != nil {
		return nil, err
	}
	extra := page.Binding(r.GetStartMonth(), r.GetEndMonth())
	plan, err := s.members.PlanFor(ctx, profilev1.CustomerGroupService_ListGroupMembers_FullMethodName, r, extra)
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan, ids[0], span)
	if err != nil {
		return nil, err
	}
	out := &profilev1.ListGroupMembersResponse{NextPageToken: next, Members: make([]*profilev1.GroupMember, len(found))}
	for i, m := range found {
		if out.Members[i], err = m.toProto(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (m *Member) toProto() (*profilev1.GroupMember, error) {
	out := &profilev1.GroupMember{Customer: aggregate.Name(m.ID), DisplayName: m.DisplayName, Depth: m.Depth}
	if m.Parent.Valid {
		out.Parent = aggregate.Name(m.Parent.UUID)
	}
	var err error
	if out.OwnTotals, err = toProto(m.Own); err != nil {
		return nil, err
	}
	out.Totals, err = toProto(m.Totals)
	return out, err
}

func toProto(sums []Sales) ([]*profilev1.SalesTotal, error) {
	var out []*profilev1.SalesTotal
	for _, sum := range sums {
		total := &profilev1.SalesTotal{OrderCount: sum.Orders, CustomerCount: sum.Customers}
		var err error
		write := func(to **pbmoney.Money, m money.Money, known bool) {
			if known && err == nil {
				*to, err = m.ToProto()
			}
		}
		write(&total.Amount, money.Money{Amount: sum.Amount, Currency: sum.Currency}, true)
		write(&total.GrossProfit, money.Money{Amount: sum.GrossProfit.Decimal, Currency: sum.Currency}, sum.GrossProfit.Valid)
		write(&total.NetProfit, money.Money{Amount: sum.NetProfit.Decimal, Currency: sum.Currency}, sum.NetProfit.Valid)
		if err != nil {
			return nil, err
		}
		out = append(out, total)
	}
	return out, nil
}

// named reads which person and which other company a request is about.
func named(name, customer string) (*Share, error) {
	ids, err := resource.Parse("name", name, "customers", "people")
	if err != nil {
		return nil, err
	}
	with, err := resource.Parse("customer", customer, "customers")
	if err != nil {
		return nil, err
	}
	return &Share{CustomerID: ids[0], PersonID: ids[1], With: with[0]}, nil
}

// SharePerson implements CustomerGroupService.
func (s *Server) SharePerson(ctx context.Context, r *profilev1.SharePersonRequest) (*profilev1.SharedPerson, error) {
	share, err := named(r.GetName(), r.GetCustomer())
	if err != nil {
		return nil, err
	}
	share.Position, share.Department = r.GetPosition(), r.GetDepartment()
	if err := s.store.Share(ctx, share); err != nil {
		return nil, err
	}
	return share.toProto(), nil
}

// UnsharePerson implements CustomerGroupService.
func (s *Server) UnsharePerson(ctx context.Context, r *profilev1.UnsharePersonRequest) (*profilev1.UnsharePersonResponse, error) {
	share, err := named(r.GetName(), r.GetCustomer())
	if err != nil {
		return nil, err
	}
	if err := s.store.Unshare(ctx, share); err != nil {
		return nil, err
	}
	return &profilev1.UnsharePersonResponse{}, nil
}

// ListSharedPeople implements CustomerGroupService.
func (s *Server) ListSharedPeople(ctx context.Context, r *profilev1.ListSharedPeopleRequest) (*profilev1.ListSharedPeopleResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	plan, err := s.shared.PlanFor(ctx, profilev1.CustomerGroupService_ListSharedPeople_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.Shared(ctx, plan, ids[0])
	if err != nil {
		return nil, err
	}
	out := &profilev1.ListSharedPeopleResponse{NextPageToken: next, SharedPeople: make([]*profilev1.SharedPerson, len(found))}
	for i, share := range found {
		out.SharedPeople[i] = share.toProto()
	}
	return out, nil
}

// toProto leaves out whom the person reports to: that is of another company, and may be above the caller's level.
func (s *Share) toProto() *profilev1.SharedPerson {
	p := *s.Person
	p.ReportsTo = uuid.NullUUID{}
	return &profilev1.SharedPerson{
		Customer: aggregate.Name(s.With), Position: s.Position, Department: s.Department, Person: person.ToProto(&p), CreateTime: timestamppb.New(s.CreateTime),
	}
}
