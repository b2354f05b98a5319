package postgres

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestNumberParameters(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		query, text string
		names       []string
	}{
		{"select 1", "select 1", nil},
		{"select :a, :b_2", "select $1, $2", []string{"a", "b_2"}},
		{":a :a", "$1 $2", []string{"a", "a"}},
		{"select :x::jsonb", "select $1::jsonb", []string{"x"}},
		{"cast(:owner.name as text)", "cast($1 as text)", []string{"owner.name"}},
		{"select '12:30', 'it''s :no', :yes", "select '12:30', 'it''s :no', $1", []string{"yes"}},
		{`select ":column" from t where a = :a`, `select ":column" from t where a = $1`, []string{"a"}},
		{"select 1 -- :no\n, :a", "select 1 -- :no\n, $1", []string{"a"}},
		{"select 1 -- :no", "select 1 -- :no", nil},
		{"select /* :no */ :a", "select /* :no */ $1", []string{"a"}},
		{"do $$ begin x := :no; end $$", "do $$ begin x := :no; end $$", nil},
		{"x := 1, a[1:2], 收:收", "x := 1, a[1:2], 收:收", nil},
	} {
		text, names, err := numberParameters(c.query)
		require.NoError(t, err, c.query)
		require.Equal(t, c.text, text)
		require.Equal(t, c.names, names, c.query)
	}
}

func TestNumberParametersRefusesWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"select '", `select "a`, "/* ", "$$ x"} {
		_, _, err := numberParameters(query)
		require.ErrorContains(t, err, "unterminated", query)
	}
}

// Putting the names back gives the query again.
func TestNumberParametersKeepsEverythingElse(t *testing.T) {
	t.Parallel()
	pieces := []string{":a", ":bc", " ", "x", "'l:l'", "::", `"q:q"`, "/*c:c*/", "--c\n", ",", "5", "客"}
	parameter := regexp.MustCompile(`\$\d+`)
	rapid.Check(t, func(t *rapid.T) {
		query := strings.Join(rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "pieces"), "")
		text, names, err := numberParameters(query)
		require.NoError(t, err)
		i := 0
		back := parameter.ReplaceAllStringFunc(text, func(string) string { i++; return ":" + names[i-1] })
		require.Equal(t, query, back)
		require.Len(t, names, i)
	})
}
