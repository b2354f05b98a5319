package policybook_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/policybook"
)

func TestWhichPolicyIsInForce(t *testing.T) {
	t.Parallel()
	day := func(month time.Month, d int) time.Time { return time.Date(2026, month, d, 0, 0, 0, 0, time.UTC) }
	standing, later, own, next := uuid.New(), uuid.New(), uuid.New(), uuid.New()
	all := []policybook.Policy{
		{ID: next, FiscalYear: 2026, Effective: day(9, 1)},
		{ID: own, FiscalYear: 2026, Effective: day(5, 15)},
		{ID: later, FiscalYear: 0, Effective: day(3, 1)},
		{ID: standing, FiscalYear: 0, Effective: time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)},
		{ID: uuid.New(), FiscalYear: 2027, Effective: day(1, 1)},
	}
	for at, want := range map[time.Time]uuid.UUID{
		day(1, 1): standing, day(2, 28): standing, day(3, 1): later, day(5, 14): later, day(5, 15): own, day(8, 31): own, day(9, 1): next, day(12, 31): next,
	} {
		require.Equal(t, want, policybook.InForce(all, at, 2026).ID, at)
	}
	require.Nil(t, policybook.InForce(all[:2], day(1, 1), 2026))
}
