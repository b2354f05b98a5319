package search_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/search"
)

func TestTerms(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"only punctuation", " -- !? 。", nil},
		{"Chinese", "深圳华为", []string{"深", "圳", "深圳", "华", "圳华", "为", "华为"}},
		{"a single character", "华", []string{"华"}},
		{"words in lower case", "Acme Holdings, Ltd.", []string{"acme", "holdings", "ltd"}},
		{"repeated", "acme ACME Acme", []string{"acme"}},
		{"full width", "ＡＣＭＥ２０２６", []string{"acme2026"}},
		{"half width katakana", "ｶﾞｽ", []string{"ガ", "ス", "ガス"}},
		{"mixed", "5G手机Pro", []string{"5g", "手", "机", "手机", "pro"}},
		{"Chinese punctuation separates", "华为，技术", []string{"华", "为", "华为", "技", "术", "技术"}},
		{"prolonged sound mark", "サービス", []string{"サ", "ー", "サー", "ビ", "ービ", "ス", "ビス"}},
		{"Korean", "삼성", []string{"삼", "성", "삼성"}},
		{"sharp s", "STRASSE straße", []string{"strasse"}},
		{"decomposed", "Cafe\u0301 Café", []string{"café"}},
		{"variation selectors", "葛\U000E0100城 👍\uFE0F", []string{"葛", "城", "葛城"}},
		{"injection", `a'b\c:*&|!(d)`, []string{"a", "b", "c", "d"}},
		{"invalid UTF-8 and NUL", "a\xff\x00b", []string{"a", "b"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, search.Terms(test.text))
		})
	}
}

func TestQuery(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"only punctuation", "&|!", ""},
		{"a word by its beginning", "Acm", `'acm':*`},
		{"a single character", "华", `'华'`},
		{"two characters", "华为", `'华为'`},
		{"a longer run", "华为技术", `'华为' & '为技' & '技术'`},
		{"both", "华为 5G", `'华为' & '5g':*`},
		{"repeated", "华为华为", `'华为' & '为华'`},
		{"injection", `x' | 'y`, `'x':* & 'y':*`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, search.Query(test.text))
		})
	}
}

func TestLongInputIsBounded(t *testing.T) {
	t.Parallel()
	word := strings.Repeat("x", 3000)
	require.Equal(t, []string{word[:64]}, search.Terms(word))
	require.Equal(t, "'"+word[:64]+"':*", search.Query(word), "a long word still finds itself")
	require.Equal(t, 63, strings.Count(search.Query(strings.Join(search.Terms(everyHan()), " ")), "&"))
}

// everyHan is all of the CJK unified ideographs: more distinct pairs than one tsvector of one text will ever see.
func everyHan() string {
	var b strings.Builder
	for step := 1; step <= 7; step += 2 {
		for char := rune(0x4e00); char < 0x9fa5; char += rune(step) {
			b.WriteRune(char)
		}
	}
	return b.String()
}
