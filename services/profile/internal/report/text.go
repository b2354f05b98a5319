package report

import (
	"bytes"
	"fmt"
	"strings"
)

var inline = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;", "&", `\&`, "|", `\|`, "~", `\~`, "#", `\#`, "!", `\!`,
	"\r\n", " ", "\n", " ", "\r", " ",
)

// line is a text that means itself within a line of Markdown.
func line(s string) string { return inline.Replace(s) }

// Text is the report as Markdown.
func (r *Report) Text() []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "# %s\n\n**%s**\n\n", line(r.Title), line(r.Subtitle))
	for _, f := range r.Facts {
		fmt.Fprintf(&out, "- %s: %s\n", f.Label, line(f.Value))
	}
	for i := range r.Sections {
		s := &r.Sections[i]
		fmt.Fprintf(&out, "\n## %s\n", heading(s.Number, s.Title))
		for j := range s.Parts {
			r.part(&out, &s.Parts[j])
		}
		if s.Close != "" {
			fmt.Fprintf(&out, "\n**%s**\n\n%s\n", r.Summary, s.Close.Markdown())
		}
		if s.Meta != "" {
			fmt.Fprintf(&out, "\n*%s*\n", line(s.Meta))
		}
	}
	return out.Bytes()
}

func heading(number, title string) string { return strings.TrimSpace(number + " " + line(title)) }

func (r *Report) part(out *bytes.Buffer, p *Part) {
	if p.Title != "" {
		fmt.Fprintf(out, "\n### %s\n", heading(p.Number, p.Title))
	}
	if p.Empty() {
		fmt.Fprintf(out, "\n*%s*\n", r.Nothing)
	}
	if p.Text != "" {
		fmt.Fprintf(out, "\n%s\n", p.Text.Markdown())
	}
	if len(p.Rows) > 0 {
		p.table(out)
	}
	for _, e := range p.Entries {
		fmt.Fprintf(out, "\n#### %s %s\n", e.Date, line(e.Title))
		if e.Text != "" {
			fmt.Fprintf(out, "\n%s\n", e.Text.Markdown())
		}
		if e.URL != "" {
			fmt.Fprintf(out, "\n<%s>\n", strings.NewReplacer("<", "%3C", ">", "%3E").Replace(e.URL))
		}
		if e.Meta != "" {
			fmt.Fprintf(out, "\n*%s*\n", line(e.Meta))
		}
	}
	if p.Close != "" {
		fmt.Fprintf(out, "\n**%s**\n\n%s\n", r.Summary, p.Close.Markdown())
	}
	for _, note := range []string{p.Meta, p.Note} {
		if note != "" {
			fmt.Fprintf(out, "\n*%s*\n", line(note))
		}
	}
}

func (p *Part) table(out *bytes.Buffer) {
	out.WriteString("\n|")
	for _, c := range p.Columns {
		out.WriteString(" " + c.Label + " |")
	}
	out.WriteString("\n|")
	for _, c := range p.Columns {
		if c.Number {
			out.WriteString(" ---: |")
		} else {
			out.WriteString(" --- |")
		}
	}
	for _, row := range p.Rows {
		out.WriteString("\n|")
		for _, cell := range row {
			out.WriteString(" " + line(cell) + " |")
		}
	}
	out.WriteString("\n")
}
