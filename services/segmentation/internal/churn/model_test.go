package churn

import (
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/civil"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/measure"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

func TestCompanyPurchaseModel(t *testing.T) {
	t.Parallel()
	s, w, client := serve(t)
	ctx := s.As(t, typev1.Level_BASIC)
	request := &segmentationv1.GetCompanyPurchaseModelRequest{Name: "companyPurchaseModel"}
	none, err := client.GetCompanyPurchaseModel(ctx, request)
	require.NoError(t, err)
	require.Nil(t, none.GetModel())
	_, err = client.GetCompanyPurchaseModel(ctx, &segmentationv1.GetCompanyPurchaseModelRequest{Name: "x"})
	refused(t, codes.InvalidArgument, "name", err)

	// Many who come once, some who come again after so many weeks and stay away.
	var all []uuid.UUID
	for i := range 110 {
		days := []int{400 - i}
		for repeat := range i % 5 {
			days = append(days, days[0]-(repeat+1)*(2+i%9))
		}
		all = append(all, w.ordered("cn", days...))
	}
	deleted := w.ordered("cn", 300, 290)
	require.NoError(t, measure.NewStore(s.DB).Refresh(t.Context(), []uuid.UUID{deleted}, today, w.numbers))
	w.run(`update customers set delete_time = $2 where customer_id = $1`, deleted, w.clock.Now())
	fitter := Fitter{Store: w.part.store, Settings: settings.NewStore(s.DB, w.clock.Now), Now: w.clock.Now, Log: slog.New(slog.DiscardHandler)}
	require.NoError(t, measure.NewStore(s.DB).Refresh(t.Context(), all[:99], today, w.numbers))
	require.NoError(t, fitter.Fit(t.Context()))
	none, err = client.GetCompanyPurchaseModel(ctx, request)
	require.NoError(t, err)
	require.Nil(t, none.GetModel(), "99 are too few")

	require.NoError(t, measure.NewStore(s.DB).Refresh(t.Context(), all, today, w.numbers))
	require.NoError(t, fitter.Fit(t.Context()))
	got, err := client.GetCompanyPurchaseModel(ctx, request)
	require.NoError(t, err)
	require.Equal(t, int64(110), got.CustomerCount)
	require.Equal(t, civil.Date(today).String(), got.FitDate.String())
	require.Positive(t, got.Model.R)
	past, err := w.part.store.fit(t.Context(), pastHistories, today, 100)
	require.NoError(t, err)
	require.Equal(t, past.toProto().String(), got.Model.String(), "the histories of a past day are made alike")

	w.clock.Set(w.clock.Now().AddDate(0, 0, 20))
	require.NoError(t, fitter.Fit(t.Context()))
	w.clock.Set(w.clock.Now().AddDate(0, 0, 20))
	require.NoError(t, fitter.Fit(t.Context()))
	var fits []time.Time
	require.NoError(t, w.Select(t.Context(), &fits, `select fit_day from purchase_models order by fit_day`))
	require.Len(t, fits, 2, "once a month")
	require.Equal(t, time.February, fits[1].Month())

	o := w.backtest(everywhere(t.Context()), Trial{AsOf: ago(295), Horizon: 1, Rules: w.numbers.Churn, Numbers: w.numbers})
	require.NotNil(t, o.Model)
	require.Equal(t, int64(106), o.Model.Customers, "those who had come by then")
}
