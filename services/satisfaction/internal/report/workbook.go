package report

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/xuri/excelize/v2"
)

// Workbook is the report as a workbook, a sheet per chapter, figures as figures. Charts are for the page; what they show is in the tables.
func (r *Report) Workbook() (data []byte, err error) {
	file := excelize.NewFile()
	defer func() {
		if closed := file.Close(); err == nil && closed != nil {
			err = fmt.Errorf("report: the workbook: %w", closed)
		}
	}()
	w := &sheetWriter{file: file}
	w.styles()
	w.cover(r)
	for i := range r.Sections {
		w.section(&r.Sections[i], r.Nothing)
	}
	if w.err != nil {
		return nil, fmt.Errorf("report: the workbook: %w", w.err)
	}
	out, err := file.WriteToBuffer()
	if err != nil {
		return nil, fmt.Errorf("report: the workbook: %w", err)
	}
	return out.Bytes(), nil
}

// sheetWriter writes line by line, and keeps the first error.
type sheetWriter struct {
	file                                  *excelize.File
	sheet                                 string
	line                                  int
	title, heading, column, plain, number int
	err                                   error
}

func (w *sheetWriter) try(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *sheetWriter) style(s excelize.Style) int {
	id, err := w.file.NewStyle(&s)
	w.try(err)
	return id
}

func (w *sheetWriter) styles() {
	const (
		accent, titleSize, headingSize = "1F4E8C", 16, 12
		thin                           = 1
	)
	top := &excelize.Alignment{Vertical: "top", WrapText: true}
	border := []excelize.Border{
		{Type: "left", Color: "999999", Style: thin},
		{Type: "right", Color: "999999", Style: thin},
		{Type: "top", Color: "999999", Style: thin},
		{Type: "bottom", Color: "999999", Style: thin},
	}
	const text = 49 // the number format of text: a cell that somebody edits stays text
	w.title = w.style(excelize.Style{Font: &excelize.Font{Bold: true, Size: titleSize, Color: accent}, NumFmt: text})
	w.heading = w.style(excelize.Style{Font: &excelize.Font{Bold: true, Size: headingSize, Color: accent}, NumFmt: text})
	w.column = w.style(excelize.Style{
		Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF6"}}, Border: border, Alignment: top, NumFmt: text,
	})
	w.plain = w.style(excelize.Style{Border: border, Alignment: top, NumFmt: text})
	figures := "0.###"
	w.number = w.style(excelize.Style{Border: border, Alignment: &excelize.Alignment{Vertical: "top"}, CustomNumFmt: &figures})
}

// Column widths, in characters.
const (
	wideColumn, usualColumn = 44, 16
	columns                 = 12
)

// open begins a sheet; the first takes the place of the one that a new file has.
func (w *sheetWriter) open(name string) {
	if w.sheet == "" {
		w.try(w.file.SetSheetName(w.file.GetSheetName(0), name))
	} else {
		_, err := w.file.NewSheet(name)
		w.try(err)
	}
	w.sheet, w.line = name, 0
	a4, landscape, fit, toPage := 9, "landscape", 0, true
	w.try(w.file.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &a4, Orientation: &landscape, FitToHeight: &fit}))
	w.try(w.file.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &toPage}))
	first, err := excelize.ColumnNumberToName(1)
	w.try(err)
	last, err := excelize.ColumnNumberToName(columns)
	w.try(err)
	w.try(w.file.SetColWidth(name, first, last, usualColumn))
	w.try(w.file.SetColWidth(name, "A", "B", wideColumn))
}

// sheetName is a name that a sheet may have.
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

// coded is "_x" with its first character as a code: as it is, the format takes _x0041_ for the code of a character.
const coded = "_x005F_x"

// write is a line of cells, from the first column on.
func (w *sheetWriter) write(style int, cells ...Cell) {
	w.line++
	for i, c := range cells {
		at, err := excelize.CoordinatesToCellName(i+1, w.line)
		w.try(err)
		if c.Number != nil {
			w.try(w.file.SetCellValue(w.sheet, at, *c.Number))
			w.try(w.file.SetCellStyle(w.sheet, at, at, w.number))
			continue
		}
		w.try(w.file.SetCellStr(w.sheet, at, strings.ReplaceAll(strings.Repeat("  ", c.Indent)+c.Text, "_x", coded)))
		w.try(w.file.SetCellStyle(w.sheet, at, at, style))
	}
}

// paragraph is a text over the two broad columns, as high as it is when it is wrapped.
func (w *sheetWriter) paragraph(content string) {
	const lineHeight, tallest = 15.0, 409.0
	w.write(w.plain, text(content), text(""))
	w.try(w.file.MergeCell(w.sheet, fmt.Sprintf("A%d", w.line), fmt.Sprintf("B%d", w.line)))
	w.try(w.file.SetRowHeight(w.sheet, w.line, min(tallest, lineHeight*float64(wrapped(content, 2*wideColumn)))))
}

// wrapped is how many lines a text takes in so many characters, of which Chinese ones take two each.
func wrapped(text string, room int) (lines int) {
	for line := range strings.SplitSeq(text, "\n") {
		broad := 0
		for _, r := range line {
			if broad++; r > unicode.MaxLatin1 {
				broad++
			}
		}
		lines += 1 + broad/room
	}
	return lines
}

func (w *sheetWriter) cover(r *Report) {
	w.open(sheetName(r.Title))
	w.write(w.title, text(r.Title))
	w.write(w.heading, text(r.Subtitle))
	w.write(0, text(r.Mark))
	w.line++
	for _, f := range r.Facts {
		w.write(w.plain, text(f.Label), text(f.Value))
	}
}

func (w *sheetWriter) section(s *Section, nothing string) {
	w.open(sheetName(strings.TrimSpace(s.Number + " " + s.Title)))
	w.write(w.title, text(s.Title))
	for i := range s.Parts {
		p := &s.Parts[i]
		w.line++
		if p.Title != "" {
			w.write(w.heading, text(p.Title))
		}
		if p.Empty() {
			w.write(w.plain, text(nothing))
		}
		for _, t := range p.Text {
			w.paragraph(t)
		}
		if len(p.Rows) > 0 {
			head := make([]Cell, len(p.Columns))
			for i, c := range p.Columns {
				head[i] = text(c.Label)
			}
			w.write(w.column, head...)
			for _, row := range p.Rows {
				w.write(w.plain, row...)
			}
		}
		if p.Note != "" {
			w.write(0, text(p.Note))
		}
	}
}
