package postgres_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/postgres"
)

type base struct {
	Text string `db:"text"`
}

type note struct {
	base
	Amount decimal.NullDecimal `db:"amount"`
	Detail *string             `db:"detail"`
}

func TestNamedParametersAndRows(t *testing.T) {
	t.Parallel()
	db, ctx := setup(t), t.Context()
	detail := `{"a": 1}`
	in := note{base{"客户"}, decimal.NewNullDecimal(decimal.RequireFromString("12345678901234567890.1234567890")), &detail}
	const add = `insert into notes (text, amount, detail) values (:text, :amount, :detail::jsonb) returning text, amount, detail`
	var out note
	require.NoError(t, db.NamedGet(ctx, &out, add, in))
	require.Equal(t, in.Text, out.Text)
	require.True(t, in.Amount.Decimal.Equal(out.Amount.Decimal))
	require.JSONEq(t, detail, *out.Detail)

	_, err := db.NamedExec(ctx, "update notes set text = :new where text = :old", map[string]any{"old": "客户", "new": "关系"})
	require.NoError(t, err)
	var found []note
	require.NoError(t, db.NamedSelect(ctx, &found, "select text, amount, detail from notes where text = :text", &note{base: base{"关系"}}))
	require.Len(t, found, 1)

	_, err = db.NamedExec(ctx, "update notes set text = :missing", in)
	require.ErrorContains(t, err, `no field tagged db:"missing"`)
	_, err = db.NamedExec(ctx, "update notes set text = :missing", map[string]any{})
	require.ErrorContains(t, err, `no "missing"`)
	_, err = db.NamedExec(ctx, "update notes set text = :text", 5)
	require.ErrorContains(t, err, "not from int")
	_, err = db.NamedExec(ctx, "update notes set text = ':text", in)
	require.ErrorContains(t, err, "unterminated")
}

func TestValuesKeepTheirExactness(t *testing.T) {
	t.Parallel()
	db, ctx := setup(t), t.Context()
	id := uuid.Must(uuid.NewV7())
	at := time.Date(2026, 2, 3, 4, 5, 6, 7000, time.UTC)
	var row struct {
		ID    uuid.UUID       `db:"id"`
		At    time.Time       `db:"at"`
		Money decimal.Decimal `db:"money"`
	}
	require.NoError(t, db.Get(ctx, &row, "select $1::uuid as id, $2::timestamptz as at, $3::numeric as money",
		id, at, decimal.RequireFromString("0.10")))
	require.Equal(t, id, row.ID)
	require.True(t, at.Equal(row.At))
	require.Equal(t, "0.1", row.Money.String())
}

func TestNoRow(t *testing.T) {
	t.Parallel()
	db := setup(t)
	var text string
	require.ErrorIs(t, db.Get(t.Context(), &text, "select text from notes where text = $1", "x"), postgres.ErrNoRows)
}

const kept = "select statement from pg_prepared_statements"

// A statement is prepared once per connection, and transactions use the same one.
func TestStatementsAreKept(t *testing.T) {
	t.Parallel()
	db, ctx := with(t, postgres.Config{MaxConns: 1}), t.Context()
	var n int
	for range 3 {
		require.NoError(t, db.Get(ctx, &n, "select $1::int", 1))
		require.NoError(t, db.InTx(ctx, func(ctx context.Context) error { return db.Get(ctx, &n, "select $1::int", 2) }))
		require.NoError(t, db.GetDynamic(ctx, &n, "select $1::int + 1", 3))
	}
	var statements []string
	require.NoError(t, db.Select(ctx, &statements, kept))
	require.ElementsMatch(t, []string{"select $1::int", kept}, statements)
	var many []int
	require.NoError(t, db.SelectDynamic(ctx, &many, "select generate_series(1, $1::int)", 3))
	require.Equal(t, []int{1, 2, 3}, many)
}

func TestKeptStatementsAreBounded(t *testing.T) {
	t.Parallel()
	db, ctx := with(t, postgres.Config{MaxConns: 1}), t.Context()
	var n int
	for i := range 600 {
		require.NoError(t, db.Get(ctx, &n, fmt.Sprintf("select %d", i)))
	}
	require.NoError(t, db.Get(ctx, &n, "select count(*) from pg_prepared_statements"))
	require.LessOrEqual(t, n, 512)
	require.NoError(t, db.Get(ctx, &n, "select 0"), "the one that went first is prepared again")
}

// As many transactions as connections meet a statement for the first time: none needs a second
// connection to prepare it.
func TestPreparingInTransactionsDoesNotDeadlock(t *testing.T) {
	t.Parallel()
	const all = 4
	db := with(t, postgres.Config{MaxConns: all})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var together, done sync.WaitGroup
	together.Add(all)
	for i := range all {
		done.Go(func() {
			err := db.InTx(ctx, func(ctx context.Context) error {
				together.Done()
				together.Wait()
				return add(ctx, db, fmt.Sprint(i))
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	require.Len(t, texts(t, db), all)
}

func TestAChangedSchemaDoesNotBreakKeptStatements(t *testing.T) {
	t.Parallel()
	db, ctx := with(t, postgres.Config{MaxConns: 1}), t.Context()
	const query = "select * from notes"
	var rows []struct {
		ID int64 `db:"id"`
		note
		Extra *string `db:"extra"`
	}
	require.NoError(t, db.Select(ctx, &rows, query))
	_, err := db.Exec(ctx, "alter table notes add extra text")
	require.NoError(t, err)
	require.NoError(t, db.Select(ctx, &rows, query))

	_, err = db.Exec(ctx, "alter table notes alter extra type varchar(9)")
	require.NoError(t, err)
	inTx := func(ctx context.Context) error { return db.Select(ctx, &rows, query) }
	require.True(t, postgres.Retryable(db.InTx(ctx, inTx)), "an aborted transaction cannot go on")
	require.NoError(t, db.InTx(ctx, inTx))
}

func TestExecWithoutArgumentsTakesSeveralStatements(t *testing.T) {
	t.Parallel()
	db := setup(t)
	_, err := db.Exec(t.Context(), "insert into notes (text) values ('a'); insert into notes (text) values ('b')")
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, texts(t, db))
}

func TestDefaultsAreThoseOfTheEnvironment(t *testing.T) {
	t.Parallel()
	parsed, err := env.ParseAsWithOptions[postgres.Config](env.Options{Environment: map[string]string{}})
	require.NoError(t, err)
	parsed.URL = ""
	db, declared := with(t, postgres.Config{}), parsed
	var got struct{ Statement, Lock, Idle, Name string }
	require.NoError(t, db.Get(t.Context(), &got, `select
		current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
		current_setting('idle_in_transaction_session_timeout') as idle, current_setting('application_name') as name`))
	short := func(d time.Duration) string { return fmt.Sprintf("%ds", int(d.Seconds())) }
	require.Equal(t, short(declared.StatementTimeout), got.Statement)
	require.Equal(t, short(declared.LockTimeout), got.Lock)
	require.Equal(t, short(declared.IdleInTransactionTimeout), got.Idle)
	require.Equal(t, declared.ApplicationName, got.Name)
	require.Equal(t, declared.MaxConns, db.MaxConns())
}
