package plan

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/xuri/excelize/v2"
)

// Workbook is the book as a workbook: the head on the first sheet, each step on one of its own. Every cell is text.
func (b *Book) Workbook() (data []byte, err error) {
	file := excelize.NewFile()
	defer func() {
		if closed := file.Close(); err == nil && closed != nil {
			err = fmt.Errorf("plan: the workbook: %w", closed)
		}
	}()
	w := &sheetWriter{file: file, book: b}
	w.styles()
	w.cover()
	for _, s := range b.Steps {
		w.step(s)
	}
	if w.err != nil {
		return nil, fmt.Errorf("plan: the workbook: %w", w.err)
	}
	out, err := file.WriteToBuffer()
	if err != nil {
		return nil, fmt.Errorf("plan: the workbook: %w", err)
	}
	return out.Bytes(), nil
}

// sheetWriter writes line by line, and keeps the first error.
type sheetWriter struct {
	file                          *excelize.File
	book                          *Book
	sheet                         string
	line                          int
	widths                        []float64 // of the columns, in characters
	title, heading, column, plain int
	err                           error
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
}

// open begins a sheet; the first takes the place of the one that a new file has.
func (w *sheetWriter) open(name string) {
	if w.sheet == "" {
		w.try(w.file.SetSheetName(w.file.GetSheetName(0), name))
	} else {
		_, err := w.file.NewSheet(name)
		w.try(err)
	}
	w.sheet, w.line = name, 0
	a4, landscape, fit := 9, "landscape", 0
	w.try(w.file.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &a4, Orientation: &landscape, FitToHeight: &fit}))
	toPage := true
	w.try(w.file.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &toPage}))
}

// coded is "_x" with its first character as a code: as it is, the format takes _x0041_ for the code of a character.
const coded = "_x005F_x"

// write is a line of cells, from the first column on.
func (w *sheetWriter) write(style int, cells ...string) {
	w.line++
	for i, text := range cells {
		cell, err := excelize.CoordinatesToCellName(i+1, w.line)
		w.try(err)
		w.try(w.file.SetCellStr(w.sheet, cell, strings.ReplaceAll(text, "_x", coded)))
		w.try(w.file.SetCellStyle(w.sheet, cell, cell, style))
	}
}

// columns sets how broad the columns are.
func (w *sheetWriter) columns(widths []Width) {
	w.widths = w.widths[:0]
	for i, width := range widths {
		name, err := excelize.ColumnNumberToName(i + 1)
		w.try(err)
		w.try(w.file.SetColWidth(w.sheet, name, name, width.characters()))
		w.widths = append(w.widths, width.characters())
	}
}

// fit makes the line as high as its texts are when they are wrapped: not every program does so by itself.
func (w *sheetWriter) fit(room func(column int) float64, cells ...string) {
	const lineHeight, tallest = 15.0, 409.0 // points; what the format permits
	lines := 1
	for i, text := range cells {
		lines = max(lines, wrapped(text, room(i)))
	}
	w.try(w.file.SetRowHeight(w.sheet, w.line, min(tallest, lineHeight*float64(lines))))
}

// wrapped is how many lines a text takes in so many characters, of which Chinese ones take two each.
func wrapped(text string, room float64) (lines int) {
	for line := range strings.SplitSeq(text, "\n") {
		broad := 0.0
		for _, r := range line {
			if broad++; r > unicode.MaxLatin1 {
				broad++
			}
		}
		lines += 1 + int(broad/room)
	}
	return lines
}

func (w *sheetWriter) cover() {
	w.open(w.book.Tongue.say(coverName))
	w.columns([]Width{Middle, Wide})
	w.write(w.title, w.book.Title)
	w.line++
	for _, f := range w.book.Facts {
		w.write(w.plain, f.Label, f.Value)
		w.fit(func(i int) float64 { return w.widths[i] }, f.Label, f.Value)
	}
	w.line++
	for _, n := range w.book.Notes {
		w.write(0, n)
	}
	w.line++
	for _, s := range w.book.Signed {
		w.write(w.plain, s, "")
	}
}

func (w *sheetWriter) step(s Step) {
	w.open(s.Label) // a sheet's name has 31 characters at most
	w.columns(s.widths())
	w.write(w.title, strings.Join([]string{s.Label, s.Title}, " "))
	column := func(i int) float64 { return w.widths[i] }
	for _, p := range s.Parts {
		w.line++
		w.write(w.heading, p.Title)
		switch {
		case p.Empty():
			w.write(w.plain, w.book.Nothing)
		case len(p.Columns) == 0:
			w.text(p.Text)
		default:
			labels := make([]string, len(p.Columns))
			for i, c := range p.Columns {
				labels[i] = c.Label
			}
			w.write(w.column, labels...)
			for _, row := range p.Rows {
				w.write(w.plain, row...)
				w.fit(column, row...)
			}
		}
	}
}

// widths are those that suit all tables of a step: they stand below each other.
func (s Step) widths() (widths []Width) {
	for _, p := range s.Parts {
		for i, c := range p.Columns {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], c.Width)
		}
	}
	return widths
}

// text is a paragraph, in a cell as broad as the broadest table.
func (w *sheetWriter) text(content string) {
	w.write(w.plain, content)
	first, err := excelize.CoordinatesToCellName(1, w.line)
	w.try(err)
	last, err := excelize.CoordinatesToCellName(max(1, len(w.widths)), w.line)
	w.try(err)
	w.try(w.file.MergeCell(w.sheet, first, last))
	w.try(w.file.SetCellStyle(w.sheet, first, last, w.plain))
	room := Wide.characters()
	if len(w.widths) > 0 {
		room = 0
	}
	for _, width := range w.widths {
		room += width
	}
	w.fit(func(int) float64 { return room }, content)
}
