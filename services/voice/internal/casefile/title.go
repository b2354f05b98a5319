package casefile

import "strings"

// titleLength is how much of a text makes a title.
const titleLength = 80

// TitleOf is the beginning of a text, for a case that nobody has given a title.
func TitleOf(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	runes := []rune(strings.TrimSpace(line))
	if len(runes) > titleLength {
		return strings.TrimSpace(string(runes[:titleLength])) + "…"
	}
	return string(runes)
}
