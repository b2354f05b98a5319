package search

import "strings"

// Vector is Terms as the text form of a tsvector, for COPY and cast($1 as tsvector).
func Vector(text string) string {
	terms := Terms(text)
	for i, term := range terms {
		terms[i] = quoteLexeme(term)
	}
	return strings.Join(terms, " ")
}

var lexeme = strings.NewReplacer(`'`, `''`, `\`, `\\`)

func quoteLexeme(term string) string { return `'` + lexeme.Replace(term) + `'` }
