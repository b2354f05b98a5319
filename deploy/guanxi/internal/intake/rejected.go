package intake

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strconv"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/sheet"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Language picks what people read.
type Language bool

// The languages of reasons.
const (
	English Language = false
	Chinese Language = true
)

// Reason is the rejection's reason.
func (l Language) Reason(r *profilev1.ImportRejection) string {
	if l == Chinese && r.GetReasonZh() != "" {
		return r.GetReasonZh()
	}
	return r.GetReasonEn()
}

// WriteRejected writes the rejected rows of a table as CSV, with their lines, fields and reasons behind their own columns. It goes through
// table and rejections, which are in the order of the file both, side by side. It returns the number of rows written.
func WriteRejected(
	path string, table *sheet.Table, rejections iter.Seq2[*profilev1.ImportRejection, error], language Language,
) (rows int, err error) {
	file, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	const byteOrderMark = "\uFEFF" // by which spreadsheet programs know UTF-8
	if _, err := file.WriteString(byteOrderMark); err != nil {
		return 0, err
	}
	out := &rejectedFile{table: table, csv: csv.NewWriter(file), language: language}
	header := append(slices.Clone(table.Header()), "guanxi_line", "guanxi_field", "guanxi_reason")
	if err := out.csv.Write(header); err != nil {
		return 0, err
	}
	for rejection, err := range rejections {
		if err != nil {
			return out.rows, err
		}
		if err := out.write(rejection); err != nil {
			return out.rows, fmt.Errorf("line %d: %w", rejection.GetFirstLine(), err)
		}
	}
	out.csv.Flush()
	return out.rows, out.csv.Error()
}

type rejectedFile struct {
	table    *sheet.Table
	csv      *csv.Writer
	language Language
	row      sheet.Row // the one read last
	rows     int
}

// write writes all rows that the rejection is of. Several rejections of one row put their reasons on lines of their own.
func (f *rejectedFile) write(rejection *profilev1.ImportRejection) error {
	for line := rejection.GetFirstLine(); line < rejection.GetFirstLine()+int64(rejection.GetLineCount()); line++ {
		if err := f.seek(line); err != nil {
			return err
		}
		cells := slices.Clone(f.row.Cells)
		for len(cells) < len(f.table.Header()) {
			cells = append(cells, "")
		}
		cells = append(cells, strconv.FormatInt(line, 10), rejection.GetField(), f.language.Reason(rejection))
		if err := f.csv.Write(cells); err != nil {
			return err
		}
		f.rows++
	}
	return nil
}

// seek reads on to a line.
func (f *rejectedFile) seek(line int64) error {
	for f.row.Line < line {
		row, err := f.table.Next()
		if errors.Is(err, io.EOF) {
			return errors.New("the file has no such line; has it changed?")
		}
		if err != nil {
			return err
		}
		f.row = row
	}
	if f.row.Line != line {
		return errors.New("the file has no such line; has it changed?")
	}
	return nil
}
