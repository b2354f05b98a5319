package report

import (
	"strings"

	"github.com/guanxi-crm/guanxi/libs/workbook"
)

// Workbook is the report as a workbook, a sheet per chapter, figures as figures. Charts are for the page; what they show is in the tables.
func (r *Report) Workbook() ([]byte, error) {
	w := workbook.New()
	w.Sheet(r.Title, columns...)
	w.Line(workbook.Title, workbook.Texts(r.Title)...)
	w.Line(workbook.Heading, workbook.Texts(r.Subtitle)...)
	w.Line(workbook.Note, workbook.Texts(r.Mark)...)
	w.Skip()
	for _, f := range r.Facts {
		w.Line(workbook.Plain, workbook.Texts(f.Label, f.Value)...)
	}
	for i := range r.Sections {
		r.Sections[i].write(w, r.Nothing)
	}
	return w.Bytes()
}

// Paragraphs stand over the broad columns.
const broad = 2

// columns are how broad they are, in characters.
var columns = []float64{44, 44, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16}

func (s *Section) write(w *workbook.Writer, nothing string) {
	w.Sheet(strings.TrimSpace(s.Number+" "+s.Title), columns...)
	w.Line(workbook.Title, workbook.Texts(s.Title)...)
	for i := range s.Parts {
		w.Skip()
		s.Parts[i].write(w, nothing)
	}
}

func (p *Part) write(w *workbook.Writer, nothing string) {
	if p.Title != "" {
		w.Line(workbook.Heading, workbook.Texts(p.Title)...)
	}
	if p.Empty() {
		w.Line(workbook.Plain, workbook.Texts(nothing)...)
	}
	for _, t := range p.Text {
		w.Paragraph(t, broad)
	}
	if len(p.Rows) > 0 {
		head := make([]string, len(p.Columns))
		for i, c := range p.Columns {
			head[i] = c.Label
		}
		w.Line(workbook.Column, workbook.Texts(head...)...)
		for _, row := range p.Rows {
			cells := make([]workbook.Cell, len(row))
			for i, c := range row {
				cells[i] = workbook.Cell{Text: strings.Repeat("  ", c.Indent) + c.Text, Number: c.Number}
			}
			w.Line(workbook.Plain, cells...)
		}
	}
	if p.Note != "" {
		w.Line(workbook.Note, workbook.Texts(p.Note)...)
	}
}
