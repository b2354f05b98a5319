package servicelevel_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

func timely(o *satisfactionv1.OnTime) string {
	rate := "-"
	if o.Rate != nil {
		rate = o.GetRate()
	}
	return fmt.Sprint(o.GetOnTimeCount(), " late ", o.GetLateCount(), " overdue ", o.GetOverdueCount(), " pending ", o.GetPendingCount(), " undated ", o.GetUndatedCount(),
		" untimed ", o.GetUntimedCount(), " = ", rate)
}

func share(s *satisfactionv1.ServiceShare) string {
	rate := "-"
	if s.Rate != nil {
		rate = s.GetRate()
	}
	return fmt.Sprintf("%d/%d ?%d = %s", s.GetCount(), s.GetKnownCount(), s.GetUnknownCount(), rate)
}

// Every edge of being on time, by each rule. It is 17:00 of the 5th of January (the 36th of December).
func TestOnTimeByRule(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.client(t, client{})
	for _, o := range []order{
		{requested: at(10, 12, 0), shipped: at(10, 12, 0), delivered: at(10, 23, 59)},                      // to the minute; arrived the same day, later
		{requested: at(10, 0, 0), shipped: at(10, 18, 0), delivered: at(11, 0, 0)},                         // left on the day, after the hour; arrived the next day
		{requested: at(10, 12, 0), shipped: at(11, 0, 0), delivered: at(11, 9, 0), promised: at(11, 9, 0)}, // late, but as promised
		{requested: at(36, 16, 0)},                           // past due by the hour, not by the day
		{requested: at(36, 18, 0), shipped: at(35, 0, 0)},    // has left; is not due yet
		{requested: at(35, 23, 59)},                          // past due
		{shipped: at(9, 0, 0)},                               // nobody asked for a date
		{requested: at(10, 12, 0), delivered: at(10, 11, 0)}, // arrived in time, so it left in time
		{requested: at(10, 12, 0), delivered: at(12, 11, 0)}, // arrived late; when it left is not known
		{requested: at(10, 12, 0), shipped: at(9, 0, 0), lines: []line{{product: "x", quantity: -1}}},            // a return
		{requested: at(10, 12, 0), shipped: at(9, 0, 0), client: b.client(t, client{territory: "eu"})},           // elsewhere
		{requested: at(10, 12, 0), shipped: at(9, 0, 0), ordered: at(32, 0, 0)},                                  // of January
		{requested: at(10, 12, 0), shipped: at(9, 0, 0), ordered: at(1, 0, 0), client: b.client(t, client{})},    // the first instant
		{requested: at(10, 12, 0), shipped: at(9, 0, 0), ordered: at(31, 23, 59), client: b.client(t, client{})}, // the last
	} {
		if o.ordered == nil {
			o.ordered = at(5, 12, 0)
		}
		if o.territory == "" {
			o.client = c
		}
		b.buy(t, o)
	}
	for _, x := range []struct {
		rule *satisfactionv1.OnTimeRule
		want string
	}{
		{nil, "6 late 1 overdue 1 pending 1 undated 1 untimed 1 = 0.75"},
		{rule(2, 1, 1), "6 late 1 overdue 1 pending 1 undated 1 untimed 1 = 0.75"},
		{rule(1, 1, 1), "5 late 2 overdue 2 pending 0 undated 1 untimed 1 = 0.555556"},
		{rule(2, 1, 2), "2 late 3 overdue 3 pending 2 undated 1 untimed 0 = 0.25"},
		{rule(1, 1, 2), "1 late 4 overdue 4 pending 1 undated 1 untimed 0 = 0.111111"},
		{rule(2, 2, 2), "1 late 0 overdue 0 pending 0 undated 10 untimed 0 = 1"},
	} {
		r := december(0)
		r.OnTimeRule = x.rule
		require.Equal(t, x.want, timely(b.one(t, r).GetOnTime()), "%v", x.rule)
	}
	all := b.one(t, december(0))
	require.EqualValues(t, 11, all.GetOrderCount())
	require.EqualValues(t, 1, all.GetReturnCount())
	b.clock.Advance(24 * time.Hour)
	require.Equal(t, "6 late 1 overdue 2 pending 0 undated 1 untimed 1 = 0.666667", timely(b.one(t, december(0)).GetOnTime()), "what was pending is overdue a day later")
}

// Days are those of the customer: the same instants are late in one zone and on time in another.
func TestCalendarDatesAreTheCustomers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, zone := range []string{"Asia/Shanghai", "America/New_York"} {
		c := b.client(t, client{zone: zone})
		b.buy(t, order{client: c, ordered: at(5, 0, 0), requested: at(10, 23, 0), shipped: at(11, 1, 0)})
	}
	require.Equal(t, "1 late 1 overdue 0 pending 0 undated 0 untimed 0 = 0.5", timely(b.one(t, december(0)).GetOnTime()))
}

