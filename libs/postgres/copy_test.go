package postgres_test

import (
	"context"
	"iter"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/postgres"
)

func rows(texts ...string) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for _, text := range texts {
			if !yield([]any{text, decimal.RequireFromString("1.5"), `{"a":"\\ \t"}`}) {
				return
			}
		}
	}
}

var columns = []string{"text", "amount", "detail"}

func TestCopyInLoadsRows(t *testing.T) {
	t.Parallel()
	db, hooks := setup(t), 0
	db.OnCommit(func() { hooks++ })
	require.NoError(t, db.CopyIn(t.Context(), "public.notes", columns, rows("a\tb", "c\nd", "")))
	require.Equal(t, []string{"a\tb", "c\nd", ""}, texts(t, db))
	require.Equal(t, 1, hooks)
}

func TestCopyInIsAllOrNothing(t *testing.T) {
	t.Parallel()
	db := setup(t)
	err := db.InTx(t.Context(), func(ctx context.Context) error {
		require.NoError(t, db.CopyIn(ctx, "notes", columns, rows("a")))
		return db.CopyIn(ctx, "notes", columns, rows("b", "a"))
	})
	require.True(t, postgres.Violated(err, "notes_text_unique"), "%v", err)
	require.Empty(t, texts(t, db))
	require.Error(t, db.CopyIn(t.Context(), "nowhere", columns, rows("a")))
	require.NoError(t, db.CopyIn(t.Context(), "notes", columns, rows("a")), "the connection is usable again")
}

// A context that ends in the middle of a COPY leaves nothing behind, and the pool as good as before. Both read from the connection then, if they are let (-race).
func TestCopyInCutOff(t *testing.T) {
	t.Parallel()
	db := setup(t)
	_, err := db.Exec(t.Context(), `create table copied (n int)`)
	require.NoError(t, err)
	for round := range 40 {
		ctx, cancel := context.WithCancel(t.Context())
		err := db.CopyIn(ctx, "copied", []string{"n"}, func(yield func([]any) bool) {
			for n := range 20_000 {
				if n == 500*round {
					go cancel()
				}
				if !yield([]any{n}) {
					return
				}
			}
		})
		cancel()
		if err == nil { // it was faster
			_, err = db.Exec(t.Context(), `truncate copied`)
			require.NoError(t, err)
		}
		var left int
		require.NoError(t, db.Get(t.Context(), &left, `select count(*) from copied`))
		require.Zero(t, left)
	}
}
