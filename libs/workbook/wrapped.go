package workbook

import (
	"strings"
	"unicode"
)

// unsaid is the room in characters of a column of which nothing was said, as spreadsheets have it.
const unsaid = 8.43

// wrapped is how many lines a text takes in so many characters, of which Chinese ones take two each.
func wrapped(text string, room float64) (lines int) {
	if room <= 0 {
		room = unsaid
	}
	for line := range strings.SplitSeq(text, "\n") {
		broad := 0.0
		for _, r := range line {
			if broad++; r > unicode.MaxLatin1 {
				broad++
			}
		}
		lines += 1 + int(broad/room)
	}
	return lines
}
