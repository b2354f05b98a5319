package churn

import (
	"context"
	"math"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// Server serves ChurnService.
type Server struct {
	segmentationv1.UnimplementedChurnServiceServer
	db       *postgres.DB
	store    *Store
	settings Settings
	now      func() time.Time
	list     *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, numbers Settings) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource:     &segmentationv1.ChurnRisk{},
		Key:          "r.risk_id",
		DefaultOrder: "raise_date desc",
		Fields: []listing.Field{
			{Path: "open", Column: "(r.clear_time is null)", Kind: listing.Bool},
			{Path: "reason", Column: "r.reason", Kind: listing.Enum, Values: values(segmentationv1.ChurnRisk_Reason_value)},
			{Path: "territory", Column: "c.territory", Kind: listing.String},
			{Path: "owner", Column: "c.owner", Kind: listing.String},
			{Path: "class", Column: "coalesce(s.class, 0)", Kind: listing.Enum, Values: values(segmentationv1.CustomerClassKind_value)},
			{Path: "tier", Column: "coalesce(s.tier, 0)", Kind: listing.Enum, Values: values(segmentationv1.Tier_value)},
			{Path: "raise_date", Column: "r.raise_day", Kind: listing.Date, Sortable: true},
			{Path: "clear_date", Column: "r.clear_day", Kind: listing.Date},
			{Path: "value", Column: "coalesce(s.value, 0)", Kind: listing.Decimal, Sortable: true},
		},
	}, pages)
	if err != nil {
		return nil, err
	}
	return &Server{db: db, store: NewStore(db), settings: numbers, now: now, list: list}, nil
}

func values(names map[string]int32) map[string]any {
	out := make(map[string]any, len(names))
	for name, value := range names {
		out[name] = value
	}
	return out
}

// GetCustomerChurnRisk implements ChurnService.
func (s *Server) GetCustomerChurnRisk(ctx context.Context, r *segmentationv1.GetCustomerChurnRiskRequest) (*segmentationv1.CustomerChurnRisk, error) {
	ids, err := resource.ParseSingleton("name", r.GetName(), "churnRisk", "customers")
	if err != nil {
		return nil, err
	}
	if err := aggregate.Visible(ctx, s.db, ids[0]); err != nil {
		return nil, err
	}
	open, cleared, err := s.store.Of(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	out := &segmentationv1.CustomerChurnRisk{Name: r.GetName(), AtRisk: len(open) > 0}
	if out.OpenRisks, err = toProtos(open); err != nil {
		return nil, err
	}
	if out.ClearedRisks, err = toProtos(cleared); err != nil {
		return nil, err
	}
	return out, s.predict(ctx, ids[0], out)
}

// predict adds what is to be expected of the customer as of today.
func (s *Server) predict(ctx context.Context, id uuid.UUID, out *segmentationv1.CustomerChurnRisk) error {
	numbers, err := s.settings.Current(ctx)
	if err != nil {
		return err
	}
	out.SettingsVersion = numbers.Version
	today := numbers.Today(s.now())
	rhythm, ok, err := s.store.Rhythm(ctx, id, today, numbers)
	if err != nil || !ok {
		return err
	}
	out.LastOrderDate, out.SilenceDays = civil.Date(rhythm.LastDay), int32(days(rhythm.LastDay, today))
	if rhythm.Own {
		out.ExpectedOrderDate = civil.Date(rhythm.LastDay.AddDate(0, 0, int(math.Round(*rhythm.Median))))
	}
	if rhythm.Tolerated != nil {
		out.LimitDate = civil.Date(rhythm.LastDay.AddDate(0, 0, int(*rhythm.Tolerated)))
	}
	model, err := s.store.Model(ctx)
	if err != nil || model == nil {
		return err
	}
	history := rhythm.History(today)
	out.ProbabilityAlive = new(model.ProbabilityAlive(history))
	out.ExpectedOrders = new(model.ExpectedPurchases(history, outlook/daysOfWeek))
	out.ModelFitDate = civil.Date(model.FitDay)
	return nil
}

// ListChurnRisks implements ChurnService.
func (s *Server) ListChurnRisks(ctx context.Context, r *segmentationv1.ListChurnRisksRequest) (*segmentationv1.ListChurnRisksResponse, error) {
	customer := resource.Any
	if r.GetParent() != "" {
		ids, err := resource.Parse("parent", r.GetParent(), "customers")
		if err != nil {
			return nil, err
		}
		customer = ids[0]
		if err := aggregate.Visible(ctx, s.db, customer); err != nil {
			return nil, err
		}
	}
	plan, err := s.list.PlanFor(ctx, segmentationv1.ChurnService_ListChurnRisks_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	numbers, err := s.settings.Current(ctx)
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.list(ctx, plan, customer)
	if err != nil {
		return nil, err
	}
	out := &segmentationv1.ListChurnRisksResponse{NextPageToken: next, ChurnRisks: make([]*segmentationv1.ChurnRisk, len(found))}
	for i := range found {
		if out.ChurnRisks[i], err = found[i].toProto(numbers.Currency); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// modelName is the resource name of the company's purchase model.
const modelName = "companyPurchaseModel"

// GetCompanyPurchaseModel implements ChurnService.
func (s *Server) GetCompanyPurchaseModel(ctx context.Context, _ *segmentationv1.GetCompanyPurchaseModelRequest) (*segmentationv1.CompanyPurchaseModel, error) {
	m, err := s.store.Model(ctx)
	if err != nil {
		return nil, err
	}
	if m == nil {
		return &segmentationv1.CompanyPurchaseModel{Name: modelName}, nil
	}
	return &segmentationv1.CompanyPurchaseModel{
		Name: modelName, Model: m.toProto(), FitDate: civil.Date(m.FitDay), CustomerCount: m.Customers, SettingsVersion: m.Version,
		CreateTime: timestamppb.New(m.CreateTime),
	}, nil
}
