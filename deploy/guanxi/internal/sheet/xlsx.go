package sheet

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

const (
	// maxLines and maxColumns are those of the format.
	maxLines   = 1 << 20
	maxColumns = 1 << 14
)

// xlsxRows reads the rows of a sheet as they are unpacked: it holds one row and, as far as they are few, the workbook's texts.
type xlsxRows struct {
	book   *book
	sheet  io.Closer
	markup *markup
	texts  texts
	width  int          // of the header; 0 before it is read
	line   atomic.Int64 // asked for by another goroutine than the one that reads
	total  int64

	cells []string // of the row that was read last
	at    int64    // its line, which may lie ahead: the format leaves out empty rows
	room  int      // bytes that the row may still take
	value []byte
	ended bool
}

// openXLSX reads the stored values and not the shown ones: 0.1 instead of "10%", a date's number instead of "3/1/26", which nobody
// can tell from "1/3/26".
func openXLSX(path string, format Format) (table *Table, err error) {
	book, err := openBook(path)
	if err != nil {
		return nil, err
	}
	r := &xlsxRows{book: book}
	if table, err = r.open(format); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return table, nil
}

func (r *xlsxRows) open(format Format) (*Table, error) {
	if err := r.find(format.Sheet); err != nil {
		return nil, err
	}
	for range format.HeaderLine - 1 {
		if _, _, _, err := r.next(); errors.Is(err, io.EOF) {
			return nil, errors.New("it ends above the header line")
		} else if err != nil {
			return nil, err
		}
	}
	table, err := newTable(r)
	if err != nil {
		return nil, err
	}
	r.width = len(table.header)
	table.Date = dates(r.book.from1904)
	return table, nil
}

// find opens the sheet of the name, or the first, and the texts that its cells refer to.
func (r *xlsxRows) find(name string) error {
	for i, sheet := range r.book.sheets {
		if sheet.name == name || name == "" && i == 0 {
			return r.begin(sheet.at)
		}
	}
	if len(r.book.sheets) == 0 {
		return errors.New("it has no sheets")
	}
	const most = 20 // names
	var names []string
	for _, sheet := range r.book.sheets[:min(most, len(r.book.sheets))] {
		names = append(names, fmt.Sprintf("%.40s", sheet.name))
	}
	if len(r.book.sheets) > most {
		names = append(names, "...")
	}
	return fmt.Errorf("there is no sheet %q, only %s", name, strings.Join(names, ", "))
}

func (r *xlsxRows) begin(at string) error {
	if r.book.parts[key(r.book.texts)] != nil {
		content, err := r.book.open(r.book.texts, maxUnpacked)
		if err != nil {
			return unreadable(err)
		}
		if err := errors.Join(r.texts.load(content), content.Close()); err != nil {
			return unreadable(fmt.Errorf("%s: %w", r.book.texts, err))
		}
	}
	content, err := r.book.open(at, maxUnpacked)
	if err != nil {
		return unreadable(err)
	}
	r.sheet, r.markup = content, newMarkup(content)
	for {
		element, err := r.markup.next()
		if err != nil {
			return unreadable(fmt.Errorf("%s: %w", at, truncated(err)))
		}
		start, ok := element.(xml.StartElement)
		switch {
		case ok && start.Name.Local == "dimension":
			r.total = height(attribute(start, "ref"))
		case ok && start.Name.Local == "sheetData":
			return nil
		}
	}
}

// height is what the sheet says of its size, 0 when it says nothing: good enough for a progress bar.
func height(dimension string) int64 {
	_, last, _ := strings.Cut(dimension, ":")
	n, err := strconv.ParseInt(strings.TrimLeft(strings.ToUpper(last), "$ABCDEFGHIJKLMNOPQRSTUVWXYZ"), 10, 64)
	if err != nil || n < 0 || n > maxLines {
		return 0
	}
	return n
}

// dates knows how the file counts days: from 1904, or from 1900 with a 29th of February that never was. Day 60 is that one, and no date.
func dates(from1904 bool) func(float64) (time.Time, bool) {
	return func(serial float64) (time.Time, bool) {
		const leap, year10000 = 60, 2_958_466
		if !(serial >= 1 && serial < year10000) {
			return time.Time{}, false
		}
		start := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
		switch {
		case from1904:
			start = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
		case serial < leap:
			start = start.AddDate(0, 0, 1)
		case serial < leap+1:
			return time.Time{}, false
		}
		day, of := math.Modf(serial)
		t := start.AddDate(0, 0, int(day)).Add(time.Duration(of * float64(24*time.Hour))).Round(time.Second)
		return t, t.Year() < 10000
	}
}

func (r *xlsxRows) next() (line int64, cells []string, problem *fault.Violation, err error) {
	if r.at == r.line.Load() {
		if err := r.row(); errors.Is(err, io.EOF) {
			return 0, nil, nil, io.EOF
		} else if err != nil {
			return 0, nil, nil, unreadable(fmt.Errorf("behind line %d: %w", r.line.Load(), err))
		}
	}
	if number := r.line.Add(1); number < r.at {
		return number, nil, nil, nil
	}
	return r.at, r.fit(r.cells), nil, nil
}

// fit gives a row the header's width: the format leaves out empty cells at the end, and formatted cells beyond the table are none of
// it. An empty row stays without cells; a million of them, as wide as the header may be, would else be work for nothing.
func (r *xlsxRows) fit(cells []string) []string {
	for len(cells) > r.width && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	if r.width == 0 || blank(trim(cells)) {
		return cells
	}
	for len(cells) < r.width {
		cells = append(cells, "")
	}
	return cells
}

func (r *xlsxRows) progress() (done, total int64) { return r.line.Load(), max(r.total, r.line.Load()) }

func (r *xlsxRows) Close() error {
	err := errors.Join(r.texts.Close(), r.book.Close())
	if r.sheet != nil {
		err = errors.Join(r.sheet.Close(), err)
	}
	return err
}

func unreadable(err error) error { return fmt.Errorf("it cannot be read as XLSX: %w", err) }
