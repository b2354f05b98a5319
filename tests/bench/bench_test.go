package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestQuantiles(t *testing.T) {
	t.Parallel()
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(i)
	}
	require.InDelta(t, 50, quantile(hundred, .5), 0)
	require.InDelta(t, 99, quantile(hundred, .99), 0)
	require.InDelta(t, 99, quantile(hundred, 1), 0)
	require.Zero(t, quantile(nil, .5))
	require.InDelta(t, 2, median([]float64{3, 1, 2}), 0)
}

// The client must not hide that the other side fails: few calls in the time look like a slow server.
func TestTheFirstFailureEndsATurn(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	began := time.Now()
	_, err := closed(t.Context(), turn{Callers: 4, Length: time.Minute}, func(n int) (func(context.Context) error, error) {
		return func(context.Context) error {
			time.Sleep(time.Millisecond)
			if n == 3 {
				return broken
			}
			return nil
		}, nil
	})
	require.ErrorIs(t, err, broken)
	require.Less(t, time.Since(began), 30*time.Second)
}

// A figure that is missed is explained by people, and the explanation outlives the next run.
func TestWhatPeopleWroteIsKept(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "benchmarks.md")
	one := figure{work: work{name: "read", goal: ">= 1"}, product: "10 calls/s", met: true}
	require.NoError(t, write(file, machine{cores: 2}, []figure{one}))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, append(text, "\n## Why\n\nBecause.\n"...), 0o600))
	one.product = "20 calls/s"
	require.NoError(t, write(file, machine{cores: 2}, []figure{one}))
	text, err = os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), "| read | 20 calls/s | - | - | - | >= 1 | yes |")
	require.NotContains(t, string(text), "10 calls/s")
	require.Contains(t, string(text), mark+"\n## Why\n\nBecause.\n")
}

// A row as the floor copies it must be one that the service could have written.
func TestRowsHaveAValueForEachColumn(t *testing.T) {
	t.Parallel()
	row, err := values(idOf(1), customer("1"), filled)
	require.NoError(t, err)
	require.Len(t, row, len(columns))
	require.NotEqual(t, idOf(1), idOf(2))
}
