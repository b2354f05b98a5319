package duplicate

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/longbridgeapp/opencc"
	"golang.org/x/text/unicode/norm"
)

// fold brings a text into the form in which width, case, accents and traditional characters make no difference.
func fold(text string) string {
	if isPlain(text) {
		return strings.ToLower(text)
	}
	simple := simplified()
	var out strings.Builder
	out.Grow(len(text))
	for _, r := range norm.NFKD.String(text) {
		switch {
		case r >= 0x300 && r <= 0x36f: // accents
		case r >= firstHan && r <= lastHan:
			out.WriteRune(simple[r-firstHan])
		case ligatures[r] != "":
			out.WriteString(ligatures[r])
		default:
			out.WriteRune(unicode.ToLower(r))
		}
	}
	return out.String()
}

func isPlain(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

var ligatures = map[rune]string{'ß': "ss", 'ẞ': "ss", 'æ': "ae", 'Æ': "ae", 'œ': "oe", 'Œ': "oe", 'ø': "o", 'Ø': "o", 'ł': "l", 'Ł': "l", 'đ': "d", 'Đ': "d", 'ı': "i"}

const firstHan, lastHan = 0x3400, 0x9fff

// simplified are the simplified forms of all characters of the plane that names are written in, one by one: a phrase could be simplified in one name and not in the other.
var simplified = sync.OnceValue(func() []rune {
	converter, err := opencc.New("t2s")
	if err != nil { // its dictionaries are part of the program
		panic(err)
	}
	out := make([]rune, lastHan-firstHan+1)
	for i := range out {
		r := firstHan + rune(i)
		out[i] = r
		if text, err := converter.Convert(string(r)); err == nil {
			if s, size := utf8.DecodeRuneInString(text); size == len(text) && size > 0 {
				out[i] = s
			}
		}
	}
	return out
})

// words are the parts of a folded text between spaces and punctuation. A full stop or an apostrophe separates nothing: S.A. is SA.
func words(text string) []string {
	var out []string
	var word strings.Builder
	word.Grow(len(text))
	end := func() {
		if word.Len() > 0 {
			out = append(out, word.String())
			word.Reset()
		}
	}
	for _, r := range text {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
			word.WriteRune(r)
		case strings.ContainsRune(".'’`·•・", r):
		default:
			end()
		}
	}
	end()
	return out
}

// Legal forms, which people leave out or write in many ways. A group [集团] and a branch [分公司] are something else than the company, so these stay.
var (
	legalWords = set(`co ltd limited coltd inc incorporated corp corporation company llc llp lp plc gmbh mbh ag kg kgaa ohg ug ev se sa sas sarl srl spa snc sl slu bv nv cv ab oy oyj as asa
		aps pte pty sdn bhd kk gk pvt private jsc ojsc pjsc ooo zao ltda sab kft zrt doo sro sp zoo cia and fzco fze`)
	legalPhrases = []string{"股份有限公司", "有限责任公司", "股份责任有限公司", "有限公司", "特殊普通合伙", "普通合伙", "有限合伙", "株式会社", "有限会社", "股份公司", "责任公司"}
	legalMarks   = set("株 有")
)

// set is the words of the list, folded when they are first asked for: reading the characters' simplified forms takes a twentieth of a second, which every process of
// the program would spend as it starts.
func set(list string) func() map[string]bool {
	return sync.OnceValue(func() map[string]bool {
		out := map[string]bool{}
		for word := range strings.FieldsSeq(list) {
			out[fold(word)] = true
		}
		return out
	})
}

// folded are the phrases as they stand in a folded text.
var folded = sync.OnceValue(func() []string {
	out := make([]string, len(legalPhrases))
	for i, p := range legalPhrases {
		out[i] = fold(p)
	}
	return out
})

// organizationName is a name without its legal form, "" when nothing is left that tells anything.
func organizationName(name string) string {
	all := words(fold(name))
	whole := strings.Join(all, "")
	kept := slices.DeleteFunc(slices.Clone(all), func(w string) bool { return w == "and" || legalMarks()[w] })
	if len(kept) > 1 && kept[0] == "the" {
		kept = kept[1:]
	}
	for len(kept) > 1 && legalWords()[kept[len(kept)-1]] {
		kept = kept[:len(kept)-1]
	}
	short := strings.Join(kept, "")
	if hasHan(short) {
		short = withoutForms(short)
	}
	if telling(short) {
		return short
	}
	if telling(whole) {
		return whole
	}
	return ""
}

// withoutForms takes the legal forms and the words for city and province out of a Chinese or Japanese name.
func withoutForms(name string) string {
	for _, phrase := range folded() {
		name = strings.ReplaceAll(name, phrase, "")
	}
	if short, ok := strings.CutSuffix(name, "公司"); ok && !strings.HasSuffix(short, "分") && !strings.HasSuffix(short, "子") {
		name = short
	}
	runes := []rune(name)
	var out strings.Builder
	for i, r := range runes {
		isPlace := (r == '市' || r == '省') && i >= 2 && i < len(runes)-1 && runes[i-1] != '超' && runes[i+1] != '场'
		if !isPlace {
			out.WriteRune(r)
		}
	}
	return out.String()
}

func hasHan(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// telling says whether a name is long enough to tell anybody from others.
func telling(name string) bool {
	if hasHan(name) {
		return utf8.RuneCountInString(name) >= 2
	}
	return utf8.RuneCountInString(name) >= 3
}

var titles = set("mr mrs ms miss dr prof herr frau 先生 女士 小姐")

// personName is a name without titles; words of other scripts than Chinese may stand in any order.
func personName(name string) string {
	kept := slices.DeleteFunc(words(fold(name)), func(w string) bool { return titles()[w] })
	text := strings.Join(kept, "")
	if !hasHan(text) {
		slices.Sort(kept)
		text = strings.Join(kept, " ")
	} else {
		for title := range titles() {
			if short, ok := strings.CutSuffix(text, title); ok && hasHan(title) {
				text = short
			}
		}
	}
	if !telling(text) {
		return ""
	}
	return text
}
