package issue_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// A Pareto analysis counts what is in reach, cuts at the shipped shares, and pages.
func TestPareto(t *testing.T) {
	t.Parallel()
	b := setup(t)
	north := b.client(t, "cn/north/beijing")
	for code, n := range map[string]int{"A": 70, "B": 15, "C": 10, "D": 5} {
		for i := range n {
			customer := b.customer
			if i%5 == 0 {
				customer = north
			}
			b.put(t, customer, fmt.Sprint(code, " ", i), code, i%50)
		}
	}
	by := func(d voicev1.ListIssueParetoRequest_Dimension) *voicev1.ListIssueParetoRequest {
		return &voicev1.ListIssueParetoRequest{Dimension: d}
	}
	got, err := b.groups.ListIssuePareto(b.manager(t), by(voicev1.ListIssueParetoRequest_PRODUCT_CODE))
	require.NoError(t, err)
	require.Equal(t, int64(100), got.GetTotalCount())
	var cut string
	for i, r := range got.GetRows() {
		require.Equal(t, int32(i+1), r.GetRank())
		cut += r.GetKey() + r.GetAbc().String()
	}
	require.Equal(t, "AABACBDC", cut)
	require.InDelta(t, 0.85, got.GetRows()[1].GetCumulativeShare(), 1e-9)
	require.InDelta(t, 0.15, got.GetRows()[1].GetShare(), 1e-9)

	paged := by(voicev1.ListIssueParetoRequest_PRODUCT_CODE)
	paged.PageSize = 3
	got, err = b.groups.ListIssuePareto(b.manager(t), paged)
	require.NoError(t, err)
	paged.PageToken = got.GetNextPageToken()
	got, err = b.groups.ListIssuePareto(b.manager(t), paged)
	require.NoError(t, err)
	require.Len(t, got.GetRows(), 1)
	require.InDelta(t, 1, got.GetRows()[0].GetCumulativeShare(), 1e-9)

	got, err = b.groups.ListIssuePareto(b.manager(t, "cn/north"), by(voicev1.ListIssueParetoRequest_TERRITORY))
	require.NoError(t, err)
	require.Len(t, got.GetRows(), 1)
	require.Equal(t, "cn/north", got.GetRows()[0].GetKey())
	require.Equal(t, int64(20), got.GetTotalCount())
	whole := by(voicev1.ListIssueParetoRequest_TERRITORY)
	whole.Depth = 1
	got, err = b.groups.ListIssuePareto(b.manager(t), whole)
	require.NoError(t, err)
	require.Equal(t, "cn", got.GetRows()[0].GetKey())

	b.grouped(t)
	for _, d := range []voicev1.ListIssueParetoRequest_Dimension{
		voicev1.ListIssueParetoRequest_PRODUCT_LINE, voicev1.ListIssueParetoRequest_CAUSE, voicev1.ListIssueParetoRequest_REQUEST_KIND, voicev1.ListIssueParetoRequest_ISSUE_GROUP,
	} {
		r := by(d)
		r.StartTime, r.EndTime = timestamppb.New(b.Clock.Now().AddDate(0, 0, -9)), timestamppb.New(b.Clock.Now().AddDate(0, 0, -4))
		got, err = b.groups.ListIssuePareto(b.manager(t), r)
		require.NoError(t, err)
		require.Equal(t, int64(20), got.GetTotalCount(), d)
	}
	require.Equal(t, "COMPLAINT_REQUEST", func() string {
		got, err = b.groups.ListIssuePareto(b.manager(t), by(voicev1.ListIssueParetoRequest_REQUEST_KIND))
		require.NoError(t, err)
		return got.GetRows()[0].GetKey()
	}())
	deep := by(voicev1.ListIssueParetoRequest_CAUSE)
	deep.Depth = 1
	_, err = b.groups.ListIssuePareto(b.manager(t), deep)
	requireReason(t, err, "INVALID_FIELDS")
}
