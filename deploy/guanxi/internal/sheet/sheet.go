// Package sheet reads the tables that people hand in - CSV in whatever encoding, compressed or not, and XLSX - row by row,
// so that a file of any length needs the same memory.
package sheet

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Format says how a file is written; the zero value is UTF-8, commas, the first sheet, the header in line 1.
type Format struct {
	// Encoding of a CSV by its IANA or WHATWG name: utf-8, gbk, gb18030, big5, utf-16le, windows-1252. A byte order mark wins over it.
	Encoding string `yaml:"encoding"`
	// Delimiter of a CSV: one character, or "tab".
	Delimiter string `yaml:"delimiter"`
	// Sheet is the name of the sheet of an XLSX.
	Sheet string `yaml:"sheet"`
	// HeaderLine is the line with the names of the columns, from 1; lines above it are passed over.
	HeaderLine int `yaml:"header_line"`
}

// Row is one row below the header. Rows without any content are passed over and have none.
type Row struct {
	// Line is the number that an editor or spreadsheet program shows, the header and empty lines counted. Of a row that spans
	// several lines it is the first.
	Line int64
	// Cells are as many as the header's, without surrounding space, unless Fault is set.
	Cells []string
	// Fault says why the cells are not to be trusted; nil when they are.
	Fault *fault.Violation
}

// Table is an opened file.
type Table struct {
	header []string
	rows   rows
	// Date turns a cell that is a bare number into the date it stands for; nil where numbers are never dates.
	Date func(serial float64) (time.Time, bool)
}

// rows is what a kind of file has to offer. Cells come as they are; next ends with io.EOF.
type rows interface {
	next() (line int64, cells []string, problem *fault.Violation, err error)
	progress() (done, total int64)
	Close() error
}

// Open opens a .csv, .txt or .tsv file, also with .gz behind it, or an .xlsx. Its errors are for the person who named the file.
func Open(path string, format Format) (*Table, error) {
	name := strings.ToLower(path)
	open := openCSV
	switch filepath.Ext(strings.TrimSuffix(name, ".gz")) {
	case ".csv", ".txt", ".tsv":
	case ".xlsx":
		open = openXLSX
	default:
		return nil, fmt.Errorf("%s: the name must end in .csv, .txt or .tsv, with or without .gz, or in .xlsx", path)
	}
	if format.Delimiter == "" && strings.Contains(name, ".tsv") {
		format.Delimiter = "tab"
	}
	table, err := open(path, format)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return table, nil
}

// newTable reads the header off the rows.
func newTable(r rows) (*Table, error) {
	_, header, problem, err := r.next()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("there is no header line")
	}
	if err != nil {
		return nil, err
	}
	if problem != nil {
		return nil, fmt.Errorf("the header line cannot be read: %s", problem.Text.En)
	}
	return &Table{header: trim(header), rows: r}, nil
}

// Header returns the names of the columns.
func (t *Table) Header() []string { return t.header }

// Next returns the next row, at the end io.EOF. Any other error is of the file as a whole; what is wrong with a row is in the row.
func (t *Table) Next() (Row, error) {
	for {
		line, cells, problem, err := t.rows.next()
		if err != nil {
			return Row{}, err
		}
		row := Row{Line: line, Cells: trim(cells), Fault: problem}
		if row.Fault == nil && blank(row.Cells) {
			continue
		}
		if row.Fault == nil {
			row.Fault = t.check(row.Cells)
		}
		return row, nil
	}
}

// check refuses what a wrong encoding or a shifted column would do to the facts.
func (t *Table) check(cells []string) *fault.Violation {
	if len(cells) != len(t.header) {
		return broken("COLUMN_COUNT",
			fmt.Sprintf("the row has %d columns, the header %d", len(cells), len(t.header)),
			fmt.Sprintf("该行有 %d 列，表头有 %d 列", len(cells), len(t.header)))
	}
	for i, cell := range cells {
		if strings.ContainsRune(cell, utf8.RuneError) || strings.ContainsRune(cell, 0) {
			return broken("ENCODING",
				fmt.Sprintf("column %q has characters that are not of the file's encoding", t.header[i]),
				fmt.Sprintf("“%s”列含有不符合文件编码的字符", t.header[i]))
		}
	}
	return nil
}

// Progress tells how much has been read, and of how much; the unit is the file's own (bytes or rows). It may be called while Next runs.
func (t *Table) Progress() (done, total int64) { return t.rows.progress() }

// Close closes the file.
func (t *Table) Close() error { return t.rows.Close() }

func broken(rule, en, zh string) *fault.Violation {
	v := fault.Field("", rule, fault.Text{En: en, Zh: zh})
	return &v
}

func trim(cells []string) []string {
	for i, cell := range cells {
		cells[i] = strings.TrimSpace(cell)
	}
	return cells
}

func blank(cells []string) bool {
	for _, cell := range cells {
		if cell != "" {
			return false
		}
	}
	return true
}
