// Package report puts together what we know of a customer for people to read: the customer bulletin [客户动态简报] and the customer analysis report [客户分析报告], as a page and
// as Markdown, in Chinese and in English.
package report

import (
	"fmt"
	"html/template"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/services/profile/internal/dossier"
	"github.com/guanxi-crm/guanxi/services/profile/internal/insight"
)

// Kind says what is made; the numbers are those of the API.
type Kind int32

// The kinds.
const (
	Bulletin Kind = iota + 1
	Analysis
)

// What a report holds of insights at most; of older ones it says how many there are.
const (
	mostInsights   = 300
	mostCharacters = 300_000
)

// Source is what a report is made of.
type Source struct {
	Customer  Customer
	Insights  []*insight.Insight // the newest first
	All       int                // how many insights the span has
	First     time.Time          // the span of the insights
	Last      time.Time
	Now       time.Time
	Sections  []*dossier.Section // of an analysis report, as what follows
	Sales     []Sale
	SalesEnd  time.Time // the month that sales are told to
	Positions []Position
}

// Customer is the head of a report.
type Customer struct {
	ID          uuid.UUID `db:"customer_id"`
	DisplayName string    `db:"display_name"`
	LegalName   string    `db:"legal_name"`
	Industry    string    `db:"industry"`
	Territory   string    `db:"territory"`
	Owner       string    `db:"owner"`
}

// Sale is what was sold of a product line in a month.
type Sale struct {
	Month       string // such as 2026-01
	Currency    string
	ProductLine string
	Amount      decimal.Decimal
}

// Position is our share of what the customer buys of a product line.
type Position struct {
	ProductLine string
	Share       string // in percent
	Competitors []Competitor
	AsOf        time.Time
	Reason      string
}

// Competitor is another supplier.
type Competitor struct {
	Name  string
	Share string // in percent; "" when it is not known
}

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
	Tongue   Tongue
	Lang     string
	Title    string
	Subtitle string
	Facts    []Fact
	Sections []Section
	Nothing  string // stands where a part is empty
	Summary  string // stands before a closing summary
}

// Fact is a line of the head.
type Fact struct{ Label, Value string }

// Section is a chapter.
type Section struct {
	Number string
	Title  string
	Parts  []Part
	Close  Writing // the closing summary of all of it
	Meta   string  // who wrote it when, and from what
}

// Writing is what people wrote, in Markdown.
type Writing string

// Part is what stands under one heading.
type Part struct {
	Number  string
	Title   string
	Text    Writing
	Close   Writing
	Meta    string // who wrote it when, and from what
	Chart   template.HTML
	Columns []Column
	Rows    [][]string
	Entries []Entry
	Note    string
}

// Empty says whether nothing stands there.
func (p *Part) Empty() bool {
	return p.Text == "" && p.Close == "" && len(p.Rows) == 0 && len(p.Entries) == 0 && p.Meta == "" && p.Note == ""
}

// Column is one of a table's.
type Column struct {
	Label  string
	Number bool
}

// Entry is an insight.
type Entry struct {
	Date  string
	Title string
	Text  Writing
	URL   string
	Meta  string
}
