package feed

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// calendar writes iCalendar (RFC 5545), of which we need little: lines, folded, in UTF-8.
type calendar struct{ strings.Builder }

// maxLine is the most octets of a line without its end (RFC 5545, 3.1).
const maxLine = 75

// line writes a property whose value is spelled already. It is folded where it gets too long, and never within a character.
func (c *calendar) line(name, value string) {
	room := maxLine
	for _, r := range name + ":" + value {
		size := utf8.RuneLen(r) // ranging has made of broken bytes a character that has one
		if size > room {
			c.WriteString("\r\n ")
			room = maxLine - 1
		}
		c.WriteRune(r)
		room -= size
	}
	c.WriteString("\r\n")
}

// text writes a property whose value is any text.
func (c *calendar) text(name, value string) { c.line(name, escape(value)) }

// escape spells a text (RFC 5545, 3.3.11), whose line breaks are told and whose other control characters, which no calendar may hold, are left out.
func escape(text string) string {
	var out strings.Builder
	for _, r := range strings.ReplaceAll(text, "\r\n", "\n") {
		switch {
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			out.WriteString(`\n`)
		case r == '\\' || r == ';' || r == ',':
			out.WriteRune('\\')
			out.WriteRune(r)
		case unicode.IsControl(r) && r != '\t':
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// day spells a day, a midnight UTC, as DATE.
func (c *calendar) day(name string, day time.Time) {
	c.line(name+";VALUE=DATE", day.Format("20060102"))
}

// instant spells a point in time as DATE-TIME in UTC, which is the same one in every zone, whatever its clocks do.
func (c *calendar) instant(name string, at time.Time) {
	c.line(name, at.UTC().Format("20060102T150405Z"))
}

func (c *calendar) number(name string, n int64) { c.line(name, strconv.FormatInt(n, 10)) }
