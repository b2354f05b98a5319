// Package search turns text in any of our languages, Chinese first, into the lexemes of a PostgreSQL tsvector and the
// tsquery that finds them, without a dictionary or an extension on the server.
//
// Chinese, Japanese and Korean are written without spaces, so a run of them is indexed by its single characters and by its
// pairs of neighbours; a query of two characters or more asks for all of its pairs. That finds every text containing the
// run, and now and then one that has all of the pairs in another order. Everything else is words: indexed whole, found by
// their beginning.
package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const (
	// maxWord is how many characters of a word count. PostgreSQL cannot hold a lexeme of 2 KiB or more.
	maxWord = 64
	// maxVector bounds the bytes of all lexemes of one text. PostgreSQL refuses a tsvector of 1 MiB.
	maxVector = 512 << 10
	// maxQuery is how many terms of a query count: those beyond would hardly narrow a result, and a tsquery is evaluated
	// recursively.
	maxQuery = 64
)

// Terms gives the distinct lexemes of text in the order they first occur, for array_to_tsvector. Width, case and
// compatibility forms are folded away. Terms past 512 KiB of them are left out, so that no text is too long to be stored.
func Terms(text string) []string {
	var (
		terms []string
		size  int
		seen  = make(map[string]struct{}, min(len(text)/2, 1000)) // a character and a pair for every three bytes of Chinese, less of others
	)
	add := func(term string) {
		if _, known := seen[term]; known || size+len(term) > maxVector {
			return
		}
		seen[term] = struct{}{}
		size += len(term)
		terms = append(terms, term)
	}
	for run := range runs(text) {
		if run.kind == letter {
			add(run.word())
			continue
		}
		before := 0
		for i, char := range run.text {
			end := i + utf8.RuneLen(char)
			add(run.text[i:end])
			if i > 0 {
				add(run.text[before:end])
			}
			before = i
		}
	}
	return terms
}

// Query gives what to write as cast($1 as tsquery) to find the texts that hold all of text's terms. It is "" when text has
// no letter or digit to search for, which restricts nothing. Whatever text holds, the result is a valid tsquery.
func Query(text string) string {
	var (
		terms []string
		seen  = map[string]bool{}
	)
	add := func(term string) {
		if !seen[term] && len(terms) < maxQuery {
			seen[term] = true
			terms = append(terms, term)
		}
	}
	for run := range runs(text) {
		switch before := 0; {
		case run.kind == letter:
			add("'" + run.word() + "':*")
		case utf8.RuneCountInString(run.text) == 1:
			add("'" + run.text + "'")
		default:
			for i, char := range run.text {
				if i > 0 {
					add("'" + run.text[before:i+utf8.RuneLen(char)] + "'")
				}
				before = i
			}
		}
	}
	return strings.Join(terms, " & ")
}

// run is a stretch of folded text of one kind, holding letters, digits and marks only: nothing PostgreSQL would need
// quoted.
type run struct {
	kind kind
	text string
}

// word is the text cut to maxWord characters.
func (r run) word() string {
	count := 0
	for i := range r.text {
		if count == maxWord {
			return r.text[:i]
		}
		count++
	}
	return r.text
}

// kind is what a character does in a text.
type kind int

const (
	separator kind = iota
	mark           // belongs to the letter before it, or to nothing; Han is found with or without
	letter         // or digit, of a script with words
	ideograph      // of a script written without spaces
)

// runs yields the runs of text, leaving out what is between them.
func runs(text string) func(yield func(run) bool) {
	return func(yield func(run) bool) {
		folded, start, current := fold(text), 0, separator
		for at, char := range folded {
			is := kindOf(char)
			if is == mark || is == current {
				continue
			}
			if current != separator && !yield(run{current, folded[start:at]}) {
				return
			}
			start, current = at, is
		}
		if current != separator {
			yield(run{current, folded[start:]})
		}
	}
}

// fold brings the ways to write one thing together: ＡＢＣ, ABC and abc, ｶﾞ and ガ, ① and 1. Of marks only those of letters are left. NFKC contains the width
// folding; case folding can undo the composition, hence the second pass.
func fold(text string) string {
	if isPlain(text) {
		return strings.ToLower(text)
	}
	folded, last := norm.NFKC.String(cases.Fold().String(norm.NFKC.String(text))), separator
	return strings.Map(func(char rune) rune {
		is := kindOf(char)
		if is == mark && last != letter {
			return -1
		}
		if is != mark {
			last = is
		}
		return char
	}, folded)
}

// isPlain says that nothing but the case of Latin letters is to be folded in text, as in most that is written here.
func isPlain(text string) bool {
	for _, char := range text {
		if char >= utf8.RuneSelf && !isHan(char) {
			return false
		}
	}
	return true
}

// isHan knows the block of the ideographs that nearly all Chinese is written in.
func isHan(char rune) bool { return char >= 0x4e00 && char <= 0x9fff }

// kindOf takes the prolonged sound mark, which belongs to no script, for the part of Japanese words that it is.
func kindOf(char rune) kind {
	switch {
	case isHan(char):
		return ideograph
	case char < utf8.RuneSelf:
		if '0' <= char && char <= '9' || 'a' <= char && char <= 'z' || 'A' <= char && char <= 'Z' {
			return letter
		}
		return separator
	case char == 'ー' || unicode.In(char, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
		return ideograph
	case unicode.IsMark(char):
		return mark
	case unicode.IsLetter(char) || unicode.IsNumber(char):
		return letter
	default:
		return separator
	}
}
