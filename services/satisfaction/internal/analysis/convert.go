package analysis

import (
	"github.com/shopspring/decimal"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
)

// OptionsOf reads what a caller asks for.
func OptionsOf(p *satisfactionv1.AnalysisOptions) Options {
	return Options{
		Weighting: Weighting(p.GetWeighting()), Importance: Importance(p.GetImportance()), Group: Group(p.GetGroupBy()), Crosshair: stats.Crosshair(p.GetCrosshair()),
		IndexOnly: p.GetIndexOnly(),
	}
}

func (o Options) toProto() *satisfactionv1.AnalysisOptions {
	return &satisfactionv1.AnalysisOptions{
		Weighting: satisfactionv1.AnalysisOptions_Weighting(o.Weighting), Importance: satisfactionv1.AnalysisOptions_Importance(o.Importance),
		GroupBy: satisfactionv1.AnalysisOptions_Group(o.Group), Crosshair: satisfactionv1.ComputeQuadrantsRequest_Crosshair(o.Crosshair), IndexOnly: o.IndexOnly,
	}
}

// pointOf is a place among the quadrants; what is told is compared, so that lines and places agree.
func pointOf(importance, performance float64) stats.Point {
	return stats.Point{Importance: decimal.NewFromFloat(six(importance)), Performance: decimal.NewFromFloat(six(performance))}
}
