package search

import "strings"

// Vector is Terms as the text form of a tsvector, for COPY and cast($1 as tsvector).
func Vector(text string) string {
	var out strings.Builder
	out.Grow(3 * len(text))
	for i, term := range Terms(text) {
		if i > 0 {
			out.WriteByte(' ')
		}
		writeLexeme(&out, term)
	}
	return out.String()
}

var lexeme = strings.NewReplacer(`'`, `''`, `\`, `\\`)

func writeLexeme(out *strings.Builder, term string) {
	out.WriteByte('\'')
	_, _ = lexeme.WriteString(out, term) // a Builder takes all
	out.WriteByte('\'')
}
