package churn

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/purchase"
)

var daily assess.Cause

func TestSilence(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for name, c := range map[string]struct {
		measures
		silence int // the last number of days that is tolerated
	}{
		"own rhythm, spread decides":      {measures{OrderDays: 5, Median: 20, Deviation: 4, Tier: 1}, 20 + 17}, // 3 x 1.4826 x 4 = 17.79
		"own rhythm, median decides":      {measures{OrderDays: 5, Median: 20, Deviation: 2, Tier: 1}, 20 + 10},
		"no spread at all":                {measures{OrderDays: 9, Median: 14, Deviation: 0, Tier: 5}, 14 + 7},
		"half a day does not count":       {measures{OrderDays: 5, Median: 7, Deviation: 0, Tier: 5}, 10},
		"three intervals are a rhythm":    {measures{OrderDays: 4, Median: 10, Deviation: 0, Tier: 1}, 15},
		"two are none: transient":         {measures{OrderDays: 3, Median: 10, Deviation: 0, Tier: 1}, 365},
		"one order: project":              {measures{OrderDays: 1, Tier: 5}, 60},
		"VIP":                             {measures{OrderDays: 1, Tier: 4}, 90},
		"mid":                             {measures{OrderDays: 2, Median: 3, Deviation: 0, Tier: 3}, 120},
		"ordinary":                        {measures{OrderDays: 1, Tier: 2}, 180},
		"not placed yet: as the lowest":   {measures{OrderDays: 1}, 365},
		"a rhythm longer than a calendar": {measures{OrderDays: 5, Median: 90000, Deviation: 0}, 36500},
	} {
		c.Last = ago(c.silence)
		c.First = c.Last.AddDate(0, 0, -100)
		id := w.customer(c.measures)
		require.Empty(t, w.assess(today.AddDate(0, 0, -1), daily, id), name)
		require.Empty(t, w.assess(today, daily, id), "%s: the limit day is tolerated", name)
		require.Len(t, w.assess(today.AddDate(0, 0, 1), daily, id), 1, "%s: the day after is not", name)
		require.Equal(t, []Reason{Silence}, w.reasons(id), name)

		open, _, err := w.part.store.Of(t.Context(), id)
		require.NoError(t, err)
		f := open[0].Figures
		require.Equal(t, int32(c.silence), f.ToleratedDays, name)
		require.Equal(t, int32(c.silence+1), f.SilenceDays, name)
		require.Equal(t, today.Format(time.DateOnly), f.LimitDay, name)
		require.Equal(t, c.Last.Format(time.DateOnly), f.LastDay, name)
		require.Equal(t, c.OrderDays > 3, f.OwnRhythm, name)
	}
}

// The database's limit is that of the formula, in exact decimals.
func TestSilenceAgreesWithTheFormula(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.numbers.Churn.AliveBelow = 0
	random := rand.New(rand.NewPCG(1, 2))
	due := map[uuid.UUID]bool{}
	var all []uuid.UUID
	for range 400 {
		median, deviation := float64(random.IntN(80))/2+0.5, float64(random.IntN(40))/2
		spread := decimal.NewFromFloat(3).Mul(decimal.RequireFromString("1.4826")).Mul(decimal.NewFromFloat(deviation))
		limit := decimal.NewFromFloat(median).Add(decimal.Max(spread, decimal.NewFromFloat(median).Div(decimal.NewFromInt(2))))
		silence := int(limit.IntPart()) + random.IntN(3) - 1
		id := w.customer(measures{OrderDays: 4 + random.IntN(9), Median: median, Deviation: deviation, Last: ago(silence), First: ago(silence + 100), Tier: 3})
		all, due[id] = append(all, id), decimal.NewFromInt(int64(silence)).GreaterThan(limit)
	}
	raised := map[uuid.UUID]bool{}
	for _, a := range w.assess(today, daily, all...) {
		raised[a.Customer] = true
	}
	for id, wanted := range due {
		require.Equal(t, wanted, raised[id])
	}
	require.NotEmpty(t, raised)
	require.Less(t, len(raised), len(all))
}

func TestSalesDrop(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for name, c := range map[string]struct {
		before, after string
		unrated       int
		raised        bool
	}{
		"by exactly 30 %":           {"1000.00", "700.00", 0, true},
		"by a hair less":            {"1000.00", "700.01", 0, false},
		"to nothing":                {"1", "0", 0, true},
		"below nothing":             {"100", "-5", 0, true},
		"growth":                    {"100", "200", 0, false},
		"nothing before":            {"0", "0", 0, false},
		"only returns before":       {"-100", "-200", 0, false},
		"with orders of no rate":    {"1000", "10", 1, false},
		"amounts beyond any float":  {"1000000000000000000.01", "700000000000000000.007", 0, true},
		"amounts a hair above them": {"1000000000000000000.01", "700000000000000000.008", 0, false},
	} {
		id := w.customer(measures{OrderDays: 1, First: ago(500), Last: ago(1), Tier: 1, Sales: c.after, Previous: c.before, Unrated: c.unrated})
		w.assess(today, daily, id)
		require.Equal(t, c.raised, len(w.reasons(id)) == 1, name)
	}
	w.numbers.Churn.YearDrop = 0
	id := w.customer(measures{OrderDays: 1, First: ago(500), Last: ago(1), Tier: 1, Sales: "0", Previous: "100"})
	w.assess(today, daily, id)
	require.Empty(t, w.reasons(id), "0 is off")
}

