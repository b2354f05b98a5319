// Package formula lets callers compute with the formulas of package stats on figures of their own.
package formula

import (
	"context"

	"github.com/guanxi-crm/guanxi/libs/fault"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
)

// Server serves FormulaService. Of the settings it takes the confidence that is not said.
type Server struct {
	satisfactionv1.UnimplementedFormulaServiceServer
	numbers *settings.Store
}

// NewServer makes the server.
func NewServer(numbers *settings.Store) *Server { return &Server{numbers: numbers} }

// confidence is the one asked for, or else that of the settings.
func (s *Server) confidence(ctx context.Context, asked *float64) (float64, error) {
	if asked != nil {
		return *asked, nil
	}
	n, err := s.numbers.Current(ctx)
	if err != nil {
		return 0, err
	}
	return n.Confidence, nil
}

// ComputeConcordance implements FormulaService.
func (*Server) ComputeConcordance(_ context.Context, r *satisfactionv1.ComputeConcordanceRequest) (*satisfactionv1.Concordance, error) {
	ratings, err := matrix("ratings", r.GetRatings())
	if err != nil {
		return nil, err
	}
	c, err := stats.ConcordanceOf(ratings)
	if err != nil {
		return nil, stats.Violation(err, "ratings")
	}
	return &satisfactionv1.Concordance{
		W: c.W, WCorrected: c.Corrected, ChiSquare: c.ChiSquare, PValue: c.PValue, Experts: int32(c.Experts), Items: int32(c.Items),
	}, nil
}

// ComputeReliability implements FormulaService.
func (*Server) ComputeReliability(_ context.Context, r *satisfactionv1.ComputeReliabilityRequest) (*satisfactionv1.Reliability, error) {
	responses, err := matrix("responses", r.GetResponses())
	if err != nil {
		return nil, err
	}
	if len(responses[0]) > mostItems {
		return nil, fault.Invalid(tooMany("responses"))
	}
	found, err := stats.ReliabilityOf(responses)
	if err != nil {
		return nil, stats.Violation(err, "responses")
	}
	out := &satisfactionv1.Reliability{Alpha: found.Alpha, StandardizedAlpha: found.Standardized, Respondents: int32(found.N)}
	for _, i := range found.Items {
		if i.Total == nil {
			return nil, fault.Invalid(fault.Field("responses", "NO_VARIANCE", cancelled))
		}
		out.ItemTotal = append(out.ItemTotal, *i.Total)
		if i.Deleted != nil {
			out.AlphaIfDeleted = append(out.AlphaIfDeleted, *i.Deleted)
		}
	}
	return out, nil
}

// ComputeQuadrants implements FormulaService.
func (*Server) ComputeQuadrants(_ context.Context, r *satisfactionv1.ComputeQuadrantsRequest) (*satisfactionv1.Quadrants, error) {
	points := make([]stats.Point, len(r.GetItems()))
	for i, item := range r.GetItems() {
		points[i] = stats.Point{Importance: exact(item.GetImportance()), Performance: exact(item.GetPerformance())}
	}
	at := stats.AtMean
	if r.GetCrosshair() == satisfactionv1.ComputeQuadrantsRequest_MEDIAN {
		at = stats.AtMedian
	}
	where, lines, err := stats.Quadrants(points, at)
	if err != nil {
		return nil, stats.Violation(err, "items")
	}
	out := &satisfactionv1.Quadrants{ImportanceLine: lines.Importance.InexactFloat64(), PerformanceLine: lines.Performance.InexactFloat64()}
	for i, q := range where {
		list := map[stats.Quadrant]*[]*satisfactionv1.QuadrantItem{
			stats.Urgent: &out.Urgent, stats.Keep: &out.Keep, stats.LowPriority: &out.LowPriority, stats.NiceToHave: &out.NiceToHave,
		}[q]
		*list = append(*list, r.GetItems()[i])
	}
	return out, nil
}

// ComputeIndex implements FormulaService.
func (*Server) ComputeIndex(_ context.Context, r *satisfactionv1.ComputeIndexRequest) (*satisfactionv1.SatisfactionIndex, error) {
	items := make([]stats.Weighted, len(r.GetItems()))
	sum := exact(0)
	for i, item := range r.GetItems() {
		items[i] = stats.Weighted{Score: exact(item.GetScore()), Weight: exact(item.GetWeight())}
		sum = sum.Add(items[i].Weight)
	}
	index, err := stats.Composite(items)
	if err != nil {
		return nil, stats.Violation(err, "items")
	}
	return &satisfactionv1.SatisfactionIndex{Index: index.InexactFloat64(), WeightSum: sum.InexactFloat64()}, nil
}

// ComputeRecommendation implements FormulaService.
func (s *Server) ComputeRecommendation(ctx context.Context, r *satisfactionv1.ComputeRecommendationRequest) (*satisfactionv1.Recommendation, error) {
	confidence, err := s.confidence(ctx, r.Confidence)
	if err != nil {
		return nil, err
	}
	var counted stats.Recommendation
	for _, score := range r.GetScores() {
		counted.Add(int(score))
	}
	if population := int64(r.GetPopulation()); population > 0 && population < counted.N() {
		return nil, fault.Invalid(fault.Field("population", "POPULATION", fault.Text{En: "is smaller than the number of scores", Zh: "小于评分个数"}))
	}
	nps, err := counted.Score()
	if err != nil {
		return nil, stats.Violation(err, "scores")
	}
	interval, err := counted.Interval(confidence, int64(r.GetPopulation()))
	if err != nil {
		return nil, stats.Violation(err, "scores")
	}
	return &satisfactionv1.Recommendation{
		Promoters: int32(counted.Promoters), Passives: int32(counted.Passives), Detractors: int32(counted.Detractors), Nps: nps, Low: interval.Low, High: interval.High,
		Confidence: confidence,
	}, nil
}
