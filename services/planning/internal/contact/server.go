package contact

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// Server serves ContactService.
type Server struct {
	planningv1.UnimplementedContactServiceServer
	store *Store
	list  *listing.List
	now   func() time.Time
}

// NewServer makes the server.
func NewServer(store *Store, pages *page.Sealer) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource: &planningv1.Contact{}, Key: "t.contact_id", DefaultOrder: "day",
		Fields: []listing.Field{
			{Path: "owner", Column: "t.owner", Kind: listing.String},
			{Path: "activity", Column: "t.activity", Kind: listing.Enum, Values: values(planningv1.Activity_value)},
			{Path: "role", Column: "t.role", Kind: listing.Enum, Values: values(planningv1.Role_value)},
			{Path: "origin", Column: "t.origin", Kind: listing.Enum, Values: values(planningv1.Contact_Origin_value)},
			{Path: "source", Column: "t.source", Kind: listing.String},
			{Path: "window_start_date", Column: "t.window_start", Kind: listing.Date},
			{Path: "window_end_date", Column: "t.window_end", Kind: listing.Date},
			{Path: "day", Column: "coalesce(t.day, t.window_start)", Kind: listing.Date, Sortable: true},
			{Path: "minutes", Column: "t.minutes", Kind: listing.Int},
			{Path: "state", Column: "t.state", Kind: listing.Enum, Values: values(planningv1.Contact_State_value)},
			{Path: "pinned", Column: "t.pinned", Kind: listing.Bool},
			{Path: "obstacle", Column: "t.obstacle", Kind: listing.Enum, Values: values(planningv1.Contact_Obstacle_value)},
			{Path: "create_time", Column: "t.create_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "done_time", Column: "t.done_time", Kind: listing.Timestamp},
		},
	}, pages)
	return &Server{store: store, list: list, now: store.now}, err
}

func values(of map[string]int32) map[string]any {
	out := make(map[string]any, len(of))
	for name, number := range of {
		out[name] = int(number)
	}
	return out
}

func parse(name string) (uuid.UUID, error) {
	ids, err := resource.Parse("name", name, "contacts")
	if err != nil {
		return uuid.Nil, err
	}
	return ids[0], nil
}

// answer is what the caller may see of a contact.
func answer(ctx context.Context, c *Contact, err error) (*planningv1.Contact, error) {
	if err != nil {
		return nil, err
	}
	return c.toProto(manager(ctx)), nil
}

// GetContact implements ContactService.
func (s *Server) GetContact(ctx context.Context, r *planningv1.GetContactRequest) (*planningv1.Contact, error) {
	id, err := parse(r.GetName())
	if err != nil {
		return nil, err
	}
	c, err := s.store.Get(ctx, id)
	return answer(ctx, c, err)
}

// ListContacts implements ContactService.
func (s *Server) ListContacts(ctx context.Context, r *planningv1.ListContactsRequest) (*planningv1.ListContactsResponse, error) {
	customer := uuid.Nil
	if r.GetCustomer() != "" {
		ids, err := resource.Parse("customer", r.GetCustomer(), "customers")
		if err != nil {
			return nil, err
		}
		customer = ids[0]
	}
	caller := auth.From(ctx)
	plan, err := s.list.Plan(ctx, listing.Request{
		Method: planningv1.ContactService_ListContacts_FullMethodName, Parent: r.GetCustomer(), Filter: r.GetFilter(), OrderBy: r.GetOrderBy(), PageSize: r.GetPageSize(),
		PageToken: r.GetPageToken(), Level: caller.Level, Caller: caller.Subject,
	})
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan, customer)
	if err != nil {
		return nil, err
	}
	out := &planningv1.ListContactsResponse{NextPageToken: next}
	for _, c := range found {
		out.Contacts = append(out.Contacts, c.toProto(manager(ctx)))
	}
	return out, nil
}

// MoveContact implements ContactService.
func (s *Server) MoveContact(ctx context.Context, r *planningv1.MoveContactRequest) (*planningv1.Contact, error) {
	id, err := parse(r.GetName())
	if err != nil {
		return nil, err
	}
	to := move{Reason: r.GetReason(), Force: r.GetForce()}
	if to.Day, err = civil.FromProto("day", r.GetDay()); err != nil {
		return nil, err
	}
	if r.GetStartTime() != nil {
		start := r.GetStartTime().AsTime()
		to.Start = &start
	}
	c, err := s.store.Move(ctx, id, r.GetEtag(), to)
	return answer(ctx, c, err)
}

// CompleteContact implements ContactService.
func (s *Server) CompleteContact(ctx context.Context, r *planningv1.CompleteContactRequest) (*planningv1.Contact, error) {
	id, err := parse(r.GetName())
	if err != nil {
		return nil, err
	}
	done := completion{Responded: r.Responded, Minutes: r.Minutes, Time: s.now()} //nolint:protogetter // whether they are set matters
	if r.GetOutcome() != "" {
		done.Outcome = &r.Outcome //nolint:protogetter // its address
	}
	if r.GetDoneTime() != nil {
		if done.Time = r.GetDoneTime().AsTime(); done.Time.After(s.now()) {
			return nil, fault.Invalid(fault.Field("done_time", "FUTURE", fault.Text{En: "must not be in the future", Zh: "不得晚于当前时间"}))
		}
	}
	c, err := s.store.Complete(ctx, id, r.GetEtag(), done)
	return answer(ctx, c, err)
}

// CancelContact implements ContactService.
func (s *Server) CancelContact(ctx context.Context, r *planningv1.CancelContactRequest) (*planningv1.Contact, error) {
	id, err := parse(r.GetName())
	if err != nil {
		return nil, err
	}
	c, err := s.store.Cancel(ctx, id, r.GetEtag(), r.GetReason())
	return answer(ctx, c, err)
}
