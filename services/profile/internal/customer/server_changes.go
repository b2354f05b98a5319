package customer

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// newChangeList orders a customer's history, newest first.
func newChangeList(pages *page.Sealer) (*listing.List, error) {
	return listing.Compile(listing.Spec{
		Resource:     &profilev1.Change{},
		Key:          "aggregate_id",
		Fields:       []listing.Field{{Path: "sequence", Column: "version", Kind: listing.Int, Sortable: true}},
		DefaultOrder: "sequence desc",
	}, pages)
}

// ListCustomerChanges implements CustomerService.
func (s *Server) ListCustomerChanges(ctx context.Context, r *profilev1.ListCustomerChangesRequest) (*profilev1.ListCustomerChangesResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	plan, err := s.changes.PlanFor(ctx, profilev1.CustomerService_ListCustomerChanges_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.changes(ctx, ids[0], plan)
	if err != nil {
		return nil, err
	}
	if err := openChanges(ctx, s.box, rows); err != nil {
		return nil, err
	}
	out := &profilev1.ListCustomerChangesResponse{NextPageToken: next}
	for _, row := range rows {
		out.Changes = append(out.Changes, row.toProto())
	}
	return out, nil
}

// toProto leaves the fields above the caller's level to the filter that every answer goes through: each carries its level.
func (r changeRow) toProto() *profilev1.Change {
	p := &profilev1.Change{
		Sequence: r.Version, Resource: r.Resource, Action: profilev1.Change_Action(r.Action), Actor: r.Actor, Cause: r.Cause,
		ChangeTime: timestamppb.New(r.Time), Level: r.Level,
	}
	for _, f := range r.Fields {
		p.Fields = append(p.Fields, &profilev1.FieldChange{Field: f.Path, From: f.From, To: f.To, Level: f.Level})
	}
	return p
}
