package issue

import (
	_ "embed"
	"strings"
)

// simplifiedText is two lines, characters as they are written in Taiwan and Hong Kong [繁体] and below each the one that is written in the mainland [简体]; from the transform
// Traditional-Simplified of Unicode's CLDR.
//
//go:embed simplified.txt
var simplifiedText string

var simplified = pairs(simplifiedText)

func pairs(text string) map[rune]rune {
	lines := strings.Split(text, "\n")
	to := []rune(lines[1])
	out := make(map[rune]rune, len(to))
	for i, char := range []rune(lines[0]) {
		out[char] = to[i]
	}
	return out
}

// simplify writes a text in simplified characters, one by one: 螢幕無法顯示 and 萤幕无法显示 are to be the same.
func simplify(text string) string {
	return strings.Map(func(r rune) rune {
		if to, ok := simplified[r]; ok {
			return to
		}
		return r
	}, text)
}
