package policy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/services/planning/internal/policy"
)

func TestMonthsOfPeriods(t *testing.T) {
	t.Parallel()
	require.Equal(t, []int{1, 3, 6, 12}, []int{policy.Month.Months(), policy.Quarter.Months(), policy.HalfYear.Months(), policy.Year.Months()})
}
