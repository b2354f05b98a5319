package plan

import "slices"

// label is something printed, in Chinese and in English.
type label [2]string

// Tongue is the language of labels, an index of label.
type Tongue int

// The languages.
const (
	Chinese Tongue = iota
	English
)

func (t Tongue) say(l label) string { return l[t] }

// code is what HTML calls the language.
func (t Tongue) code() string { return t.say(label{"zh-CN", "en"}) }

// Book is the task book as it is laid out, whatever it is made as: texts only, in the order in which they are read.
type Book struct {
	Tongue   Tongue
	Title    string
	Customer string
	State    string // shown as a mark
	InForce  bool
	Facts    []Fact
	Steps    []Step
	Nothing  string // stands where a part is empty
	Notes    []string
	Signed   []string // who signs
}

// Fact is a line of the head.
type Fact struct{ Label, Value string }

// Step is one of the four.
type Step struct {
	Label string // such as "第一步"
	Title string
	Parts []Part
}

// Part is a table, or a text if it has no columns.
type Part struct {
	Title   string
	Columns []Column
	Rows    [][]string // of as many cells as there are columns
	Text    string
}

// Column is one of a table's.
type Column struct {
	Label string
	Width Width
}

// Width is how much room a column wants.
type Width int

// The widths.
const (
	Narrow Width = iota + 1 // a date, a word
	Figure                  // a number with its unit
	Middle
	Wide // whole sentences
)

// Class is the width in the style sheet.
func (c Column) Class() string { return [...]string{"", "narrow", "figure", "middle", "wide"}[c.Width] }

// characters is the width in a workbook.
func (w Width) characters() float64 { return [...]float64{0, 15, 22, 26, 44}[w] }

// Filled says whether there is something in one of its parts.
func (s Step) Filled() bool {
	return slices.ContainsFunc(s.Parts, func(p Part) bool { return !p.Empty() })
}

// Empty says whether there is nothing in it.
func (p Part) Empty() bool { return len(p.Rows) == 0 && p.Text == "" }

// Lang is the language of the page.
func (b *Book) Lang() string { return b.Tongue.code() }