// Fill, damage, documents and perfect orders, counted by hand.
func TestFillAndPerfectOrders(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.client(t, client{})
	whole := line{product: "pumps", quantity: 10, filled: new(10), damaged: new(0)}
	short := line{product: "valves", quantity: 4, filled: new(1), damaged: new(0)}
	broken := line{product: "valves", quantity: 4, filled: new(9), damaged: new(1)} // more than was ordered is not more than all
	dark := line{product: "pumps", quantity: 6}
	back := line{product: "pumps", quantity: -3}
	right := order{ordered: at(5, 0, 0), requested: at(10, 0, 0), shipped: at(9, 0, 0), documents: new(true)}
	for _, change := range []func(o *order){
		func(o *order) { o.lines = []line{whole, back} },                                      // perfect
		func(o *order) { o.lines = []line{whole, short} },                                     // short
		func(o *order) { o.lines = []line{whole, broken} },                                    // damaged
		func(o *order) { o.lines, o.documents = []line{whole}, new(false) },                   // wrong papers
		func(o *order) { o.lines, o.shipped = []line{whole}, at(11, 0, 0) },                   // late
		func(o *order) { o.lines = []line{whole, dark} },                                      // unknown
		func(o *order) { o.lines, o.documents = []line{whole}, nil },                          // unknown
		func(o *order) { o.lines, o.documents, o.shipped = []line{whole}, nil, at(11, 0, 0) }, // unknown, and surely not perfect
		func(o *order) { o.lines, o.requested = []line{whole}, nil },                          // unknown: no date
		func(o *order) { o.lines = nil },                                                      // unknown: no lines
		func(o *order) { o.lines, o.requested, o.shipped = []line{whole}, at(40, 0, 0), nil }, // unknown: pending
	} {
		o := right
		change(&o)
		o.client = c
		b.buy(t, o)
	}
	all := b.one(t, december(0))
	require.Equal(t, "11/12 ?1 = 0.916667", share(all.GetLineFill()))
	require.Equal(t, "8/9 ?2 = 0.888889", share(all.GetOrderFill()))
	require.Equal(t, "8/9 ?2 = 0.888889", share(all.GetDamageFree()))
	require.Equal(t, "8/9 ?2 = 0.888889", share(all.GetDocumentsCorrect()))
	require.Equal(t, "1/5 ?6 = 0.2", share(all.GetPerfectOrder()))
	require.EqualValues(t, 1, all.GetUnknownImperfectCount())
	q := all.GetQuantityFill()
	require.Equal(t, []string{"108", "105", "6", "0.972222"}, []string{q.GetOrderedQuantity(), q.GetFilledQuantity(), q.GetUnknownQuantity(), q.GetRate()})
	require.Less(t, q.GetLow(), 0.972222)
	require.InDelta(t, 1, q.GetHigh(), 0.05)

	got, err := b.ListServiceLevels(basic(t), december(satisfactionv1.ListServiceLevelsRequest_PRODUCT_LINE))
	require.NoError(t, err)
	var lines []string
	for _, l := range got.GetServiceLevels() {
		lines = append(lines, fmt.Sprint(l.GetKey(), ":", l.GetOrderCount(), " ", share(l.GetOrderFill()), " ", share(l.GetPerfectOrder())))
	}
	require.Equal(t, []string{":1 0/0 ?1 = - 0/0 ?1 = -", "pumps:10 9/9 ?1 = 1 3/5 ?5 = 0.6", "valves:2 1/2 ?0 = 0.5 0/2 ?0 = 0"}, lines)
	r := december(0)
	r.ProductLine = "valves"
	require.Equal(t, "0/2 ?0 = 0", share(b.one(t, r).GetPerfectOrder()))
}

