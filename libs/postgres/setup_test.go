package postgres_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
)

func notes(ctx context.Context, db *postgres.DB) error {
	_, err := db.Exec(ctx, `
		create table notes (
			id     bigint generated always as identity,
			text   text not null,
			amount numeric,
			detail jsonb,
			constraint notes_text_unique unique (text),
			constraint notes_amount_positive check (amount > 0)
		);
		create sequence attempts`)
	return err
}

func setup(t testing.TB) *postgres.DB {
	t.Helper()
	return testkit.Database(t, notes)
}

// with opens a database of the test's own with a configuration of its own.
func with(t testing.TB, config postgres.Config) *postgres.DB {
	t.Helper()
	config.URL = testkit.DatabaseURL(t, notes)
	return testkit.Open(t, config)
}

const insert = "insert into notes (text) values ($1)"

func add(ctx context.Context, db *postgres.DB, text string) error {
	_, err := db.Exec(ctx, insert, text)
	return err
}

func texts(t testing.TB, db *postgres.DB) []string {
	t.Helper()
	var found []string
	require.NoError(t, db.Select(t.Context(), &found, "select text from notes order by id"))
	return found
}
