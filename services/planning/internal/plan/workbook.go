package plan

import (
	"strings"

	"github.com/guanxi-crm/guanxi/libs/workbook"
)

// Workbook is the book as a workbook: the head on the first sheet, each step on one of its own. Every cell is text.
func (b *Book) Workbook() ([]byte, error) {
	w := workbook.New()
	b.cover(w)
	for _, s := range b.Steps {
		s.write(w, b.Nothing)
	}
	return w.Bytes()
}

func (b *Book) cover(w *workbook.Writer) {
	w.Sheet(b.Tongue.say(coverName), Middle.characters(), Wide.characters())
	w.Line(workbook.Title, workbook.Texts(b.Title)...)
	w.Skip()
	for _, f := range b.Facts {
		w.Line(workbook.Plain, workbook.Texts(f.Label, f.Value)...)
	}
	w.Skip()
	for _, n := range b.Notes {
		w.Line(workbook.Note, workbook.Texts(n)...)
	}
	w.Skip()
	for _, s := range b.Signed {
		w.Line(workbook.Plain, workbook.Texts(s, "")...)
	}
}

func (s Step) write(w *workbook.Writer, nothing string) {
	widths := s.widths()
	w.Sheet(s.Label, widths...)
	w.Line(workbook.Title, workbook.Texts(strings.Join([]string{s.Label, s.Title}, " "))...)
	for _, p := range s.Parts {
		w.Skip()
		w.Line(workbook.Heading, workbook.Texts(p.Title)...)
		switch {
		case p.Empty():
			w.Line(workbook.Plain, workbook.Texts(nothing)...)
		case len(p.Columns) == 0:
			w.Paragraph(p.Text, len(widths))
		default:
			labels := make([]string, len(p.Columns))
			for i, c := range p.Columns {
				labels[i] = c.Label
			}
			w.Line(workbook.Column, workbook.Texts(labels...)...)
			for _, row := range p.Rows {
				w.Line(workbook.Plain, workbook.Texts(row...)...)
			}
		}
	}
}

// widths are those that suit all tables of a step, which stand below each other; of a step without tables that of its texts.
func (s Step) widths() []float64 {
	var all []Width
	for _, p := range s.Parts {
		for i, c := range p.Columns {
			if i == len(all) {
				all = append(all, 0)
			}
			all[i] = max(all[i], c.Width)
		}
	}
	if len(all) == 0 {
		all = []Width{Wide}
	}
	widths := make([]float64, len(all))
	for i, width := range all {
		widths[i] = width.characters()
	}
	return widths
}
