package servicelevel_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// made makes orders of all kinds, dirty ones among them.
func (b *bench) made(t *testing.T, r *rand.Rand, n int) []*order {
	t.Helper()
	var clients []client
	for i := range 6 {
		clients = append(clients, b.client(t, client{
			territory: []string{"cn/south", "cn/south/shenzhen", "cn/north", "eu"}[i%4], class: i % 6, zone: []string{"Asia/Shanghai", "America/New_York", "Europe/Berlin"}[i%3],
		}))
	}
	maybe := func(from *time.Time, hours int) *time.Time {
		if from == nil || r.IntN(4) == 0 {
			return nil
		}
		out := from.Add(time.Duration(r.IntN(hours*3600)-hours*200) * time.Second)
		if r.IntN(3) == 0 {
			out = out.Truncate(24 * time.Hour) // so that days are the same, and some times, too
		}
		return &out
	}
	number := func(most int) *int {
		if r.IntN(5) == 0 {
			return nil
		}
		return new(r.IntN(most))
	}
	var all []*order
	for range n {
		o := &order{client: clients[r.IntN(len(clients))], ordered: at(1+r.IntN(40), r.IntN(24), r.IntN(60))}
		o.requested, o.promised, o.transmitted = maybe(o.ordered, 480), maybe(o.ordered, 480), maybe(o.ordered, 24)
		o.processed, o.assembled, o.shipped = maybe(o.transmitted, 48), maybe(o.ordered, 200), maybe(o.ordered, 480)
		o.delivered = maybe(o.shipped, 200)
		if r.IntN(10) == 0 {
			o.delivered = maybe(o.ordered, 600)
		}
		if r.IntN(4) > 0 {
			o.documents = new(r.IntN(5) > 0)
		}
		for range r.IntN(4) {
			l := line{product: []string{"pumps", "阀门", "seals"}[r.IntN(3)], quantity: 1 + r.IntN(9)}
			l.filled, l.damaged = number(12), number(2)
			if r.IntN(6) == 0 {
				l.quantity = -l.quantity
			}
			o.lines = append(o.lines, l)
		}
		b.buy(t, *o)
		all = append(all, o)
	}
	return all
}

func key(o *order, group satisfactionv1.ListServiceLevelsRequest_GroupBy) string {
	switch group {
	case satisfactionv1.ListServiceLevelsRequest_TERRITORY:
		return o.territory
	case satisfactionv1.ListServiceLevelsRequest_CLASS:
		return segmentationv1.CustomerClassKind(o.class).String()
	case satisfactionv1.ListServiceLevelsRequest_MONTH:
		return local(o, o.ordered)[:7]
	default:
		return ""
	}
}

func local(o *order, at *time.Time) string {
	zone, _ := time.LoadLocation(o.zone)
	return at.In(zone).Format(time.DateOnly)
}

// naive counts one by one what the caller sees of the period, of one product line or of all.
func naive(orders []*order, group satisfactionv1.ListServiceLevelsRequest_GroupBy, product string, r *satisfactionv1.OnTimeRule, now time.Time) map[string]string {
	tallies := map[string]*tally{}
	add := func(key string, o *order, lines []line, none bool) {
		if tallies[key] == nil {
			tallies[key] = &tally{}
		}
		tallies[key].add(o, lines, none, r, now)
	}
	for _, o := range orders {
		if day := local(o, o.ordered); day < "2025-12-03" || day > "2026-01-04" || !strings.HasPrefix(o.territory, "cn") {
			continue
		}
		parts := map[string][]line{}
		for _, l := range o.lines {
			if product == "" || l.product == product {
				part := ""
				if group == satisfactionv1.ListServiceLevelsRequest_PRODUCT_LINE {
					part = l.product
				}
				parts[part] = append(parts[part], l)
			}
		}
		for part, lines := range parts {
			add(part+key(o, group), o, lines, false)
		}
		if len(parts) == 0 && product == "" {
			add(key(o, group), o, nil, true)
		}
	}
	out := map[string]string{}
	for key, x := range tallies {
		out[key] = x.String()
	}
	return out
}

// Any orders, grouped in any way and by any rule, counted by the database and one by one; in pages of two as in one.
func TestLevelsMatchCountingOneByOne(t *testing.T) {
	t.Parallel()
	b := setup(t)
	orders := b.made(t, rand.New(rand.NewPCG(8, 5)), 400)
	for group := range satisfactionv1.ListServiceLevelsRequest_GroupBy_name {
		for number := range 8 {
			request := &satisfactionv1.ListServiceLevelsRequest{
				From: day(2025, 12, 3), To: day(2026, 1, 4), GroupBy: satisfactionv1.ListServiceLevelsRequest_GroupBy(group),
				OnTimeRule: rule(int32(1+number%2), int32(1+number/2%2), int32(1+number/4)), PageSize: 2,
			}
			if number%3 == 1 {
				request.ProductLine = "阀门"
			}
			got := map[string]string{}
			for {
				page, err := b.ListServiceLevels(basic(t), request)
				require.NoError(t, err)
				for _, l := range page.GetServiceLevels() {
					require.NotContains(t, got, l.GetKey())
					got[l.GetKey()] = read(l)
				}
				if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
					break
				}
			}
			require.Equal(t, naive(orders, request.GetGroupBy(), request.GetProductLine(), request.GetOnTimeRule(), b.clock.Now()), got, "%v", request)
		}
	}
}
