package rebate

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// Server serves RebateService.
type Server struct {
	segmentationv1.UnimplementedRebateServiceServer
	db         *postgres.DB
	store      *Store
	numbers    *settings.Store
	now        func() time.Time
	agreements *listing.List
	postings   *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, numbers *settings.Store) (*Server, error) {
	agreements, postings, err := lists(pages)
	return &Server{db: db, store: NewStore(db, now), numbers: numbers, now: now, agreements: agreements, postings: postings}, err
}

// CreateRebateAgreement implements RebateService.
func (s *Server) CreateRebateAgreement(ctx context.Context, r *segmentationv1.CreateRebateAgreementRequest) (*segmentationv1.RebateAgreement, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	a, err := agreementOf(ids[0], r.GetRebateAgreement(), numbers.Currency)
	if err != nil {
		return nil, fault.Prefix(err, "rebate_agreement")
	}
	if wrong := a.Check(numbers.Currency); len(wrong) > 0 {
		return nil, fault.Prefix(fault.Invalid(wrong...), "rebate_agreement")
	}
	if err := s.store.Create(ctx, a); err != nil {
		return nil, err
	}
	return a.toProto()
}

// CancelRebateAgreement implements RebateService.
func (s *Server) CancelRebateAgreement(ctx context.Context, r *segmentationv1.CancelRebateAgreementRequest) (*segmentationv1.RebateAgreement, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers", "rebateAgreements")
	if err != nil {
		return nil, err
	}
	a, err := s.store.Cancel(ctx, ids[0], ids[1], r.GetReason())
	if err != nil {
		return nil, err
	}
	return a.toProto()
}

// ListRebateAgreements implements RebateService.
func (s *Server) ListRebateAgreements(ctx context.Context, r *segmentationv1.ListRebateAgreementsRequest) (*segmentationv1.ListRebateAgreementsResponse, error) {
	id, plan, err := s.plan(ctx, s.agreements, segmentationv1.RebateService_ListRebateAgreements_FullMethodName, r)
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.Agreements(ctx, plan, id)
	if err != nil {
		return nil, err
	}
	out := &segmentationv1.ListRebateAgreementsResponse{NextPageToken: next}
	out.RebateAgreements, err = each(found, (*Agreement).toProto)
	return out, err
}

// ListRebates implements RebateService.
func (s *Server) ListRebates(ctx context.Context, r *segmentationv1.ListRebatesRequest) (*segmentationv1.ListRebatesResponse, error) {
	id, plan, err := s.plan(ctx, s.postings, segmentationv1.RebateService_ListRebates_FullMethodName, r)
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.Postings(ctx, plan, id)
	if err != nil {
		return nil, err
	}
	out := &segmentationv1.ListRebatesResponse{NextPageToken: next}
	out.Rebates, err = each(found, (*Posting).toProto)
	return out, err
}

// listRequest is what both list requests have.
type listRequest interface {
	GetParent() string
	GetFilter() string
	GetPageSize() int32
	GetPageToken() string
}

// plan reads whose list is asked for and sees to it that the caller may have it.
func (s *Server) plan(ctx context.Context, list *listing.List, method string, r listRequest) (uuid.UUID, *listing.Plan, error) {
	id, err := resource.ParseAny("parent", r.GetParent(), "customers")
	if err != nil {
		return id, nil, err
	}
	if id != resource.Any {
		if err := aggregate.Visible(ctx, s.db, id); err != nil {
			return id, nil, err
		}
	}
	plan, err := list.PlanFor(ctx, method, r, "")
	return id, plan, err
}

func each[From, To any](in []From, convert func(From) (To, error)) ([]To, error) {
	out := make([]To, len(in))
	for i := range in {
		var err error
		if out[i], err = convert(in[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}
