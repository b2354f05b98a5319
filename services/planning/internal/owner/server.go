package owner

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// Server serves OwnerService.
type Server struct {
	planningv1.UnimplementedOwnerServiceServer
	store   *Store
	numbers *settings.Store
	list    *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, numbers *settings.Store) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource: &planningv1.Owner{}, Key: "o.owner", KeyType: "text", DefaultOrder: "subject",
		Fields: []listing.Field{
			{Path: "subject", Column: "o.owner", Kind: listing.String, Sortable: true},
			{Path: "calendar", Column: "o.calendar", Kind: listing.String},
			{Path: "time_zone", Column: "o.time_zone", Kind: listing.String},
			{Path: "daily_minutes", Column: "o.daily_minutes", Kind: listing.Int},
			{Path: "calendar_link_time", Column: "case when o.feed_digest is not null then o.feed_time end", Kind: listing.Timestamp},
			{Path: "create_time", Column: "o.create_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "update_time", Column: "o.update_time", Kind: listing.Timestamp},
		},
	}, pages)
	return &Server{store: NewStore(db, now), numbers: numbers, list: list}, err
}

// GetOwner implements OwnerService.
func (s *Server) GetOwner(ctx context.Context, r *planningv1.GetOwnerRequest) (*planningv1.Owner, error) {
	subject, err := named(ctx, "name", r.GetName(), Permit)
	if err != nil {
		return nil, err
	}
	return answer(s.store.Get(ctx, subject))
}

// named reads the subject of a name in the field of a request, if the caller may.
func named(ctx context.Context, field, name string, permit func(auth.Principal, string) error) (string, error) {
	subject, err := ParseName(field, name)
	if err != nil {
		return "", err
	}
	return subject, permit(auth.From(ctx), subject)
}

func answer(o *Owner, err error) (*planningv1.Owner, error) {
	if err != nil {
		return nil, err
	}
	return o.toProto(), nil
}

// ListOwners implements OwnerService.
func (s *Server) ListOwners(ctx context.Context, r *planningv1.ListOwnersRequest) (*planningv1.ListOwnersResponse, error) {
	caller := auth.From(ctx)
	only := ""
	if !Oversees(caller) {
		only = caller.Subject
	}
	plan, err := s.list.PlanFor(ctx, planningv1.OwnerService_ListOwners_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan, only)
	if err != nil {
		return nil, err
	}
	out := &planningv1.ListOwnersResponse{NextPageToken: next}
	for _, o := range found {
		out.Owners = append(out.Owners, o.toProto())
	}
	return out, nil
}

// UpdateOwner implements OwnerService.
func (s *Server) UpdateOwner(ctx context.Context, r *planningv1.UpdateOwnerRequest) (*planningv1.Owner, error) {
	subject, err := named(ctx, "owner.name", r.GetOwner().GetName(), Permit)
	if err != nil {
		return nil, err
	}
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	return answer(s.store.change(ctx, subject, func(ctx context.Context, o *Owner) error {
		if err := etag.Check(r.GetOwner().GetEtag(), o.Revision, Name(subject)); err != nil {
			return err
		}
		before := o.toProto()
		wished := proto.CloneOf(before)
		if err := mask.Apply("owner", wished, r.GetOwner(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return err
		}
		after, err := fromProto(subject, wished)
		if err != nil {
			return fault.Prefix(err, "owner")
		}
		if wrong := after.Check(numbers); len(wrong) > 0 {
			return fault.Prefix(fault.Invalid(wrong...), "owner")
		}
		after.Absences = Join(after.Absences)
		if after.same(o) {
			return nil
		}
		return s.store.set(ctx, after)
	}))
}

// IssueCalendarLink implements OwnerService.
func (s *Server) IssueCalendarLink(ctx context.Context, r *planningv1.IssueCalendarLinkRequest) (*planningv1.IssueCalendarLinkResponse, error) {
	subject, err := named(ctx, "name", r.GetName(), permitLink)
	if err != nil {
		return nil, err
	}
	secret, err := s.store.Issue(ctx, subject)
	if err != nil {
		return nil, err
	}
	return &planningv1.IssueCalendarLinkResponse{Path: "/calendars/" + secret + ".ics", Secret: secret}, nil
}

// RevokeCalendarLink implements OwnerService.
func (s *Server) RevokeCalendarLink(ctx context.Context, r *planningv1.RevokeCalendarLinkRequest) (*planningv1.Owner, error) {
	subject, err := named(ctx, "name", r.GetName(), Permit)
	if err != nil {
		return nil, err
	}
	return answer(s.store.Revoke(ctx, subject))
}
