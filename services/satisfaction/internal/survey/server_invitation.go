package survey

import (
	"cmp"
	"context"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/resource"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// InvitationServer serves InvitationService.
type InvitationServer struct {
	satisfactionv1.UnimplementedInvitationServiceServer
	store *Store
	list  *listing.List
}

// NewInvitationServer makes the server.
func NewInvitationServer(store *Store, pages *page.Sealer) (*InvitationServer, error) {
	list, err := listing.Compile(listing.Spec{
		Resource: &satisfactionv1.Invitation{}, Key: "invitation_id", DefaultOrder: "create_time desc",
		Fields: []listing.Field{ // nothing that tells who has answered
			{Path: "customer", Column: "'customers/' || customer_id", Kind: listing.String},
			{Path: "stratum", Column: "stratum", Kind: listing.Int},
			{Path: "cleared", Column: "cleared", Kind: listing.Bool},
			{Path: "refusal", Column: "refusal", Kind: listing.String},
			{Path: "issue_time", Column: "issue_time", Kind: listing.Timestamp},
			{Path: "create_time", Column: "create_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	return &InvitationServer{store: store, list: list}, err
}

// usualPage is how many links are given out when it is not said.
const usualPage = 100

// IssueInvitations implements InvitationService.
func (s *InvitationServer) IssueInvitations(ctx context.Context, r *satisfactionv1.IssueInvitationsRequest) (*satisfactionv1.IssueInvitationsResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), collection)
	if err != nil {
		return nil, err
	}
	links, waiting, err := s.store.Issue(ctx, ids[0], cmp.Or(r.GetPageSize(), usualPage))
	if err != nil {
		return nil, err
	}
	out := &satisfactionv1.IssueInvitationsResponse{Waiting: waiting}
	for i := range links {
		out.Links = append(out.Links, &satisfactionv1.InvitationLink{Invitation: links[i].Name(), Customer: aggregate.Name(links[i].Customer), Secret: links[i].Secret})
	}
	return out, nil
}

// ListInvitations implements InvitationService.
func (s *InvitationServer) ListInvitations(ctx context.Context, r *satisfactionv1.ListInvitationsRequest) (*satisfactionv1.ListInvitationsResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), collection)
	if err != nil {
		return nil, err
	}
	plan, err := s.list.PlanFor(ctx, satisfactionv1.InvitationService_ListInvitations_FullMethodName, r, r.GetParent())
	if err != nil {
		return nil, err
	}
	x, err := s.store.Get(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.Invitations(ctx, plan, ids[0])
	if err != nil {
		return nil, err
	}
	out := &satisfactionv1.ListInvitationsResponse{NextPageToken: next}
	for _, i := range found {
		out.Invitations = append(out.Invitations, i.toProto(x, s.store.now()))
	}
	return out, nil
}

// RevokeInvitation implements InvitationService.
func (s *InvitationServer) RevokeInvitation(ctx context.Context, r *satisfactionv1.RevokeInvitationRequest) (*satisfactionv1.Invitation, error) {
	ids, err := resource.Parse("name", r.GetName(), collection, "invitations")
	if err != nil {
		return nil, err
	}
	i, x, err := s.store.Revoke(ctx, ids[0], ids[1])
	if err != nil {
		return nil, err
	}
	return i.toProto(x, s.store.now()), nil
}
