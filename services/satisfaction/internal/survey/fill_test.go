package survey_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// However many answer at once, no quota takes one more than it wants, none is missed, and what is refused or rolled back counts nowhere.
func TestQuotasAreNeverOverrun(t *testing.T) {
	t.Parallel()
	b := setup(t)
	x := b.create(t, func(x *survey.Survey) {
		x.Quotas = []survey.Quota{
			{LabelEn: "all", LabelZh: "all", Target: 25},
			{LabelEn: "one", LabelZh: "one", Target: 10, Condition: survey.Condition{Classes: []int32{1}}},
			{LabelEn: "two", LabelZh: "two", Target: 100, Condition: survey.Condition{Classes: []int32{2}}},
		}
	})
	var taken [3]atomic.Int32
	undone := errors.New("undone")
	var all sync.WaitGroup
	for i := range 80 {
		class := int16(1 + i%2)
		all.Go(func() {
			err := b.db.InTx(t.Context(), func(ctx context.Context) error {
				if err := b.store.Fill(ctx, x.ID, survey.Case{Class: class}); err != nil {
					return err
				}
				if i%8 == 7 {
					return undone
				}
				return nil
			})
			if err == nil {
				taken[0].Add(1)
				taken[class].Add(1)
			} else if !errors.Is(err, undone) {
				require.Equal(t, "QUOTA_FULL", fault.From(err).Reason())
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 25, taken[0].Load(), "more wanted to answer than were wanted")
	require.LessOrEqual(t, taken[1].Load(), int32(10))
	for quota, want := range map[int]int32{1: taken[0].Load(), 2: taken[1].Load(), 3: taken[2].Load()} {
		require.EqualValues(t, want, b.count(t, `select filled from quotas where survey_id = $1 and quota = $2`, x.ID, quota))
	}
	require.NoError(t, b.store.Unfill(t.Context(), x.ID, survey.Case{Class: 2}))
	require.NoError(t, b.store.Fill(t.Context(), x.ID, survey.Case{Class: 2}), "what was given back can be taken again")
	requireReason(t, b.store.Fill(t.Context(), x.ID, survey.Case{Class: 2}), "QUOTA_FULL")
}

// Quotas are what a plain count says, whatever is filled and given back.
func TestQuotasCount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	rapid.Check(t, func(r *rapid.T) {
		targets := rapid.SliceOfN(rapid.Int32Range(1, 3), 2, 2).Draw(r, "targets")
		x := b.create(t, func(x *survey.Survey) {
			x.Quotas = []survey.Quota{
				{LabelEn: "one", LabelZh: "one", Target: targets[0], Condition: survey.Condition{Classes: []int32{1, 2}}},
				{LabelEn: "two", LabelZh: "two", Target: targets[1], Condition: survey.Condition{Classes: []int32{2, 3}}},
			}
		})
		counts := func(class int16) (out []int) {
			for i := range x.Quotas {
				if x.Quotas[i].Condition.Counts(survey.Case{Class: class}) {
					out = append(out, i)
				}
			}
			return out
		}
		filled, inside := []int32{0, 0}, []int16{}
		for range rapid.IntRange(1, 8).Draw(r, "steps") {
			if len(inside) > 0 && rapid.IntRange(0, 3).Draw(r, "void") == 0 {
				require.NoError(r, b.store.Unfill(t.Context(), x.ID, survey.Case{Class: inside[0]}))
				for _, i := range counts(inside[0]) {
					filled[i]--
				}
				inside = inside[1:]
				continue
			}
			class := rapid.Int16Range(1, 4).Draw(r, "class")
			full := false
			for _, i := range counts(class) {
				full = full || filled[i] == targets[i]
			}
			err := b.store.Fill(t.Context(), x.ID, survey.Case{Class: class})
			require.Equal(r, full, err != nil, "%v", err)
			if !full {
				inside = append(inside, class)
				for _, i := range counts(class) {
					filled[i]++
				}
			}
			for i, n := range filled {
				require.EqualValues(r, n, b.count(t, `select filled from quotas where survey_id = $1 and quota = $2`, x.ID, i+1))
			}
		}
	})
}
