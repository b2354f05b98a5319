// Package workbook writes workbooks that people read, print and fill in: sheets on landscape A4, one page broad, of titles, tables and paragraphs.
package workbook

import (
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Style is how a line looks.
type Style int

// The styles.
const (
	Note    Style = iota // without a border
	Title                // of a sheet
	Heading              // of a part of it
	Column               // the head of a table
	Plain                // what stands in a table
	figure               // a number in a table
	styles
)

// Cell is what stands in one: a number if there is one, else text.
type Cell struct {
	Text   string
	Number *float64
}

// Texts are cells of text.
func Texts(texts ...string) []Cell {
	cells := make([]Cell, len(texts))
	for i, text := range texts {
		cells[i].Text = text
	}
	return cells
}

// Writer writes line by line, and keeps the first error until the end.
type Writer struct {
	file   *excelize.File
	sheet  string
	line   int
	widths []float64 // of the columns, in characters
	styles [styles]int
	err    error
}

// New begins a workbook, which ends with Bytes.
func New() *Writer {
	w := &Writer{file: excelize.NewFile()}
	const (
		accent, titleSize, headingSize = "1F4E8C", 16, 12
		thin                           = 1
		text                           = 49 // the number format of text: a cell that somebody edits stays text
	)
	top := &excelize.Alignment{Vertical: "top", WrapText: true}
	border := []excelize.Border{
		{Type: "left", Color: "999999", Style: thin},
		{Type: "right", Color: "999999", Style: thin},
		{Type: "top", Color: "999999", Style: thin},
		{Type: "bottom", Color: "999999", Style: thin},
	}
	figures := "0.###"
	w.style(Title, excelize.Style{Font: &excelize.Font{Bold: true, Size: titleSize, Color: accent}, NumFmt: text})
	w.style(Heading, excelize.Style{Font: &excelize.Font{Bold: true, Size: headingSize, Color: accent}, NumFmt: text})
	w.style(Column, excelize.Style{
		Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF6"}}, Border: border, Alignment: top, NumFmt: text,
	})
	w.style(Plain, excelize.Style{Border: border, Alignment: top, NumFmt: text})
	w.style(figure, excelize.Style{Border: border, Alignment: &excelize.Alignment{Vertical: "top"}, CustomNumFmt: &figures})
	return w
}

func (w *Writer) style(of Style, s excelize.Style) {
	id, err := w.file.NewStyle(&s)
	w.styles[of] = id
	w.try(err)
}

func (w *Writer) try(err error) {
	if w.err == nil {
		w.err = err
	}
}

// Sheet begins one, with columns so many characters broad. Of its name what a sheet's may not have is left out.
func (w *Writer) Sheet(name string, widths ...float64) {
	name = sheetName(name)
	if w.sheet == "" { // the first takes the place of the one that a new file has
		w.try(w.file.SetSheetName(w.file.GetSheetName(0), name))
	} else {
		_, err := w.file.NewSheet(name)
		w.try(err)
	}
	w.sheet, w.line, w.widths = name, 0, widths
	a4, landscape, fit, toPage := 9, "landscape", 0, true
	w.try(w.file.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &a4, Orientation: &landscape, FitToHeight: &fit}))
	w.try(w.file.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &toPage}))
	for i, width := range widths {
		column, err := excelize.ColumnNumberToName(i + 1)
		w.try(err)
		w.try(w.file.SetColWidth(name, column, column, width))
	}
}

func sheetName(name string) string {
	const longest = 31
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) {
			return ' '
		}
		return r
	}, name)
	runes := []rune(name)
	return strings.TrimSpace(string(runes[:min(len(runes), longest)]))
}

// Skip leaves a line empty.
func (w *Writer) Skip() { w.line++ }

// coded is "_x" with its first character as a code: as it is, the format takes _x0041_ for the code of a character.
const coded = "_x005F_x"

// Line is a line of cells, from the first column on.
func (w *Writer) Line(style Style, cells ...Cell) {
	w.line++
	lines := 1
	for i, c := range cells {
		at, err := excelize.CoordinatesToCellName(i+1, w.line)
		w.try(err)
		if c.Number != nil {
			w.try(w.file.SetCellValue(w.sheet, at, *c.Number))
			w.try(w.file.SetCellStyle(w.sheet, at, at, w.styles[figure]))
			continue
		}
		w.try(w.file.SetCellStr(w.sheet, at, strings.ReplaceAll(c.Text, "_x", coded)))
		w.try(w.file.SetCellStyle(w.sheet, at, at, w.styles[style]))
		if i < len(w.widths) {
			lines = max(lines, wrapped(c.Text, w.widths[i]))
		}
	}
	if style == Plain {
		w.high(lines)
	}
}

// Paragraph is a text over so many columns, one at the least.
func (w *Writer) Paragraph(text string, columns int) {
	columns = max(1, columns)
	w.line++
	first, err := excelize.CoordinatesToCellName(1, w.line)
	w.try(err)
	last, err := excelize.CoordinatesToCellName(columns, w.line)
	w.try(err)
	w.try(w.file.SetCellStr(w.sheet, first, strings.ReplaceAll(text, "_x", coded)))
	w.try(w.file.MergeCell(w.sheet, first, last))
	w.try(w.file.SetCellStyle(w.sheet, first, last, w.styles[Plain]))
	room := 0.0
	for _, width := range w.widths[:min(columns, len(w.widths))] {
		room += width
	}
	w.high(wrapped(text, room))
}

// high makes the line as high as its texts are when they are wrapped: not every program does so by itself.
func (w *Writer) high(lines int) {
	const lineHeight, tallest = 15.0, 409.0 // points; what the format permits
	w.try(w.file.SetRowHeight(w.sheet, w.line, min(tallest, lineHeight*float64(lines))))
}

// Bytes ends the workbook.
func (w *Writer) Bytes() ([]byte, error) {
	out, err := w.file.WriteToBuffer()
	w.try(err)
	w.try(w.file.Close())
	if w.err != nil {
		return nil, fmt.Errorf("workbook: %w", w.err)
	}
	return out.Bytes(), nil
}
