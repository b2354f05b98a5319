package churn

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
)

func silent(days int) measures {
	return measures{OrderDays: 5, Median: 10, Deviation: 0, First: ago(500), Last: ago(days), Tier: 1}
}

func TestRaisedOnceClearedByTheOrder(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id, other := w.customer(silent(20)), w.customer(silent(2))
	payment := assess.Cause{What: "payment", Reference: aggregate.Name(id) + "/payments/" + newID(t).String()}

	got := w.assess(today, payment, id, other)
	require.Len(t, got, 1)
	require.Equal(t, id, got[0].Customer)
	raised := got[0].Data.(*segmentationv1.ChurnRiskRaised)
	require.Equal(t, aggregate.Name(id), raised.Customer)
	require.Equal(t, []segmentationv1.ChurnRisk_Reason{segmentationv1.ChurnRisk_SILENCE}, raised.OpenReasons)
	require.Equal(t, civil.Date(ago(5)).String(), raised.DueDate.String())
	risk := raised.Risks[0]
	require.Equal(t, "payment", risk.RaiseCause)
	require.Equal(t, payment.Reference, risk.RaiseReference)
	require.Equal(t, int32(1), risk.SettingsVersion)
	require.Equal(t, "No order since 2025-12-16, 20 days ago. It orders every 10 days (median of 4 intervals, median deviation 0); "+
		"15 days of silence are within its rhythm, until 2025-12-31.", risk.ExplanationEn)
	require.Equal(t, "自2025-12-16以来20天未订货。该客户通常每10天订货一次（4个间隔的中位数，绝对中位差0），其节奏允许沉默15天，即至2025-12-31。", risk.ExplanationZh)
	require.True(t, risk.Open)

	for i := range 3 {
		w.clock.Advance(24 * time.Hour)
		require.Empty(t, w.assess(today.AddDate(0, 0, i), daily, id, other), "raised once")
	}

	order := newID(t)
	now := silent(0)
	now.OrderDays, now.LastOrder = 6, order
	w.measure(id, now)
	for range 2 { // the touch that we see first may be another one
		got = append(got, w.assess(today, payment, id, other)...)
	}
	require.Len(t, got, 2)
	cleared := got[1].Data.(*segmentationv1.ChurnRiskCleared)
	require.Equal(t, aggregate.Name(id), cleared.Customer)
	require.Empty(t, cleared.OpenReasons)
	end := cleared.Risks[0]
	require.Equal(t, risk.Name, end.Name)
	require.Equal(t, "order", end.ClearCause)
	require.Equal(t, resource.Name("customers", id, "orders", order), end.ClearReference)
	require.False(t, end.Open)
	require.True(t, proto.Equal(risk.GetSilence(), end.GetSilence()), "the figures stay those that it was raised by")
	require.Equal(t, risk.ExplanationEn, end.ExplanationEn)
	require.Empty(t, w.reasons(id))

	require.Len(t, w.assess(today.AddDate(0, 0, 16), daily, id), 1, "silent again: another risk")
	_, history, err := w.part.store.Of(t.Context(), id)
	require.NoError(t, err)
	require.Len(t, history, 1)
	require.Len(t, w.reasons(id), 1)
}

func TestReasonsComeAndGoByThemselves(t *testing.T) {
	t.Parallel()
	w := setup(t)
	m := silent(20)
	m.Sales, m.Previous = "50", "100"
	id := w.customer(m)
	both := w.assess(today, daily, id)
	require.Len(t, both, 1, "one event")
	require.Len(t, both[0].Data.(*segmentationv1.ChurnRiskRaised).Risks, 2)
	require.Equal(t, []Reason{Silence, YearDrop}, w.reasons(id))

	m.Sales = "90"
	w.measure(id, m)
	w.signal(id, segmentationv1.Signal_SATISFACTION, 90, today)
	w.signal(id, segmentationv1.Signal_SATISFACTION, 60, today.Add(time.Hour))
	cause := assess.Cause{What: "signal", Reference: "customers/x/signals/y"}
	got := w.assess(today, cause, id)
	require.Len(t, got, 2)
	gone := got[0].Data.(*segmentationv1.ChurnRiskCleared).Risks[0]
	require.Equal(t, segmentationv1.ChurnRisk_YEAR_DROP, gone.Reason)
	require.Equal(t, "signal", gone.ClearCause)
	require.Equal(t, segmentationv1.ChurnRisk_SATISFACTION_FALL, got[1].Data.(*segmentationv1.ChurnRiskRaised).Risks[0].Reason)
	require.Nil(t, got[1].Data.(*segmentationv1.ChurnRiskRaised).DueDate)
	require.Equal(t, []Reason{Silence, SatisfactionFall}, w.reasons(id))

	m.OrderDays = 0 // corrected: nothing but returns is left
	w.measure(id, m)
	w.assess(today, assess.Cause{What: "order", Reference: "customers/x/orders/y"}, id)
	require.Empty(t, w.reasons(id))
}

