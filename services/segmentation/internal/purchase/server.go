package purchase

import (
	"context"
	"fmt"

	"github.com/guanxi-crm/guanxi/libs/fault"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// Server serves PurchaseModelService. It needs nothing but its requests.
type Server struct {
	segmentationv1.UnimplementedPurchaseModelServiceServer
}

// NewServer makes the server.
func NewServer() *Server { return new(Server) }

// FitPurchaseModel implements PurchaseModelService.
func (*Server) FitPurchaseModel(ctx context.Context, r *segmentationv1.FitPurchaseModelRequest) (*segmentationv1.PurchaseModel, error) {
	population := make(Population)
	var wrong []fault.Violation
	for i, history := range r.GetHistories() {
		if err := population.Add(historyOf(history), 1); err != nil {
			wrong = append(wrong, fault.From(fault.Prefix(err, fmt.Sprintf("histories[%d]", i))).Violations()...)
		}
	}
	if len(wrong) > 0 {
		return nil, fault.Invalid(wrong...)
	}
	m, err := Fit(ctx, population)
	if err != nil {
		return nil, err
	}
	return &segmentationv1.PurchaseModel{R: m.R, Alpha: m.Alpha, A: m.A, B: m.B, LogLikelihood: m.LogLikelihood}, nil
}

// PredictPurchases implements PurchaseModelService.
func (*Server) PredictPurchases(_ context.Context, r *segmentationv1.PredictPurchasesRequest) (*segmentationv1.PurchasePrediction, error) {
	given := r.GetModel()
	m := Model{R: given.GetR(), Alpha: given.GetAlpha(), A: given.GetA(), B: given.GetB()}
	if err := m.Check(); err != nil {
		return nil, fault.Prefix(err, "model")
	}
	h := historyOf(r.GetHistory())
	if err := h.Check(); err != nil {
		return nil, fault.Prefix(err, "history")
	}
	if !isTime(r.GetHorizon()) {
		return nil, outOfTime("horizon")
	}
	return &segmentationv1.PurchasePrediction{
		ProbabilityAlive:  m.ProbabilityAlive(h),
		ExpectedPurchases: m.ExpectedPurchases(h, r.GetHorizon()),
	}, nil
}

func historyOf(p *segmentationv1.PurchaseHistory) History {
	return History{X: int(p.GetX()), Tx: p.GetTx(), T: p.GetT()}
}
