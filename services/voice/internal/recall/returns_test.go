package recall_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// Every booking can be read, of an item and of all, page by page, by who reaches the customer; their sum is what is back.
func TestReturnsCanBeRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	here, there := b.client(t, "cn/south"), b.client(t, "cn/north")
	b.order(t, here, 3, "P1")
	b.order(t, there, 3, "P1")
	ctx := b.as(t, typev1.Level_MANAGER, "cn")
	r := b.made(ctx, t, "cn")
	b.started(ctx, t, r)
	items := map[string]*voicev1.RecallItem{}
	for _, i := range b.items(ctx, t, r) {
		items[i.GetCustomer()] = i
	}
	for _, i := range items {
		for _, quantity := range []float64{4, -1.5, 7.5} {
			b.Clock.Advance(time.Minute)
			_, err := b.recalls.RecordRecallReturn(ctx, &voicev1.RecordRecallReturnRequest{Name: i.GetName(), Quantity: quantity, Note: "x"})
			require.NoError(t, err)
		}
	}
	south := b.as(t, typev1.Level_BASIC, "cn/south")
	item := items[name(here)].GetName()
	var sum float64
	var seen []string
	token := ""
	for range 3 {
		page, err := b.recalls.ListRecallReturns(south, &voicev1.ListRecallReturnsRequest{Parent: item, PageSize: 1, PageToken: token})
		require.NoError(t, err)
		require.Len(t, page.GetReturns(), 1)
		got := page.GetReturns()[0]
		require.Equal(t, name(here), got.GetCustomer())
		require.Contains(t, got.GetName(), item+"/returns/")
		require.NotContains(t, seen, got.GetName())
		sum, seen, token = sum+got.GetQuantity(), append(seen, got.GetName()), page.GetNextPageToken()
	}
	require.Empty(t, token)
	require.InDelta(t, 10.0, sum, 0)

	all := r.GetName() + "/items/-"
	page, err := b.recalls.ListRecallReturns(south, &voicev1.ListRecallReturnsRequest{Parent: all})
	require.NoError(t, err)
	require.Len(t, page.GetReturns(), 3, "those of the south")
	page, err = b.recalls.ListRecallReturns(ctx, &voicev1.ListRecallReturnsRequest{Parent: all, Filter: `customer = "` + name(there) + `"`, OrderBy: "create_time desc"})
	require.NoError(t, err)
	require.Len(t, page.GetReturns(), 3)
	require.InDelta(t, 7.5, page.GetReturns()[0].GetQuantity(), 0)

	_, err = b.recalls.ListRecallReturns(south, &voicev1.ListRecallReturnsRequest{Parent: items[name(there)].GetName()})
	requireReason(t, err, "HIDDEN")
	other := b.made(ctx, t, "cn")
	_, err = b.recalls.ListRecallReturns(ctx, &voicev1.ListRecallReturnsRequest{Parent: other.GetName() + item[len(r.GetName()):]})
	requireReason(t, err, "HIDDEN")
}