func TestSignals(t *testing.T) {
	t.Parallel()
	const complaint, satisfaction, share = segmentationv1.Signal_COMPLAINT, segmentationv1.Signal_SATISFACTION, segmentationv1.Signal_SUPPLY_SHARE
	type signal struct {
		kind  segmentationv1.Signal_Kind
		value float64
		days  int
	}
	w := setup(t)
	noon := today.Add(4 * time.Hour) // in Shanghai
	for name, c := range map[string]struct {
		signals []signal
		raised  []Reason
	}{
		"share falls by exactly ten points":  {[]signal{{share, 0.6, 200}, {share, 0.5, 1}}, []Reason{ShareLoss}},
		"share falls by less":                {[]signal{{share, 0.6, 200}, {share, 0.5001, 1}}, []Reason{}},
		"share falls from the highest":       {[]signal{{share, 0.7, 300}, {share, 0.61, 200}, {share, 0.6, 1}}, []Reason{ShareLoss}},
		"share was high more than a year":    {[]signal{{share, 0.9, 370}, {share, 0.6, 1}}, []Reason{}},
		"share of long ago says nothing":     {[]signal{{share, 0.9, 500}, {share, 0.6, 400}}, []Reason{}},
		"share recovers":                     {[]signal{{share, 0.9, 100}, {share, 0.6, 50}, {share, 0.85, 1}}, []Reason{}},
		"a share of tomorrow":                {[]signal{{share, 0.9, 100}, {share, 0.1, -1}}, []Reason{}},
		"one share alone":                    {[]signal{{share, 0.1, 1}}, []Reason{}},
		"three complaints within 30 days":    {[]signal{{complaint, 1, 29}, {complaint, 1, 5}, {complaint, 2, 0}}, []Reason{ComplaintBurst}},
		"the first of them a day before":     {[]signal{{complaint, 1, 30}, {complaint, 1, 5}, {complaint, 2, 0}}, []Reason{}},
		"two complaints":                     {[]signal{{complaint, 2, 1}, {complaint, 2, 0}}, []Reason{}},
		"a complaint of tomorrow":            {[]signal{{complaint, 1, 5}, {complaint, 1, 5}, {complaint, 1, -1}}, []Reason{}},
		"satisfaction falls by exactly ten":  {[]signal{{satisfaction, 80, 100}, {satisfaction, 70, 1}}, []Reason{SatisfactionFall}},
		"satisfaction falls by less":         {[]signal{{satisfaction, 80, 100}, {satisfaction, 70.1, 1}}, []Reason{}},
		"satisfaction fell before the last":  {[]signal{{satisfaction, 90, 100}, {satisfaction, 70, 50}, {satisfaction, 69, 1}}, []Reason{}},
		"satisfaction fell against long ago": {[]signal{{satisfaction, 90, 700}, {satisfaction, 70, 1}}, []Reason{SatisfactionFall}},
		"two at once":                        {[]signal{{satisfaction, 90, 100}, {satisfaction, 70, 50}, {share, 1, 60}, {share, 0, 2}}, []Reason{ShareLoss, SatisfactionFall}},
	} {
		id := w.customer(measures{OrderDays: 1, First: ago(500), Last: ago(1), Tier: 1})
		nobody := w.customer(measures{})
		for _, s := range c.signals {
			w.signal(id, s.kind, s.value, noon.AddDate(0, 0, -s.days))
			w.signal(nobody, s.kind, s.value, noon.AddDate(0, 0, -s.days))
		}
		w.assess(today, daily, id, nobody)
		require.Equal(t, c.raised, w.reasons(id), name)
		require.Empty(t, w.reasons(nobody), "%s: without orders there is nothing to lose", name)
	}
}

// The bounds of the business day are those of the company's zone.
func TestComplaintsByBusinessDay(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id := w.customer(measures{OrderDays: 1, First: ago(500), Last: ago(1), Tier: 1})
	begins := today.AddDate(0, 0, -29).Add(-8 * time.Hour)
	w.signal(id, segmentationv1.Signal_COMPLAINT, 1, begins.Add(-time.Microsecond))
	w.signal(id, segmentationv1.Signal_COMPLAINT, 1, today)
	w.signal(id, segmentationv1.Signal_COMPLAINT, 1, today)
	w.assess(today, daily, id)
	require.Empty(t, w.reasons(id))
	w.signal(id, segmentationv1.Signal_COMPLAINT, 1, begins)
	w.assess(today, daily, id)
	require.Equal(t, []Reason{ComplaintBurst}, w.reasons(id))
}

