package purchase

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/validate"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// call is a call as it arrives: validated first.
func call[Request, Answer proto.Message](ctx context.Context, rpc func(context.Context, Request) (Answer, error), r Request) (answer Answer, err error) {
	if err := validate.Request(r); err != nil {
		return answer, err
	}
	return rpc(ctx, r)
}

func TestServerFitsAndPredicts(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 7))
	request, p := &segmentationv1.FitPurchaseModelRequest{}, Population{}
	for range 3000 {
		h := customer(random, cdnow, 39)
		require.NoError(t, p.Add(h, 1))
		request.Histories = append(request.Histories, &segmentationv1.PurchaseHistory{X: int32(h.X), Tx: h.Tx, T: h.T})
	}
	fitted, err := call(t.Context(), NewServer().FitPurchaseModel, request)
	require.NoError(t, err)
	m, err := Fit(t.Context(), p)
	require.NoError(t, err)
	served := Model{R: fitted.R, Alpha: fitted.Alpha, A: fitted.A, B: fitted.B, LogLikelihood: fitted.LogLikelihood}
	require.Equal(t, m, served)

	h := History{X: 2, Tx: 30.43, T: 38.86}
	predicted, err := call(t.Context(), NewServer().PredictPurchases, &segmentationv1.PredictPurchasesRequest{
		Model: fitted, History: &segmentationv1.PurchaseHistory{X: 2, Tx: 30.43, T: 38.86}, Horizon: 39,
	})
	require.NoError(t, err)
	require.InDelta(t, m.ProbabilityAlive(h), predicted.ProbabilityAlive, 0)
	require.InDelta(t, m.ExpectedPurchases(h, 39), predicted.ExpectedPurchases, 0)
}

func TestNamesInJSON(t *testing.T) {
	t.Parallel()
	request := &segmentationv1.PredictPurchasesRequest{}
	require.NoError(t, protojson.Unmarshal([]byte(`{"model": {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426, "logLikelihood": -9582.429},
		"history": {"x": 2, "tx": 30.43, "t": 38.86}, "horizon": 39}`), request))
	predicted, err := call(t.Context(), NewServer().PredictPurchases, request)
	require.NoError(t, err)
	require.InDelta(t, 1.226, predicted.ExpectedPurchases, 5e-4)
	require.InDelta(t, 0.7266, predicted.ProbabilityAlive, 5e-4)
}

func TestServerRefusesToFit(t *testing.T) {
	t.Parallel()
	history := func(x int32, tx, t float64) *segmentationv1.PurchaseHistory {
		return &segmentationv1.PurchaseHistory{X: x, Tx: tx, T: t}
	}
	for name, c := range map[string]struct {
		histories []*segmentationv1.PurchaseHistory
		broken    string
	}{
		"none":      {nil, "histories REPEATED_MIN_ITEMS;"},
		"too few":   {[]*segmentationv1.PurchaseHistory{history(1, 2, 3)}, "histories TOO_FEW;"},
		"negative":  {[]*segmentationv1.PurchaseHistory{history(-1, 2, 3)}, "histories[0].x INT32_GTE_LTE;"},
		"no number": {[]*segmentationv1.PurchaseHistory{history(1, math.NaN(), 3)}, "histories[0].tx DOUBLE_FINITE;histories[0].tx DOUBLE_GTE_LTE;"},
		"contradicted": {
			[]*segmentationv1.PurchaseHistory{history(0, 0, 3), history(1, 4, 3), history(0, 1, 3)},
			"histories[1].tx AFTER_END;histories[2].tx NO_REPEAT_PURCHASE;",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := call(t.Context(), NewServer().FitPurchaseModel, &segmentationv1.FitPurchaseModelRequest{Histories: c.histories})
			require.Equal(t, c.broken, broken(err))
			for _, v := range fault.From(err).Violations() {
				require.NotEmpty(t, v.Text.En)
				require.NotEmpty(t, v.Text.Zh)
			}
		})
	}
}

func TestServerRefusesToPredict(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*segmentationv1.PredictPurchasesRequest)
		broken string
	}{
		"no model":          {func(r *segmentationv1.PredictPurchasesRequest) { r.Model = nil }, "model REQUIRED;"},
		"no history":        {func(r *segmentationv1.PredictPurchasesRequest) { r.History = nil }, "history REQUIRED;"},
		"a parameter of 0":  {func(r *segmentationv1.PredictPurchasesRequest) { r.Model.Alpha = 0 }, "model.alpha DOUBLE_GT;"},
		"no number":         {func(r *segmentationv1.PredictPurchasesRequest) { r.Model.B = math.Inf(1) }, "model.b DOUBLE_FINITE;"},
		"out of reach":      {func(r *segmentationv1.PredictPurchasesRequest) { r.Model.R = 1e-300 }, "model.r RANGE;"},
		"contradicted":      {func(r *segmentationv1.PredictPurchasesRequest) { r.History.X = 0 }, "history.tx NO_REPEAT_PURCHASE;"},
		"into the past":     {func(r *segmentationv1.PredictPurchasesRequest) { r.Horizon = -1 }, "horizon DOUBLE_GTE_LTE;"},
		"until the far end": {func(r *segmentationv1.PredictPurchasesRequest) { r.Horizon = math.Inf(1) }, "horizon DOUBLE_FINITE;horizon DOUBLE_GTE_LTE;"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &segmentationv1.PredictPurchasesRequest{
				Model:   &segmentationv1.PurchaseModel{R: 0.243, Alpha: 4.414, A: 0.793, B: 2.426},
				History: &segmentationv1.PurchaseHistory{X: 2, Tx: 30.43, T: 38.86}, Horizon: 39,
			}
			c.change(r)
			_, err := call(t.Context(), NewServer().PredictPurchases, r)
			require.Equal(t, c.broken, broken(err))
		})
	}
}

// The numbers that the comment of FitPurchaseModel gives.
func TestHowManyHistoriesFitIntoARequest(t *testing.T) {
	t.Parallel()
	filled := func(histories int) *segmentationv1.FitPurchaseModelRequest {
		r := &segmentationv1.FitPurchaseModelRequest{}
		for range histories {
			r.Histories = append(r.Histories, &segmentationv1.PurchaseHistory{X: 12, Tx: 30.43, T: 38.86})
		}
		return r
	}
	require.Less(t, proto.Size(filled(43_000)), service.MaxMessage)
	require.Less(t, 34_000*len(`{"x":12,"tx":30.43,"t":38.86},`), service.MaxMessage)
}
