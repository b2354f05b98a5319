package policy

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/civil"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

func TestListPolicies(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for year := int32(2026); year < 2029; year++ {
		b.Clock.Advance(time.Minute)
		b.draft(t, year, "")
	}
	list := func(r *segmentationv1.ListPoliciesRequest) (years []int32, next string) {
		answer, err := b.policies.ListPolicies(b.As(t, basic), r)
		require.NoError(t, err)
		for _, p := range answer.GetPolicies() {
			years = append(years, p.GetFiscalYear())
		}
		return years, answer.GetNextPageToken()
	}
	years, next := list(&segmentationv1.ListPoliciesRequest{PageSize: 3})
	require.Equal(t, []int32{2028, 2027, 2026}, years)
	years, next = list(&segmentationv1.ListPoliciesRequest{PageSize: 3, PageToken: next})
	require.Equal(t, []int32{0}, years)
	require.Empty(t, next)
	years, _ = list(&segmentationv1.ListPoliciesRequest{Filter: `state = DRAFT AND fiscal_year > 2026`, OrderBy: "fiscal_year"})
	require.Equal(t, []int32{2027, 2028}, years)
	years, _ = list(&segmentationv1.ListPoliciesRequest{Filter: `effective_date < "2000-01-01"`})
	require.Equal(t, []int32{0}, years)
}

// Versions are numbered without gaps and each once, whoever else makes one at the same time; of two who publish for one day one comes late.
func TestWritersWaitForEachOther(t *testing.T) {
	t.Parallel()
	b := setup(t)
	type made struct {
		policy *segmentationv1.Policy
		err    error
	}
	day := civil.Optional(calendarDay(t, "2026-02-01"))
	admin, drafts, published := b.admin(t), make(chan made), make(chan made)
	const writers = 6
	for range writers {
		go func() {
			p, err := b.policies.CreatePolicy(admin, &segmentationv1.CreatePolicyRequest{
				Policy: &segmentationv1.Policy{FiscalYear: 2026, EffectiveDate: day}, CopyFrom: shipped,
			})
			drafts <- made{p, err}
		}()
	}
	versions := map[int32]bool{}
	for range writers {
		d := <-drafts
		require.NoError(t, d.err)
		versions[d.policy.GetVersion()] = true
		go func() {
			p, err := b.policies.PublishPolicy(admin, &segmentationv1.PublishPolicyRequest{Name: d.policy.GetName()})
			published <- made{p, err}
		}()
	}
	require.Equal(t, map[int32]bool{1: true, 2: true, 3: true, 4: true, 5: true, 6: true}, versions)
	first := 0
	for range writers {
		if p := <-published; p.err == nil {
			first++
		} else {
			refused(t, p.err, codes.FailedPrecondition, "EFFECTIVE_DATE_TAKEN")
		}
	}
	require.Equal(t, 1, first)
}