// What the database computes is what package purchase does, from the usual to the edges of both.
func TestAliveAgreesWithPurchase(t *testing.T) {
	t.Parallel()
	w := setup(t)
	random := rand.New(rand.NewPCG(3, 4))
	spread := func(low, high float64) float64 { // evenly over the powers of ten
		return math.Pow(10, low+(high-low)*random.Float64())
	}
	var x, tx, end, r, alpha, a, b, wanted []float64
	add := func(h purchase.History, m purchase.Model) {
		require.NoError(t, h.Check())
		require.NoError(t, m.Check())
		x, tx, end = append(x, float64(h.X)), append(tx, h.Tx), append(end, h.T)
		r, alpha, a, b = append(r, m.R), append(alpha, m.Alpha), append(a, m.A), append(b, m.B)
		wanted = append(wanted, m.ProbabilityAlive(h))
	}
	cdnow := purchase.Model{R: 0.243, Alpha: 4.414, A: 0.793, B: 2.426}
	for range 3000 {
		m := purchase.Model{R: spread(-6, 6), Alpha: spread(-3, 6), A: spread(-6, 6), B: spread(-6, 6)}
		h := purchase.History{X: int(spread(0, 5)), Tx: spread(-1, 4)}
		h.T = h.Tx + spread(-2, 4)
		add(h, m)
		add(h, cdnow)
		add(purchase.History{T: h.T}, m)
	}
	add(purchase.History{X: 100_000, Tx: 1e-9, T: 1e9}, purchase.Model{R: 1e18, Alpha: 1e-18, A: 1e18, B: 1e-18})
	add(purchase.History{X: 1, Tx: 1e9, T: 1e9}, purchase.Model{R: 1e-18, Alpha: 1e18, A: 1e-18, B: 1e18})
	add(purchase.History{X: 100_000, Tx: 10, T: 5000}, cdnow)
	add(purchase.History{X: 2, Tx: 30.43, T: 38.86}, cdnow)
	var got []float64
	require.NoError(t, w.Select(t.Context(), &got, `select purchase_alive(x, tx, t, r, alpha, a, b)
		from unnest($1::float8[], $2::float8[], $3::float8[], $4::float8[], $5::float8[], $6::float8[], $7::float8[]) with ordinality
			as v (x, tx, t, r, alpha, a, b, place) order by place`,
		pq.Array(x), pq.Array(tx), pq.Array(end), pq.Array(r), pq.Array(alpha), pq.Array(a), pq.Array(b)))
	for i := range wanted {
		require.InDelta(t, wanted[i], got[i], 1e-8, "x=%g tx=%g t=%g r=%g alpha=%g a=%g b=%g", x[i], tx[i], end[i], r[i], alpha[i], a[i], b[i])
	}
	require.InDelta(t, 0.7266, got[len(got)-1], 5e-4)
}

func TestAlive(t *testing.T) {
	t.Parallel()
	w := setup(t)
	m := &Model{ID: newID(t), FitDay: ago(10), CreateTime: w.clock.Now(), Customers: 500, Version: 1, Model: purchase.Model{R: 0.243, Alpha: 4.414, A: 0.793, B: 2.426}}
	once := measures{OrderDays: 1, First: ago(300), Last: ago(300), Tier: 1}
	before, first := w.customer(once), w.customer(once)
	w.assess(today, daily, before)
	require.Empty(t, w.reasons(before))
	require.NoError(t, w.part.store.keep(t.Context(), m))

	w.assess(today, daily, first)
	require.Empty(t, w.reasons(first), "without a repeat purchase the model says nothing")
	gone := w.customer(measures{OrderDays: 3, First: ago(350), Last: ago(300), Median: 25, Deviation: 0, Tier: 1})
	w.assess(today, daily, gone)
	require.Equal(t, []Reason{ProbabilityAlive}, w.reasons(gone))
	open, _, err := w.part.store.Of(t.Context(), gone)
	require.NoError(t, err)
	f := open[0].Figures
	h := purchase.History{X: 2, Tx: 50 / 7.0, T: 350 / 7.0}
	require.InDelta(t, m.ProbabilityAlive(h), f.Alive, 1e-12)
	require.Less(t, f.Alive, 0.3)
	require.Equal(t, Figures{LastDay: ago(300).Format(time.DateOnly), Alive: f.Alive, Threshold: 0.3, X: 2, Tx: h.Tx, T: h.T, ModelDay: ago(10).Format(time.DateOnly)}, f)

	w.numbers.Churn.AliveBelow = f.Alive
	w.assess(today, assess.Cause{What: "settings"}, gone)
	require.Empty(t, w.reasons(gone), "not below its own")
}
