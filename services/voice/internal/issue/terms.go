package issue

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/guanxi-crm/guanxi/libs/search"
)

const (
	// maxTerms is how many terms of a text count: what a customer complains of stands at the beginning, and a case must not cost more the longer it is.
	maxTerms = 96
	// maxText is how many bytes of a text are looked at.
	maxText = 16 << 10
	// serial is from how many digits on a number is of a thing and not of an issue: an order, a telephone, a date.
	serial = 5
)

// particles are characters that hold sentences together and tell nothing. Those that are a part of words that tell something (着火, 过热, 把手) are none.
const particles = "的了吗呢吧啊呀哦嘛我你您他她它们是在和与及被也很又"

// stop are the words of English that do so.
var stop = wordSet(`a an the and or but if of to in on at for with from by as is are was were be been being am do does did done have has had having will would can could should
shall may might must i we you he she it they me us him her them my our your his its their this that these those there here when while what which who how why so than then too
very just also again still since after before please hello hi dear sir madam thanks thank regards best kindly`)

func wordSet(text string) map[string]bool {
	out := map[string]bool{}
	for word := range strings.FieldsSeq(text) {
		out[word] = true
	}
	return out
}

// Terms are what a text is compared by, each once, in the order of their appearance: of Chinese the pairs of neighbouring characters, of English the stems of words. Width, case and
// traditional characters are folded away; particles, numbers of things and what comes after the first 96 terms are left out.
func Terms(text string) []string {
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	text = strings.Map(func(r rune) rune {
		if strings.ContainsRune(particles, r) {
			return ' '
		}
		return r
	}, simplify(norm.NFKC.String(text)))
	found := search.Terms(text)
	paired := map[rune]bool{}
	for _, term := range found {
		if ideographic(term) && utf8.RuneCountInString(term) == 2 {
			for _, r := range term {
				paired[r] = true
			}
		}
	}
	var out []string
	seen := map[string]bool{}
	for _, term := range found {
		term = useful(term, paired)
		if term == "" || seen[term] {
			continue
		}
		seen[term] = true
		if out = append(out, term); len(out) == maxTerms {
			break
		}
	}
	return out
}

// useful is a term of search as it is compared, "" when it is not.
func useful(term string, paired map[rune]bool) string {
	first, size := utf8.DecodeRuneInString(term)
	switch {
	case ideographic(term):
		if size == len(term) && paired[first] { // a character of a pair, which tells more
			return ""
		}
		return term
	case strings.IndexFunc(term, func(r rune) bool { return !unicode.IsNumber(r) }) < 0:
		if utf8.RuneCountInString(term) >= serial {
			return ""
		}
		return term
	case stop[term] || size == len(term):
		return ""
	default:
		return stem(term)
	}
}

func ideographic(term string) bool {
	first, _ := utf8.DecodeRuneInString(term)
	return unicode.In(first, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// endings are taken off English words, the longest first.
var endings = [...]struct{ from, to string }{
	{"ations", ""}, {"ation", ""}, {"ingly", ""}, {"edly", ""}, {"ments", ""}, {"ment", ""}, {"ness", ""}, {"ies", "y"}, {"ing", ""}, {"ed", ""}, {"es", ""}, {"ly", ""}, {"s", ""},
}

// shortest is how many letters have to be left of a word.
const shortest = 3

// stem brings the forms of an English word together: leak, leaks, leaked, leaking. It need not be a word.
func stem(word string) string {
	if strings.IndexFunc(word, func(r rune) bool { return r < 'a' || r > 'z' }) >= 0 || strings.HasSuffix(word, "ss") {
		return word
	}
	for _, e := range endings {
		rest, ok := strings.CutSuffix(word, e.from)
		if !ok || len(rest) < shortest {
			continue
		}
		word = rest + e.to
		break
	}
	n := len(word)
	switch {
	case n > shortest && word[n-1] == 'e':
		return word[:n-1] // charge and charging
	case n > shortest && word[n-1] == word[n-2] && !strings.ContainsRune("lsz", rune(word[n-1])):
		return word[:n-1] // stopping
	}
	return word
}
