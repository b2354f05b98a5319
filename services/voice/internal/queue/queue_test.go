package queue_test

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/voice/internal/queue"
)

func TestTaguchi(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cost            string
		elapsed, target int64
		want            string
	}{
		{"1500", 0, 3600, "0"},
		{"1500", 1800, 3600, "375"},
		{"1500", 3600, 3600, "1500"},
		{"1500", 7200, 3600, "6000"},
		{"3", 10, 10, "3"}, // the pizza that is ten minutes late: k = 0.03 a square minute makes 3.00
		{"0.03", 10, 1, "3"},
		{"1", 1, 3, "0.1111"},
		{"1", 5, 0, "25"},
	} {
		require.Equal(t, c.want, queue.Loss(decimal.RequireFromString(c.cost), c.elapsed, c.target).String())
	}
}

// Waiting never gets cheaper, and who weighs twice costs twice.
func TestLossGrows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cost := decimal.New(rapid.Int64Range(0, 1e9).Draw(t, "cost"), -4)
		target, elapsed := rapid.Int64Range(1, 1e7).Draw(t, "target"), rapid.Int64Range(0, 1e8).Draw(t, "elapsed")
		less, more := queue.Loss(cost, elapsed, target), queue.Loss(cost, elapsed+rapid.Int64Range(0, 1e6).Draw(t, "more"), target)
		require.False(t, less.GreaterThan(more))
		clocks := []queue.Clock{{Loss: less}, {Loss: more}}
		once, twice := queue.Total(clocks, decimal.NewFromInt(1)), queue.Total(clocks, decimal.NewFromInt(2))
		require.True(t, once.Mul(decimal.NewFromInt(2)).Equal(twice))
	})
}