// Parts that are not known are counted as unknown, and those that end before they begin apart.
func TestCycleTimes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.client(t, client{})
	b.buy(t, order{
		client: c, ordered: at(1, 0, 0), transmitted: at(1, 6, 0), processed: at(2, 6, 0), assembled: at(4, 6, 0), shipped: at(4, 18, 0), delivered: at(8, 0, 0),
	})
	b.buy(t, order{client: c, ordered: at(2, 0, 0), shipped: at(4, 0, 0)})
	b.buy(t, order{client: c, ordered: at(3, 0, 0), shipped: at(2, 0, 0)})
	all := b.one(t, december(0))
	var parts []string
	for _, p := range all.GetCycleTimes() {
		parts = append(parts, fmt.Sprint(p.GetPart(), " ", p.GetCount(), "+", p.GetUnknownCount(), "+", p.GetNegativeCount(), " ", p.GetMeanDays(), " ", p.GetMedianDays(), " ",
			p.GetP90Days(), " ", p.GetMaxDays(), " ", p.GetStandardDeviationDays()))
	}
	require.Equal(t, []string{
		"TRANSMITTAL 1+2+0 0.25 0.25 0.25 0.25 ", "PROCESSING 1+2+0 1 1 1 1 ", "ASSEMBLY 1+2+0 2 2 2 2 ", "DISPATCH 1+2+0 0.5 0.5 0.5 0.5 ",
		"DELIVERY 1+2+0 3.25 3.25 3.25 3.25 ", "ORDER_TO_SHIP 2+0+1 2.875 2.875 3.75 3.75 1.237437", "WHOLE 1+2+0 7 7 7 7 ",
	}, parts)
	toShip := all.GetCycleTimes()[5]
	require.Less(t, toShip.GetLowDays(), 0.0, "of two values little is known")
	require.InDelta(t, 2.875+12.7062*1.237437/1.414214, toShip.GetHighDays(), 1e-3)
	counts := map[string]int64{}
	for _, bucket := range toShip.GetBuckets() {
		if bucket.GetCount() > 0 {
			counts[fmt.Sprint(bucket.GetFromDays(), "-", bucket.GetToDays())] = bucket.GetCount()
		}
	}
	require.Equal(t, map[string]int64{"2-3": 1, "3-5": 1}, counts, "a bucket holds the days that it begins with")
	require.Len(t, toShip.GetBuckets(), 11)
	require.Nil(t, all.GetCycleTimes()[0].LowDays)
}

// A single customer, also a deleted one; pages; what is not there.
func TestReach(t *testing.T) {
	t.Parallel()
	b := setup(t)
	near, gone := b.client(t, client{class: 5}), b.client(t, client{territory: "cn/north"})
	far := b.client(t, client{territory: "eu"})
	for _, c := range []client{near, gone, far} {
		b.buy(t, order{client: c, ordered: at(5, 0, 0), shipped: at(6, 0, 0)})
	}
	require.EqualValues(t, 2, b.one(t, december(0)).GetOrderCount())
	r := december(satisfactionv1.ListServiceLevelsRequest_TERRITORY)
	r.PageSize = 1
	first, err := b.ListServiceLevels(basic(t), r)
	require.NoError(t, err)
	require.Equal(t, "cn/north", first.GetServiceLevels()[0].GetKey())
	r.PageToken = first.GetNextPageToken()
	second, err := b.ListServiceLevels(basic(t), r)
	require.NoError(t, err)
	require.Equal(t, "cn/south", second.GetServiceLevels()[0].GetKey())
	require.Empty(t, second.GetNextPageToken())
	r.GroupBy = satisfactionv1.ListServiceLevelsRequest_CLASS
	_, err = b.ListServiceLevels(basic(t), r)
	requireReason(t, err, "INVALID_FIELDS")
	r.PageToken = ""
	byClass, err := b.ListServiceLevels(basic(t), r)
	require.NoError(t, err)
	require.Equal(t, "CUSTOMER_CLASS_KIND_UNSPECIFIED", byClass.GetServiceLevels()[0].GetKey())

	b.exec(t, `update customers set delete_time = now() where customer_id = $1`, gone.id)
	require.EqualValues(t, 1, b.one(t, december(0)).GetOrderCount())
	one := december(0)
	one.Customer = aggregate.Name(gone.id)
	require.EqualValues(t, 1, b.one(t, one).GetOrderCount())
	one.Customer = aggregate.Name(far.id)
	_, err = b.ListServiceLevels(basic(t), one)
	requireReason(t, err, "HIDDEN")
	one.Customer, one.CustomerClass = "customers/-", "CORE"
	require.EqualValues(t, 1, b.one(t, one).GetOrderCount())
	one.CustomerClass = "POTENTIAL"
	empty := b.one(t, one)
	require.EqualValues(t, 0, empty.GetOrderCount())
	require.Len(t, empty.GetCycleTimes(), 7)
	require.Nil(t, empty.GetOnTime().Rate)
	one.CustomerClass = "KING"
	_, err = b.ListServiceLevels(basic(t), one)
	requireReason(t, err, "INVALID_FIELDS")
	_, err = b.ListServiceLevels(basic(t), &satisfactionv1.ListServiceLevelsRequest{From: day(2026, 1, 2), To: day(2026, 1, 1)})
	requireReason(t, err, "INVALID_FIELDS")
}
