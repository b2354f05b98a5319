package report

import (
	"fmt"
	"html/template"
	"strconv"
)

// label is something that is written, in Chinese and in English.
type label [2]string

// Tongue is the language of labels, an index of label.
type Tongue int

// The languages.
const (
	Chinese Tongue = iota
	English
)

func (t Tongue) say(l label) string { return l[t] }

// sayf fills figures and names into a label.
func (t Tongue) sayf(l label, with ...any) string { return fmt.Sprintf(l[t], with...) }

// Report is a report as it is laid out, whatever it is made as.
type Report struct {
	Tongue   Tongue    `json:"-"`
	Lang     string    `json:"language"`
	Title    string    `json:"title"`
	Subtitle string    `json:"subtitle"`
	Mark     string    `json:"mark"` // whether it is of what was published
	Facts    []Fact    `json:"facts"`
	Sections []Section `json:"sections"`
	Nothing  string    `json:"-"` // stands where a part is empty
}

// Fact is a line of the head.
type Fact struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// Section is a chapter.
type Section struct {
	Number string `json:"number"`
	Title  string `json:"title"`
	Parts  []Part `json:"parts"`
}

// Part is what stands under one heading: paragraphs, a chart, a table.
type Part struct {
	Title   string        `json:"title"`
	Text    []string      `json:"text,omitempty"`
	Chart   template.HTML `json:"-"`
	Columns []Column      `json:"columns,omitempty"`
	Rows    [][]Cell      `json:"rows,omitempty"`
	Note    string        `json:"note,omitempty"`
}

// Empty says whether nothing stands there.
func (p *Part) Empty() bool { return len(p.Text) == 0 && p.Chart == "" && len(p.Rows) == 0 }

// Broad says whether its table is too broad for a telephone, and is moved to and fro there.
func (p *Part) Broad() bool {
	const few = 3
	return len(p.Columns) > few
}

// Column is one of a table's.
type Column struct {
	Label  string `json:"label"`
	Number bool   `json:"number"` // its cells are figures
	Wide   bool   `json:"-"`
}

// Cell is one of a table. Number is what Text says, where that is a figure.
type Cell struct {
	Text   string   `json:"text"`
	Number *float64 `json:"number,omitempty"`
	// Heat is how warm it is, 1 low to 5 high; 0 none.
	Heat int `json:"-"`
	// Indent is how deep the line stands.
	Indent int `json:"-"`
}

func text(s string) Cell { return Cell{Text: s} }

// figure is a number with so many decimals.
func figure(x float64, decimals int) Cell {
	return Cell{Text: decimal(x, decimals), Number: &x}
}

func count(n int64) Cell {
	x := float64(n)
	return Cell{Text: strconv.FormatInt(n, 10), Number: &x}
}