// Whoever looks at the same customers at the same time waits for the other, and finds nothing left to do.
func TestRaisedOnceByMany(t *testing.T) {
	t.Parallel()
	w := setup(t)
	var ids []uuid.UUID
	for range 20 {
		ids = append(ids, w.customer(silent(20)))
	}
	var announced atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { announced.Add(int64(len(w.assess(today, daily, ids...)))) })
	}
	wg.Wait()
	require.Equal(t, int64(len(ids)), announced.Load())
	var risks int
	require.NoError(t, w.Get(t.Context(), &risks, `select count(*) from churn_risks`))
	require.Equal(t, len(ids), risks)
}

// A transaction that fails leaves nothing behind, and the next one announces.
func TestNothingIsHalfRaised(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id := w.customer(silent(20))
	err := w.InTx(everywhere(t.Context()), func(ctx context.Context) error {
		got, err := w.part.Assess(ctx, assess.Scope{Customers: []uuid.UUID{id}, Day: today, Now: w.clock.Now(), Settings: w.numbers})
		require.NoError(t, err)
		require.Len(t, got, 1)
		return context.Canceled
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, w.reasons(id))
	require.Len(t, w.assess(today, daily, id), 1)
}

// Every reason explains itself in both languages, and comes through the event as the subscribers get it.
func TestEveryReasonExplainsItself(t *testing.T) {
	t.Parallel()
	w := setup(t)
	require.NoError(t, w.part.store.keep(t.Context(), &Model{ID: newID(t), FitDay: ago(10), CreateTime: w.clock.Now(), Model: cdnow}))
	id := w.customer(measures{OrderDays: 4, Median: 10, Deviation: 1, First: ago(330), Last: ago(300), Tier: 1, Sales: "60.5", Previous: "100", Value: "9"})
	for kind, values := range map[segmentationv1.Signal_Kind][]float64{
		segmentationv1.Signal_COMPLAINT: {1, 1, 1}, segmentationv1.Signal_SATISFACTION: {90.5, 70}, segmentationv1.Signal_SUPPLY_SHARE: {0.8, 0.355},
	} {
		for i, value := range values {
			w.signal(id, kind, value, today.Add(time.Duration(i)*time.Minute))
		}
	}
	got := w.assess(today, daily, id)
	require.Len(t, got, 1)
	event, err := events.New(t.Context(), w.clock.Now(), id, got[0].Data)
	require.NoError(t, err)
	require.Equal(t, "guanxi.segmentation.churn_risk.raised.v1", event.Subject)
	var sent segmentationv1.ChurnRiskRaised
	require.NoError(t, protojson.Unmarshal(event.Data, &sent))
	require.Len(t, sent.Risks, 6)
	texts := []string{
		"No order since 2025-03-11, 300 days ago. It orders every 10 days (median of 3 intervals, median deviation 1); 15 days of silence are within its rhythm, until 2025-03-26.",
		"Sales of the last 12 months are 60.50 CNY, 39.5% below the 100.00 of the 12 months before.",
		"Our share of its supply was 80% within a year before and is 35.5% now.",
		"3 complaints within 30 days.",
		"Satisfaction fell from 90.5 to 70.",
		"By the purchase model of 2025-12-26 it has left with a probability of 98.3%: 3 repeat orders, the last on 2025-03-11.",
	}
	for i, risk := range sent.Risks {
		require.Equal(t, segmentationv1.ChurnRisk_Reason(i+1), risk.Reason)
		require.Equal(t, texts[i], risk.ExplanationEn)
		require.NotEmpty(t, risk.ExplanationZh)
		require.NotNil(t, risk.Figures)
		require.Nil(t, risk.Value, "above BASIC")
	}
	require.InDelta(t, 0.395, sent.Risks[1].GetYearDrop().Drop, 1e-12)
	require.Equal(t, int64(60), sent.Risks[1].GetYearDrop().After.Units)
	require.InDelta(t, 0.445, sent.Risks[2].GetShareLoss().Drop, 1e-12)
	require.Equal(t, int32(3), sent.Risks[5].GetProbabilityAlive().X)
}
