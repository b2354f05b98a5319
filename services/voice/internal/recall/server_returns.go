package recall

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

func returnList(pages *page.Sealer) (*listing.List, error) {
	return listing.Compile(listing.Spec{
		Resource: &voicev1.RecallReturn{}, Key: "t.return_id", DefaultOrder: "create_time",
		Fields: []listing.Field{
			{Path: "customer", Column: "'customers/' || t.customer_id", Kind: listing.String},
			{Path: "author", Column: "t.author", Kind: listing.String},
			{Path: "create_time", Column: "t.create_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
}

// allItems stands for the items of a recall.
const allItems = "items/-"

// parseItems reads the name of an item, or of all items of a recall, of which there is then none.
func parseItems(field, name string) (id uuid.UUID, item uuid.NullUUID, err error) {
	if strings.HasSuffix(name, "/"+allItems) {
		ids, err := resource.ParseSingleton(field, name, allItems, "recalls")
		if err != nil {
			return id, item, err
		}
		return ids[0], item, nil
	}
	ids, err := resource.Parse(field, name, "recalls", "items")
	if err != nil {
		return id, item, err
	}
	return ids[0], uuid.NullUUID{UUID: ids[1], Valid: true}, nil
}

// ListRecallReturns implements RecallService.
func (s *Server) ListRecallReturns(ctx context.Context, r *voicev1.ListRecallReturnsRequest) (*voicev1.ListRecallReturnsResponse, error) {
	id, item, err := parseItems("parent", r.GetParent())
	if err != nil {
		return nil, err
	}
	plan, err := s.returns.PlanFor(ctx, voicev1.RecallService_ListRecallReturns_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.Returns(ctx, plan, id, item)
	if err != nil {
		return nil, err
	}
	out := &voicev1.ListRecallReturnsResponse{NextPageToken: next}
	for _, b := range rows {
		out.Returns = append(out.Returns, b.toProto())
	}
	return out, nil
}
