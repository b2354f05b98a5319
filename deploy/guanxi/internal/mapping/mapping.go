// Package mapping reads mapping files and applies them: it says which column of a table becomes which field of a customer,
// person, order or payment. Fields are named by their paths in the proto, so a field that is added there can be mapped at once.
package mapping

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	yaml "go.yaml.in/yaml/v3"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/sheet"
)

// Kind is what one row, or one group of rows, of the file tells.
type Kind string

// The kinds of facts that can be imported.
const (
	Customers  Kind = "customers"
	People     Kind = "people"
	Orders     Kind = "orders"
	OrderLines Kind = "order_lines"
	Payments   Kind = "payments"
	Dossiers   Kind = "dossiers"
	Answers    Kind = "answers"
	// SupplyPositions are our shares of what customers buy.
	SupplyPositions Kind = "supply_positions"
)

// Mapping is a mapping file. docs/import.md describes it for those who write one.
type Mapping struct {
	Kind Kind `yaml:"kind"`
	// SourceSystem names the system that the file comes from: of orders and payments and of every external id that names no other.
	SourceSystem string `yaml:"source_system"`
	// File says how the file is written.
	File sheet.Format `yaml:"file"`
	// Times and Numbers say how they are written.
	Times   Times   `yaml:"times"`
	Numbers Numbers `yaml:"numbers"`
	// Currency is the code of all amounts.
	Currency *Value `yaml:"currency"`
	// Lookups are small tables that turn one value into another.
	Lookups map[string][]Lookup `yaml:"lookups"`
	// GroupBy is the column whose equal values in successive rows make one order of them.
	GroupBy string `yaml:"group_by"`
	// SkipExactRepeats drops a row that repeats another one of its order in every column.
	SkipExactRepeats bool `yaml:"skip_exact_repeats"`
	// CustomerRef says whom the fact belongs to.
	CustomerRef *CustomerRef `yaml:"customer_ref"`
	// Fields are those of the fact; of a group its first row tells them.
	Fields Fields `yaml:"fields"`
	// Lines are the fields of an order's line, of which each row tells one.
	Lines Fields `yaml:"lines"`

	tables map[string][]map[string]string
	zone   *time.Location
	source []byte
}

// Times says how dates and times are written.
type Times struct {
	// Layouts are tried in their order, written as Go writes them: 2006-01-02 15:04:05. Some usual ones are built in.
	Layouts []string `yaml:"layouts"`
	// Zone is the IANA time zone of times that name none; UTC when left out.
	Zone string `yaml:"zone"`
}

// Numbers says how numbers are written; a point and nothing between thousands when left out.
type Numbers struct {
	Decimal   string `yaml:"decimal"`
	Thousands string `yaml:"thousands"`
}

// CustomerRef names a customer by its id in another system.
type CustomerRef struct {
	// System is the source system of the mapping when left out.
	System string `yaml:"system"`
	ID     Value  `yaml:"id"`
	// IfMissing are the fields of the customer that is created when none has that id.
	IfMissing Fields `yaml:"if_missing"`
}

// Load reads a mapping file. Tables that it looks values up in stand beside the file that is imported, in dir.
func Load(path, dir string) (*Mapping, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m, err := Parse(text, dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// Parse is Load of a mapping's text. Unknown keys are refused: a misspelled one would silently lose a column.
func Parse(text []byte, dir string) (*Mapping, error) {
	m := &Mapping{source: text}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(m); err != nil {
		return nil, plain(err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more than one document in it")
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	return m, m.loadTables(dir)
}

// plain makes one sentence of what the YAML decoder says, which names lines and types of Go.
func plain(err error) error {
	if errors.Is(err, io.EOF) {
		return errors.New("it is empty")
	}
	var wrong *yaml.TypeError
	if !errors.As(err, &wrong) {
		return errors.New(oneLine(err.Error()))
	}
	lines := make([]string, len(wrong.Errors))
	for i, line := range wrong.Errors {
		line, _, _ = strings.Cut(oneLine(line), " in type ")
		line = misplaced.ReplaceAllString(line, "the value$1 is of the wrong kind")
		lines[i] = strings.NewReplacer("field ", "key ", " not found", " is not known").Replace(line)
	}
	return errors.New(strings.Join(lines, "; "))
}

// misplaced is how the decoder says that a text stands where a map must, and the like.
var misplaced = regexp.MustCompile(`cannot unmarshal !!\w+( .*?)? into \S+$`)

// oneLine takes the line breaks out of what may quote the file.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func (m *Mapping) check() error {
	if _, ok := facts[m.Kind]; !ok {
		return fmt.Errorf("kind is %q; it must be customers, people, orders, order_lines, payments, dossiers, supply_positions or answers", m.Kind)
	}
	if m.SourceSystem == "" {
		return errors.New("source_system is missing: the name of the system that the file comes from")
	}
	grouped := m.Kind == Orders || m.Kind == OrderLines
	if !grouped && (m.GroupBy != "" || m.SkipExactRepeats || len(m.Lines) > 0) {
		return fmt.Errorf("group_by, skip_exact_repeats and lines are for orders, not for %s", m.Kind)
	}
	if len(m.Lines) > 0 && m.GroupBy == "" {
		return errors.New("group_by is missing: the column with the number of the order that a line belongs to")
	}
	if m.Kind == Answers {
		if err := m.checkAnswers(); err != nil {
			return err
		}
	} else if m.CustomerRef == nil && m.Kind != Customers && m.Kind != OrderLines {
		return fmt.Errorf("customer_ref is missing: %s belong to a customer", m.Kind)
	}
	return m.settle()
}

// settle fills in what may be left out.
func (m *Mapping) settle() (err error) {
	if m.Numbers.Decimal == "" {
		m.Numbers.Decimal = "."
	}
	if m.Numbers.Decimal == m.Numbers.Thousands {
		return errors.New("numbers: decimal and thousands cannot be the same")
	}
	if m.CustomerRef != nil && m.CustomerRef.System == "" {
		m.CustomerRef.System = m.SourceSystem
	}
	if m.zone, err = time.LoadLocation(m.Times.Zone); err != nil || m.Times.Zone == "Local" {
		return fmt.Errorf("times: the zone %q is not known; write it like Asia/Shanghai", m.Times.Zone)
	}
	return nil
}

// Inputs are the contents that, besides the file, decide what an import stores: the mapping and the tables it looks values up in.
func (m *Mapping) Inputs(dir string) []io.Reader {
	inputs := []io.Reader{bytes.NewReader(m.source)}
	for _, name := range m.tableFiles() {
		inputs = append(inputs, &lazyFile{path: filepath.Join(dir, name)})
	}
	return inputs
}
