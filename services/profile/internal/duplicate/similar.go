package duplicate

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Similar says whether two normalized names of organizations may have been written for the same one: with one wrong character, without a part of the name (its city, its trade,
// a remark), or with its words in another order. It is far from enough by itself: it is asked of two that share a telephone or an address. Those who do and are not the same are
// branches and sisters, which differ in a place and the word for branch, a number, a point of the compass, or a whole word: these are not similar.
func Similar(a, b string) bool {
	if a == b || isUnit(a) != isUnit(b) {
		return a == b
	}
	short, long := []rune(a), []rune(b)
	if len(short) > len(long) {
		short, long = long, short
	}
	least, ordered, han := leastLatin, leastLatin, hasHan(a) && hasHan(b)
	if han {
		least, ordered = leastHan, leastOrdered
	}
	if len(short) < least {
		return false
	}
	if len(short) == len(long) && len(short) >= ordered && oneWrong(short, long) {
		return true
	}
	if at := strings.Index(string(long), string(short)); at >= 0 {
		return !tellsApart(string(long)[:at] + string(long)[at+len(string(short)):])
	}
	return len(short) >= ordered && reordered(short, long, han)
}

const (
	// leastHan and leastLatin are how long a name must be to be looked for in another one.
	leastHan, leastLatin = 2, 5
	// leastOrdered is how long a Chinese name must be for a wrong character, or another order, to be a slip and not another name.
	leastOrdered = 4
)

// units are parts of companies, which are not the company.
var units = []string{"分公司", "子公司", "分行", "支行", "分店", "分厂", "分部", "办事处", "代表处", "事业部", "支公司", "branch", "subsidiary", "division", "zweigniederlassung", "filiale"}

func isUnit(name string) bool {
	return slices.ContainsFunc(units, func(u string) bool { return strings.Contains(name, u) })
}

// ordinal are the characters by which sister companies are told apart: First and Second Plant, East and West.
func ordinal(r rune) bool {
	return unicode.IsDigit(r) || strings.ContainsRune("零〇一二三四五六七八九十百千壹贰叁肆伍东南西北中上下前后甲乙丙丁戊己庚辛", r)
}

// tellsApart says whether what one name has above another one is a number, or a point of the compass, with no more than the word for a plant or a shop. A place is more: 东莞.
func tellsApart(rest string) bool {
	if strings.ContainsFunc(rest, unicode.IsDigit) {
		return true
	}
	return rest != "" && strings.ContainsFunc(rest, ordinal) && !strings.ContainsFunc(rest, func(r rune) bool { return !ordinal(r) && !strings.ContainsRune("第厂号部区期店队矿", r) })
}

// oneWrong says whether two names of one length differ in one character, which is not one that tells sisters apart.
func oneWrong(a, b []rune) bool {
	wrong := -1
	for i := range a {
		if a[i] == b[i] {
			continue
		}
		if wrong >= 0 {
			return false
		}
		wrong = i
	}
	return wrong >= 0 && (!ordinal(a[wrong]) || !ordinal(b[wrong]))
}

// reordered says whether the characters of one name are among those of the other one, whatever their order. Latin names must have them all: any long one has most letters.
func reordered(short, long []rune, han bool) bool {
	if !han && len(short) != len(long) {
		return false
	}
	left := map[rune]int{}
	for _, r := range long {
		left[r]++
	}
	for _, r := range short {
		if left[r]--; left[r] < 0 {
			return false
		}
	}
	var rest strings.Builder
	for r, n := range left {
		rest.WriteString(strings.Repeat(string(r), n))
	}
	return !tellsApart(rest.String())
}

// similar says whether one of the names of one may be one of the other's.
func similar(a, b []string) bool {
	return slices.ContainsFunc(a, func(x string) bool { return slices.ContainsFunc(b, func(y string) bool { return Similar(x, y) }) })
}

// mostNames are compared of a customer, each of at most longestName characters: what is longer is no name that anybody writes twice.
const mostNames, longestName = 12, 100

func namesToCompare(names []string) []string {
	names = slices.DeleteFunc(names, func(n string) bool { return n == "" || utf8.RuneCountInString(n) > longestName })
	slices.Sort(names)
	names = slices.Compact(names)
	return names[:min(len(names), mostNames)]
}
