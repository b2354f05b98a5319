package sheet

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// maxUnpacked bounds what a sheet may unpack to, in bytes.
const maxUnpacked = 4 << 30

type xlsxRows struct {
	file  *excelize.File
	rows  *excelize.Rows
	width int          // of the header; 0 before it is read
	line  atomic.Int64 // asked for by another goroutine than the one that reads
	total int64
}

// openXLSX reads the stored values and not the shown ones: 0.1 instead of "10%", a date's number instead of "3/1/26", which nobody
// can tell from "1/3/26". The compressed file is held in memory; what it unpacks to is not.
func openXLSX(path string, format Format) (table *Table, err error) {
	defer guard(&err)
	file, err := excelize.OpenFile(path, excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnpacked})
	if err != nil {
		return nil, fmt.Errorf("it cannot be read as XLSX: %w", cause(err))
	}
	table, err = newXLSX(file, format)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return table, nil
}

func newXLSX(file *excelize.File, format Format) (*Table, error) {
	sheets := file.GetSheetList()
	name := format.Sheet
	if name == "" && len(sheets) > 0 {
		name = sheets[0]
	}
	if !slices.Contains(sheets, name) {
		return nil, fmt.Errorf("there is no sheet %q, only %s", name, strings.Join(sheets, ", "))
	}
	iterator, err := file.Rows(name)
	if err != nil {
		return nil, err
	}
	r := &xlsxRows{file: file, rows: iterator, total: height(file, name)}
	for range format.HeaderLine - 1 {
		if _, _, _, err := r.next(); err != nil {
			return nil, errors.New("it ends above the header line")
		}
	}
	r.width = 0
	table, err := newTable(r)
	if err != nil {
		return nil, err
	}
	r.width = len(table.header)
	table.Date = dates(file)
	return table, nil
}

// height is what the sheet says of its size, 0 when it says nothing: good enough for a progress bar.
func height(file *excelize.File, sheet string) int64 {
	dimension, err := file.GetSheetDimension(sheet)
	if err != nil {
		return 0
	}
	_, last, _ := strings.Cut(dimension, ":")
	_, row, err := excelize.CellNameToCoordinates(last)
	if err != nil {
		return 0
	}
	return int64(row)
}

// dates knows which of the two ways of counting days the file uses.
func dates(file *excelize.File) func(float64) (time.Time, bool) {
	props, err := file.GetWorkbookProps()
	from1904 := err == nil && props.Date1904 != nil && *props.Date1904
	return func(serial float64) (time.Time, bool) {
		const year10000 = 2_958_466
		if !(serial >= 1 && serial < year10000) {
			return time.Time{}, false
		}
		t, err := excelize.ExcelDateToTime(serial, from1904)
		return t.Round(time.Second), err == nil
	}
}

func (r *xlsxRows) next() (line int64, cells []string, problem *fault.Violation, err error) {
	defer guard(&err)
	if !r.rows.Next() {
		if err := r.rows.Error(); err != nil {
			return 0, nil, nil, err
		}
		return 0, nil, nil, io.EOF
	}
	number := r.line.Add(1)
	cells, err = r.rows.Columns()
	if err != nil {
		return 0, nil, nil, fmt.Errorf("line %d: %w", number, err)
	}
	return number, r.fit(cells), nil, nil
}

// fit gives a row the header's width: the format leaves out empty cells at the end, and formatted cells beyond the table are none of it.
func (r *xlsxRows) fit(cells []string) []string {
	if r.width == 0 {
		return cells
	}
	for len(cells) < r.width {
		cells = append(cells, "")
	}
	for len(cells) > r.width && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}

func (r *xlsxRows) progress() (done, total int64) { return r.line.Load(), max(r.total, r.line.Load()) }

func (r *xlsxRows) Close() error { return errors.Join(r.rows.Close(), r.file.Close()) }

// guard turns a panic of the XLSX decoder over a malformed file into an error: the file comes from outside.
func guard(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("it cannot be read as XLSX: %v", p)
	}
}
