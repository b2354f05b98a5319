package mapping

import (
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/shopspring/decimal"
	"golang.org/x/text/unicode/norm"
)

// layouts are tried behind those of the mapping. In all of them the year stands first, so that none can be taken for another.
var layouts = []string{
	time.RFC3339,
	"2006-1-2 15:04:05", "2006-1-2 15:04", "2006-1-2",
	"2006/1/2 15:04:05", "2006/1/2 15:04", "2006/1/2",
	"2006-1-2T15:04:05", "2006.1.2", "20060102",
	"2006年1月2日 15:04:05", "2006年1月2日 15:04", "2006年1月2日",
}

// reading is how a file's texts are understood.
type reading struct {
	numbers Numbers
	layouts []string
	zone    *time.Location
	// date is sheet.Table.Date; where it is set, numbers stand there in a spreadsheet's own notation.
	date func(float64) (time.Time, bool)
}

func (m *Mapping) reading(date func(float64) (time.Time, bool)) reading {
	return reading{
		numbers: m.Numbers, layouts: append(append([]string(nil), m.Times.Layouts...), layouts...), zone: m.zone, date: date,
	}
}

// plainNumber bounds the exponent: a decimal of 1e999999999 is cheap to write and not to compute with.
var plainNumber = regexp.MustCompile(`^[+-]?([0-9]{1,24}(\.[0-9]{0,24})?|\.[0-9]{1,24})([eE][+-]?[0-9]{1,2})?$`)

// number reads a decimal number.
func (r reading) number(text string) (decimal.Decimal, bool) {
	if r.date != nil && plainNumber.MatchString(text) {
		return stored(text)
	}
	text, ok := r.plain(text)
	if !ok || !plainNumber.MatchString(text) {
		return decimal.Decimal{}, false
	}
	n, err := decimal.NewFromString(text)
	return n, err == nil
}

// stored reads a number as a spreadsheet stores it: the double in 17 digits, of which only 15 were meant.
func stored(text string) (decimal.Decimal, bool) {
	n, err := decimal.NewFromString(text)
	if err != nil {
		return n, false
	}
	if digits := n.NumDigits(); digits > 15 && strings.Contains(text, ".") {
		n = n.Round(int32(15-digits) - n.Exponent())
	}
	return n, true
}

// plain brings a number into Go's notation; false when the thousands are not set apart in threes.
func (r reading) plain(text string) (string, bool) {
	whole, fraction, found := strings.Cut(text, r.numbers.Decimal)
	if r.numbers.Thousands != "" {
		groups := strings.Split(whole, r.numbers.Thousands)
		for _, group := range groups[1:] {
			if len(group) != 3 {
				return "", false
			}
		}
		whole = strings.Join(groups, "")
	}
	if !found {
		return whole, true
	}
	if strings.ContainsAny(fraction, r.numbers.Thousands+r.numbers.Decimal) {
		return "", false
	}
	return whole + "." + fraction, true
}

// time reads a date or time; layout comes before the layouts of the file unless it is empty.
func (r reading) time(text, layout string) (time.Time, bool) {
	if r.date != nil && plainNumber.MatchString(text) && len(text) < 20 && layout == "" {
		if n, ok := stored(text); ok {
			if t, ok := r.date(n.InexactFloat64()); ok {
				return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, r.zone), true
			}
		}
	}
	if layout != "" {
		t, err := time.ParseInLocation(layout, text, r.zone)
		return t, err == nil && inRange(t)
	}
	for _, layout := range r.layouts {
		if t, err := time.ParseInLocation(layout, text, r.zone); err == nil && inRange(t) {
			return t, true
		}
	}
	return time.Time{}, false
}

// inRange keeps to the years that a proto timestamp can hold.
func inRange(t time.Time) bool { return t.UTC().Year() >= 1 && t.UTC().Year() <= 9999 }

var booleans = map[string]bool{
	"true": true, "yes": true, "y": true, "1": true, "是": true, "对": true,
	"false": false, "no": false, "n": false, "0": false, "否": false, "不": false,
}

func boolean(text string) (value, ok bool) {
	value, ok = booleans[strings.ToLower(text)]
	return value, ok
}

// slug makes a text a part of a territory path: lower-case letters and digits without accents, everything else a "-".
func slug(text string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFD.String(text) {
		r = unicode.ToLower(r)
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		case !unicode.Is(unicode.Mn, r):
			gap = true
		}
	}
	return b.String()
}
