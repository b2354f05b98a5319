package insight

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// mostInsights is how many a page has at most: each can have 4,000 characters.
const mostInsights = 500

// Server serves InsightService.
type Server struct {
	profilev1.UnimplementedInsightServiceServer
	db    *postgres.DB
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource: &profilev1.Insight{}, Key: "i.insight_id", DefaultOrder: "date desc",
		Fields: []listing.Field{
			{Path: "date", Column: "i.insight_date", Kind: listing.Date, Sortable: true},
			{Path: "source_kind", Column: "i.source_kind", Kind: listing.Enum, Values: values(profilev1.Insight_SourceKind_name)},
			{Path: "reliability", Column: "i.reliability", Kind: listing.Enum, Values: values(profilev1.Insight_Reliability_name)},
			{Path: "source", Column: "i.source", Kind: listing.String},
			{Path: "title", Column: "i.title", Kind: listing.String, Sortable: true},
			{Path: "sections", Column: "i.sections", Kind: listing.StringArray},
			{Path: "tags", Column: "i.tags", Kind: listing.StringArray},
			{Path: "author", Column: "i.author", Kind: listing.String},
			{Path: "create_time", Column: "i.create_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "update_time", Column: "i.update_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	return &Server{db: db, store: NewStore(db, now), list: list}, err
}

// values are the names that a filter can use.
func values(names map[int32]string) map[string]any {
	out := map[string]any{}
	for number, name := range names {
		if number != 0 {
			out[name] = int64(number)
		}
	}
	return out
}

// CreateInsight implements InsightService.
func (s *Server) CreateInsight(ctx context.Context, r *profilev1.CreateInsightRequest) (*profilev1.Insight, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	if err := aggregate.Visible(ctx, s.db, ids[0]); err != nil { // before anything is said about the insight
		return nil, err
	}
	i := &Insight{Customer: ids[0]}
	if err := i.set(r.GetInsight()); err != nil {
		return nil, fault.Prefix(err, "insight")
	}
	if err := s.store.Create(ctx, i); err != nil {
		return nil, err
	}
	return i.toProto(), nil
}

// GetInsight implements InsightService.
func (s *Server) GetInsight(ctx context.Context, r *profilev1.GetInsightRequest) (*profilev1.Insight, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers", "insights")
	if err != nil {
		return nil, err
	}
	i, err := s.store.Get(ctx, ids[0], ids[1])
	if err != nil {
		return nil, err
	}
	return i.toProto(), nil
}

// ListInsights implements InsightService.
func (s *Server) ListInsights(ctx context.Context, r *profilev1.ListInsightsRequest) (*profilev1.ListInsightsResponse, error) {
	id, err := resource.ParseAny("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	r.PageSize = min(r.GetPageSize(), mostInsights)
	plan, err := s.list.PlanFor(ctx, profilev1.InsightService_ListInsights_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	if id != resource.Any {
		if err := aggregate.Visible(ctx, s.db, id); err != nil {
			return nil, err
		}
	}
	found, next, err := s.store.List(ctx, plan, id)
	if err != nil {
		return nil, err
	}
	out := &profilev1.ListInsightsResponse{NextPageToken: next, Insights: make([]*profilev1.Insight, len(found))}
	for n, i := range found {
		out.Insights[n] = i.toProto()
	}
	return out, nil
}

// UpdateInsight implements InsightService.
func (s *Server) UpdateInsight(ctx context.Context, r *profilev1.UpdateInsightRequest) (*profilev1.Insight, error) {
	ids, err := resource.Parse("insight.name", r.GetInsight().GetName(), "customers", "insights")
	if err != nil {
		return nil, err
	}
	i, err := s.store.Update(ctx, ids[0], ids[1], r.GetInsight().GetEtag(), func(i *Insight) error {
		state := i.toProto()
		if err := mask.Apply("insight", state, r.GetInsight(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return err
		}
		return fault.Prefix(i.set(state), "insight")
	})
	if err != nil {
		return nil, err
	}
	return i.toProto(), nil
}

// DeleteInsight implements InsightService.
func (s *Server) DeleteInsight(ctx context.Context, r *profilev1.DeleteInsightRequest) (*profilev1.DeleteInsightResponse, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers", "insights")
	if err != nil {
		return nil, err
	}
	if err := s.store.Delete(ctx, ids[0], ids[1], r.GetEtag()); err != nil {
		return nil, err
	}
	return &profilev1.DeleteInsightResponse{}, nil
}
