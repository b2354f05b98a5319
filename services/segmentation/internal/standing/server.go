package standing

import (
	"context"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	pbmoney "google.golang.org/genproto/googleapis/type/money"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/money"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// Server serves StandingService.
type Server struct {
	segmentationv1.UnimplementedStandingServiceServer
	store     *Store
	settings  *settings.Store
	standings *listing.List
	moves     *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, numbers *settings.Store, pages *page.Sealer) (*Server, error) {
	standings, err := listing.Compile(standingSpec, pages)
	if err != nil {
		return nil, err
	}
	moves, err := listing.Compile(moveSpec, pages)
	return &Server{store: NewStore(db), settings: numbers, standings: standings, moves: moves}, err
}

// part reads whose class, tier or lifecycle is asked for.
func part(name, suffix string) (uuid.UUID, error) {
	ids, err := resource.ParseSingleton("name", name, suffix, "customers")
	if err != nil {
		return uuid.Nil, err
	}
	return ids[0], nil
}

// amount is a figure in the settings' currency.
func amount(d decimal.Decimal, n *settings.Numbers) (*pbmoney.Money, error) {
	return money.Money{Amount: d, Currency: n.Currency}.ToProto()
}

// GetClass implements StandingService.
func (s *Server) GetClass(ctx context.Context, r *segmentationv1.GetClassRequest) (*segmentationv1.CustomerClass, error) {
	id, err := part(r.GetName(), "class")
	if err != nil {
		return nil, err
	}
	n, err := s.settings.Current(ctx)
	if err != nil {
		return nil, err
	}
	at, err := s.store.get(ctx, id)
	if err != nil {
		return nil, err
	}
	ranking, ranked, err := s.store.Latest(ctx)
	if err != nil {
		return nil, err
	}
	out := &segmentationv1.CustomerClass{
		Name: r.GetName(), Class: segmentationv1.CustomerClassKind(at.Class), Abc: segmentationv1.Abc(at.ABC), Since: civil.Optional(at.ClassDay),
		Basis: segmentationv1.ValueBasis(ranking.Basis),
	}
	if ranked {
		out.RankedCount, out.RankingDate = ranking.Count, civil.Date(ranking.Day)
	}
	if at.OrderDays > 0 && auth.From(ctx).Level >= typev1.Level_MANAGER { // who may not see it need not pay for it
		if out.Rank, err = s.store.rank(ctx, id); err != nil {
			return nil, err
		}
	}
	out.Value, err = amount(at.Value, n)
	return out, err
}

// GetTier implements StandingService.
func (s *Server) GetTier(ctx context.Context, r *segmentationv1.GetTierRequest) (*segmentationv1.CustomerTier, error) {
	id, err := part(r.GetName(), "tier")
	if err != nil {
		return nil, err
	}
	n, err := s.settings.Current(ctx)
	if err != nil {
		return nil, err
	}
	at, err := s.store.get(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &segmentationv1.CustomerTier{
		Name: r.GetName(), Tier: segmentationv1.Tier(at.Tier), InnerLevel: int32(at.InnerLevel), Since: civil.Optional(at.TierDay),
		HeldByHysteresis: heldUp(at.Tier, at.Contribution, n),
	}
	out.MonthlyContribution, err = amount(at.Contribution, n)
	return out, err
}

// heldUp says whether the contribution is below the lower edge of the tier.
func heldUp(tier int16, contribution decimal.Decimal, n *settings.Numbers) bool {
	for i, b := range n.TierBands {
		if b.Tier == tier {
			return i > 0 && !n.TierByRank && contribution.LessThan(b.Lower)
		}
	}
	return false
}

// GetLifecycle implements StandingService.
func (s *Server) GetLifecycle(ctx context.Context, r *segmentationv1.GetLifecycleRequest) (*segmentationv1.CustomerLifecycle, error) {
	id, err := part(r.GetName(), "lifecycle")
	if err != nil {
		return nil, err
	}
	at, err := s.store.get(ctx, id)
	if err != nil {
		return nil, err
	}
	return &segmentationv1.CustomerLifecycle{
		Name: r.GetName(), Stage: segmentationv1.LifecycleStage(at.Stage), Role: segmentationv1.LifecycleRole(at.Role),
		Engagement: segmentationv1.Engagement(at.Engagement), Since: civil.Optional(at.StageDay),
		FirstOrderDate: civil.Optional(at.FirstDay), LastOrderDate: civil.Optional(at.LastDay), OrderDays: at.OrderDays,
		Cause: at.Cause, Reference: at.Reference,
	}, nil
}

// GetConcentration implements StandingService.
func (s *Server) GetConcentration(ctx context.Context, r *segmentationv1.GetConcentrationRequest) (*segmentationv1.Concentration, error) {
	n, err := s.settings.Current(ctx)
	if err != nil {
		return nil, err
	}
	percents := r.GetPercents()
	if len(percents) == 0 {
		percents = []float64{1, 5, 10, 20, 30, 50, 80, 100}
	}
	curve, err := s.store.concentrate(ctx, percents)
	if err != nil {
		return nil, err
	}
	out := &segmentationv1.Concentration{CustomerCount: curve.Count, Gini: curve.Gini, Basis: segmentationv1.ValueBasis(curve.Basis)}
	if out.TotalValue, err = amount(curve.Total, n); err != nil {
		return nil, err
	}
	for _, p := range curve.Points {
		point := &segmentationv1.ConcentrationPoint{Percent: p.Percent, CustomerCount: p.Count, Share: p.share(curve.Total)}
		if point.Value, err = amount(p.Value, n); err != nil {
			return nil, err
		}
		out.Points = append(out.Points, point)
	}
	return out, nil
}
