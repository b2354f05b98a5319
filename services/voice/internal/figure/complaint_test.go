package figure_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

func rates(parent string, basis voicev1.ListComplaintRatesRequest_OrderBasis) *voicev1.ListComplaintRatesRequest {
	return &voicev1.ListComplaintRatesRequest{Parent: parent, From: day(1, 2), To: day(1, 10), OrderBasis: basis}
}

func written(c *voicev1.ComplaintCount) string {
	rate := "-"
	if c.Rate != nil {
		rate = c.GetRate() + "=" + c.GetExplicitRate() + "+" + c.GetImplicitRate()
	}
	return fmt.Sprintf("%d+%d/%d %s", c.GetExplicitCount(), c.GetImplicitCount(), c.GetOrderCount(), rate)
}

func allOf(r *voicev1.ComplaintRate) map[string]string {
	out := map[string]string{"total": written(r.GetTotal())}
	for _, p := range r.GetProductLines() {
		out[p.GetProductLine()] = written(p.GetComplaints())
	}
	return out
}

// Counted by hand: what is a complaint, when, of what, and against which orders.
func TestComplaintsAgainstOrders(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.client(t, client{})
	const opinion, complaint = 3, 4
	b.say(t, c, complaint, "pumps", false, at(2, 0, 0), nil)
	b.say(t, c, complaint, "pumps", false, at(1, 23, 59), nil) // before
	b.say(t, c, opinion, "pumps", false, at(3, 0, 0), nil)
	twice := b.affair(t, affair{client: c, received: at(3, 0, 0), product: "valves"}) // its voice said pumps, it was found to be about valves
	b.say(t, c, complaint, "pumps", false, at(3, 0, 0), &twice)
	b.say(t, c, complaint, "pumps", true, at(4, 0, 0), &twice)
	again := b.affair(t, affair{client: c, received: at(1, 0, 0)}) // the second voice is of the period, the complaint is not
	b.say(t, c, complaint, "pumps", false, at(1, 0, 0), &again)
	b.say(t, c, complaint, "pumps", false, at(5, 0, 0), &again)
	low := b.affair(t, affair{client: c, received: at(10, 23, 0)})
	b.say(t, c, complaint, "pumps", true, at(10, 23, 0), &low)
	b.affair(t, affair{client: c, received: at(6, 0, 0)})                              // told without a voice, about nothing in particular
	b.affair(t, affair{client: c, received: at(6, 0, 0), request: 1, severity: 3})     // an inquiry
	b.buy(t, c, at(2, 0, 0), nil, map[string]float64{"pumps": 2, "valves": 1})         //
	b.buy(t, c, at(9, 0, 0), later(at(11, 0, 0), 0), map[string]float64{"pumps": 1})   // delivered after
	b.buy(t, c, at(1, 0, 0), later(at(10, 0, 0), 0), map[string]float64{"seals": 0.5}) // delivered within
	b.buy(t, c, at(3, 0, 0), nil, map[string]float64{"pumps": -1})                     // a return
	b.buy(t, c, at(3, 0, 0), nil, map[string]float64{"pumps": -1, "valves": 1})        // an exchange
	b.buy(t, c, at(3, 0, 0), nil, nil)                                                 // of something

	basics := caller(t, "li", basic, "cn")
	got, err := b.ListComplaintRates(basics, rates(aggregate.Name(c.id), 0))
	require.NoError(t, err)
	require.Equal(t, voicev1.ListComplaintRatesRequest_PLACED, got.GetOrderBasis())
	require.Len(t, got.GetComplaintRates(), 1)
	require.Equal(t, map[string]string{
		"total": "3+1/4 1=0.75+0.25", "pumps": "1+1/2 1=0.5+0.5", "valves": "1+0/2 0.5=0.5+0", "": "1+0/0 -",
	}, allOf(got.GetComplaintRates()[0]))
	got, err = b.ListComplaintRates(basics, rates("customers/-", voicev1.ListComplaintRatesRequest_DELIVERED))
	require.NoError(t, err)
	require.Equal(t, map[string]string{
		"total": "3+1/1 4=3+1", "pumps": "1+1/0 -", "valves": "1+0/0 -", "seals": "0+0/1 0=0+0", "": "1+0/0 -",
	}, allOf(got.GetComplaintRates()[0]))
}

// All customers page by page: those in reach of whom there is something, the deleted ones not among them.
func TestComplaintRatesOfAll(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var want []string
	for i := range 7 {
		c := b.client(t, client{})
		switch i {
		case 1: // nothing
			continue
		case 2:
			b.affair(t, affair{client: c, received: at(3, 0, 0)})
		case 3:
			b.say(t, c, 4, "x", true, at(3, 0, 0), nil)
		default:
			b.buy(t, c, at(3, 0, 0), nil, map[string]float64{"x": 1})
		}
		want = append(want, aggregate.Name(c.id))
	}
	elsewhere := b.client(t, client{territory: "eu"})
	gone := b.client(t, client{})
	for _, c := range []client{elsewhere, gone} {
		b.buy(t, c, at(3, 0, 0), nil, map[string]float64{"x": 1})
	}
	b.exec(t, `update customers set delete_time = now() where customer_id = $1`, gone.id)
	request := rates("customers/-", 0)
	request.PageSize = 2
	south := caller(t, "li", basic, "cn/south")
	var got []string
	for {
		page, err := b.ListComplaintRates(south, request)
		require.NoError(t, err)
		for _, r := range page.GetComplaintRates() {
			got = append(got, r.GetCustomer())
		}
		if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
			break
		}
	}
	require.Equal(t, want, got)

	one, err := b.ListComplaintRates(south, rates(aggregate.Name(gone.id), 0))
	require.NoError(t, err, "a deleted one can be asked for")
	require.Len(t, one.GetComplaintRates(), 1)
	_, err = b.ListComplaintRates(south, rates(aggregate.Name(elsewhere.id), 0))
	requireReason(t, err, "HIDDEN")
	_, err = b.ListComplaintRates(south, rates("customers/x", 0))
	requireReason(t, err, "INVALID_FIELDS")
}
