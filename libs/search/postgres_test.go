package search_test

import (
	"context"
	"testing"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/search"
	"github.com/guanxi-crm/guanxi/libs/testkit"
)

func database(t testing.TB) *postgres.DB {
	t.Helper()
	return testkit.Database(t, func(context.Context, *postgres.DB) error { return nil })
}

// found asks PostgreSQL whether query finds text; a query without a term finds everything.
func found(t testing.TB, db *postgres.DB, text, query string) bool {
	t.Helper()
	tsquery := search.Query(query)
	if tsquery == "" {
		return true
	}
	var hit bool
	require.NoError(t, db.Get(context.Background(), &hit,
		"select array_to_tsvector($1) @@ cast($2 as tsquery)", pq.Array(search.Terms(text)), tsquery), "%q", query)
	return hit
}

func TestFound(t *testing.T) {
	t.Parallel()
	db := database(t)
	const text = "华为技术有限公司 (Huawei Technologies Co., Ltd.) 深圳 サービス ＡＢＣ１２３"
	for query, want := range map[string]bool{
		"华为": true, "为技": true, "华": true, "技术有限": true, "华为 深圳": true,
		"华技": false, "为华": false, "华为 上海": false,
		"hua": true, "HUAWEI": true, "wei": false, "ｈｕａｗｅｉ": true, "huawei 深圳 ltd": true,
		"abc123": true, "abc 123": false, "ｻｰﾋﾞｽ": true, "": true, "。": true,
	} {
		require.Equal(t, want, found(t, db, text, query), query)
	}
}

func TestTheLongestTextFits(t *testing.T) {
	t.Parallel()
	require.True(t, found(t, database(t), everyHan(), "一丁"))
}

// FuzzQuery looks for text that PostgreSQL cannot take as a query or a vector, or that does not find itself.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"", "华为", `'"\&|!():*<->`, "a' | b", "a\x00b\xff", "İstanbul ẞ", "ｶﾞ①½", "\u0301", "e\u0301", "'):*"} {
		f.Add(seed)
	}
	db := database(f)
	f.Fuzz(func(t *testing.T, text string) {
		if !found(t, db, text, text) {
			t.Fatalf("%q does not find itself", text)
		}
	})
}
