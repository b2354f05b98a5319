package postgres_test

import (
	"database/sql"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
)

// The floor is database/sql with a statement prepared by hand, on the same pool's server.
func BenchmarkSelect(b *testing.B) {
	db, url := pair(b)
	require.NoError(b, add(b.Context(), db, "a"))
	const query = "select id from notes where text = $1"
	bare := prepare(b, url, query)
	var id int64
	ratio(b, func() error { return bare.QueryRowContext(b.Context(), "a").Scan(&id) },
		func() error { return db.Get(b.Context(), &id, query, "a") })
}

func BenchmarkInsert(b *testing.B) {
	db, url := pair(b)
	const query = "insert into notes (text) values (gen_random_uuid()::text || $1)"
	bare := prepare(b, url, query)
	ratio(b, func() error { _, err := bare.ExecContext(b.Context(), "a"); return err },
		func() error { _, err := db.Exec(b.Context(), query, "a"); return err })
}

func BenchmarkNamedInsert(b *testing.B) {
	db, url := pair(b)
	bare := prepare(b, url, "insert into notes (text) values (gen_random_uuid()::text || $1)")
	ratio(b, func() error { _, err := bare.ExecContext(b.Context(), "a"); return err },
		func() error {
			_, err := db.NamedExec(b.Context(), "insert into notes (text) values (gen_random_uuid()::text || :text)", base{"a"})
			return err
		})
}

func pair(b *testing.B) (db *postgres.DB, url string) {
	b.Helper()
	url = testkit.DatabaseURL(b, notes)
	return testkit.Open(b, postgres.Config{URL: url}), url
}

// prepare makes a statement of a pool that is bare lib/pq.
func prepare(b *testing.B, url, query string) *sql.Stmt {
	b.Helper()
	pool, err := sql.Open("postgres", url)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, pool.Close()) })
	pool.SetMaxOpenConns(1)
	stmt, err := pool.PrepareContext(b.Context(), query)
	require.NoError(b, err)
	return stmt
}

// ratio alternates the two and which goes first, so that what else the machine does hits both, and
// reports how many times the floor's median time ours takes.
func ratio(b *testing.B, floor, ours func() error) {
	b.Helper()
	var floorTimes, ourTimes []time.Duration
	measure := func(call func() error, times *[]time.Duration) {
		begin := time.Now()
		err := call()
		*times = append(*times, time.Since(begin))
		require.NoError(b, err)
	}
	for ourTurn := false; b.Loop(); ourTurn = !ourTurn {
		if ourTurn {
			measure(ours, &ourTimes)
			measure(floor, &floorTimes)
		} else {
			measure(floor, &floorTimes)
			measure(ours, &ourTimes)
		}
	}
	b.ReportMetric(median(ourTimes)/median(floorTimes), "x-of-bare")
	b.ReportMetric(median(ourTimes), "ns-ours")
}

func median(times []time.Duration) float64 {
	slices.Sort(times)
	return float64(times[len(times)/2])
}
