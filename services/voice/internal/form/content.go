package form

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The names of the fields of a page.
const (
	fieldName    = "name"
	fieldCompany = "company"
	fieldContact = "contact"
	fieldKind    = "kind"
	fieldProduct = "product_line"
	fieldOrder   = "order_number"
	fieldText    = "text"
	fieldAnswer  = "answer"
	fieldTrap    = "website" // which people do not see
	fieldToken   = "token"
)

// fields are all of them, and how many characters each may have.
var fields = map[string]int{
	fieldName: 100, fieldCompany: 100, fieldContact: 200, fieldKind: 20, fieldProduct: 100, fieldOrder: 100, fieldText: 5000, fieldAnswer: 3, fieldTrap: 64 << 10, fieldToken: 500,
}

// yes is what a ticked box says.
const yes = "yes"

// Content is what somebody says by a form.
type Content struct {
	Kind    Kind
	Sender  string
	Company string
	Contact string
	Answer  bool // he wants to be answered, and agrees that the contact is used for it
	Product string
	Order   string
	Text    string
}

// Typed are the fields as they were sent, by name.
type Typed map[string]string

// Problem is what is wrong with a field of a page; an empty field is the page as a whole.
type Problem struct {
	Field string
	Code  Code
	Most  int // characters, for TooLong
}

// Code is what is wrong.
type Code int

// The codes.
const (
	Missing    Code = iota + 1
	TooLong         // longer than may be
	NotOffered      // no choice of this form
	NoContact       // nothing that one could be reached by
	Unknown         // a field that the form does not have
	Twice           // a field that was sent more than once
	TooFast         // sooner than a person types
	TooOld          // the page is too old, or not ours
	Spent           // something else was sent by this page
	Busy            // the form takes no more for the moment
)

// Read takes the fields that were sent. What the form does not know, and what is there twice, is a problem of the page: it did not come from it.
func Read(names []string, values [][]string) (Typed, []Problem) {
	typed := Typed{}
	for i, name := range names {
		_, known := fields[name]
		_, before := typed[name]
		switch {
		case !known:
			return typed, []Problem{{Code: Unknown}}
		case before || len(values[i]) > 1:
			return typed, []Problem{{Code: Twice}}
		case len(values[i]) == 1:
			typed[name] = values[i][0]
		}
	}
	return typed, nil
}

// Take reads what was typed as what is said by the form, or says what is wrong, in the order of the page.
func (f *Form) Take(typed Typed) (Content, []Problem) {
	c := Content{
		Sender: line(typed[fieldName]), Company: line(typed[fieldCompany]), Contact: line(typed[fieldContact]), Order: line(typed[fieldOrder]), Text: lines(typed[fieldText]),
		Product: typed[fieldProduct], Answer: typed[fieldAnswer] == yes,
	}
	var wrong []Problem
	add := func(field string, code Code, most int) {
		wrong = append(wrong, Problem{Field: field, Code: code, Most: most})
	}
	limit := func(field, value string) {
		if most := fields[field]; utf8.RuneCountInString(value) > most {
			add(field, TooLong, most)
		}
	}
	switch kind, ok := f.kind(typed[fieldKind]); {
	case typed[fieldKind] == "":
		add(fieldKind, Missing, 0)
	case !ok:
		add(fieldKind, NotOffered, 0)
	default:
		c.Kind = kind
	}
	if c.Text == "" {
		add(fieldText, Missing, 0)
	}
	limit(fieldText, c.Text)
	if c.Product != "" && !slices.Contains(f.ProductLines, c.Product) {
		add(fieldProduct, NotOffered, 0)
	}
	limit(fieldOrder, c.Order)
	limit(fieldName, c.Sender)
	limit(fieldCompany, c.Company)
	limit(fieldContact, c.Contact)
	switch {
	case typed[fieldAnswer] != "" && !c.Answer:
		add(fieldAnswer, NotOffered, 0)
	case c.Answer && !reachable(c.Contact):
		add(fieldContact, NoContact, 0)
	case !c.Answer:
		c.Contact = "" // nobody has agreed that it is used, so it is not kept
	}
	return c, wrong
}

// kind is one that the form offers.
func (f *Form) kind(name string) (Kind, bool) {
	for _, k := range f.Kinds {
		if kindNames[k] == name {
			return k, true
		}
	}
	return 0, false
}

// leastDigits is how many digits a telephone number has at least.
const leastDigits = 5

// reachable says whether a text can be a telephone number or an e-mail address. Whether there is somebody is for the desk to find out.
func reachable(contact string) bool {
	digits := 0
	for _, r := range contact {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	at := strings.LastIndexByte(contact, '@')
	return digits >= leastDigits || at > 0 && at < len(contact)-1
}

// Suspicions are why it looks like spam.
func (c *Content) Suspicions(typed Typed, g Guard) []Suspicion {
	found := []Suspicion{}
	if typed[fieldTrap] != "" {
		found = append(found, HiddenField)
	}
	if links(c.Text)+links(c.Sender)+links(c.Company) > g.Links {
		found = append(found, Links)
	}
	return found
}

// links counts what leads somewhere in a text, with or without a protocol.
func links(text string) int {
	text = strings.ToLower(text)
	return strings.Count(text, "://") + strings.Count(strings.ReplaceAll(text, "://www.", "://"), "www.") + strings.Count(text, "href=")
}

// Digest tells whether the same is said again: by the same sender, whatever blanks and capitals he uses.
func (c *Content) Digest() []byte {
	h := sha256.New()
	for _, part := range []string{c.Sender, c.Company, c.Contact, c.Product, c.Order, c.Text} {
		part = strings.Join(strings.Fields(strings.ToLower(part)), " ")
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		h.Write(size[:])
		h.Write([]byte(part))
	}
	h.Write([]byte{byte(c.Kind)})
	return h.Sum(nil)
}

// lines is a text of several lines without what is not seen: control characters, and those that turn the direction of what stands around them.
func lines(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(text)
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) || r == '\ufeff' {
			return -1
		}
		return r
	}, text))
}

// line is a text of one line.
func line(text string) string { return strings.Join(strings.Fields(lines(text)), " ") }
