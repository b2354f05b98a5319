package report

import (
	"bytes"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// plain reads Markdown as it is written, to change it.
var plain = goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough)).Parser()

// Markdown is the writing as a part of a report in Markdown: like HTML, but for links, which are the reader's program's to judge. What cannot be made harmless, or would reach
// beyond its end, stands there as the text that it is.
func (w Writing) Markdown() string {
	source := []byte(strings.ReplaceAll(strings.ReplaceAll(string(w), "\r\n", "\n"), "\r", "\n"))
	out := closed(mend(source))
	if !tame(out) {
		return fenced(source)
	}
	return strings.Trim(string(out), "\n")
}

// edit puts something in the place of a piece of a text.
type edit struct {
	at, end int
	by      string
}

// mend lowers headings, and makes text of HTML and links of pictures.
func mend(source []byte) []byte {
	var edits []edit
	code := map[int]bool{} // where a "!" stands in code
	visit(plain.Parse(text.NewReader(source)), func(n ast.Node) {
		switch n := n.(type) {
		case *ast.Heading:
			edits = append(edits, lowered(n, source)...)
		case *ast.HTMLBlock:
			edits = append(edits, quoted(n.Lines(), source)...)
			if n.HasClosure() {
				edits = append(edits, entities(n.ClosureLine, source)...)
			}
		case *ast.RawHTML:
			edits = append(edits, quoted(n.Segments, source)...)
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			for i := range n.Lines().Len() {
				at := n.Lines().At(i)
				markCode(code, at)
			}
		case *ast.CodeSpan:
			for c := n.FirstChild(); c != nil; c = c.NextSibling() {
				if t, ok := c.(*ast.Text); ok {
					markCode(code, t.Segment)
				}
			}
		}
	})
	for i := range source {
		if bytes.HasPrefix(source[i:], []byte("![")) && !code[i] && !escaped(source, i) {
			edits = append(edits, edit{i, i, `\`})
		}
	}
	slices.SortStableFunc(edits, func(a, b edit) int { return a.at - b.at })
	return apply(source, edits)
}

func markCode(code map[int]bool, at text.Segment) {
	for i := at.Start; i < at.Stop; i++ {
		code[i] = true
	}
}

// escaped says whether a backslash takes its meaning from what stands there.
func escaped(source []byte, at int) bool {
	n := 0
	for at-n > 0 && source[at-n-1] == '\\' {
		n++
	}
	return n%2 == 1
}

func apply(source []byte, edits []edit) []byte {
	var out bytes.Buffer
	at := 0
	for _, e := range edits {
		if e.at < at { // within one that is done already
			continue
		}
		out.Write(source[at:e.at])
		out.WriteString(e.by)
		at = e.end
	}
	out.Write(source[at:])
	return out.Bytes()
}

// lowered puts more # in front of a heading; one that is underlined keeps its line.
func lowered(h *ast.Heading, source []byte) []edit {
	if h.Lines().Len() == 0 {
		return nil
	}
	start := h.Lines().At(0).Start
	at := start
	for at > 0 && (source[at-1] == ' ' || source[at-1] == '\t') {
		at--
	}
	if at == 0 || source[at-1] != '#' {
		return nil // underlined
	}
	const most = 6
	return []edit{{at, at, strings.Repeat("#", min(deepest, max(0, most-h.Level)))}}
}

func quoted(segments *text.Segments, source []byte) (out []edit) {
	for i := range segments.Len() {
		out = append(out, entities(segments.At(i), source)...)
	}
	return out
}

// entities writes what begins a tag otherwise.
func entities(at text.Segment, source []byte) (out []edit) {
	for i := at.Start; i < at.Stop && i < len(source); i++ {
		if source[i] == '<' {
			out = append(out, edit{i, i + 1, "&lt;"})
		}
	}
	return out
}

// closed ends a block of code that was left open.
func closed(source []byte) []byte {
	for _, mark := range []string{"`", "~"} {
		if !open(source) {
			break
		}
		fence := "\n" + strings.Repeat(mark, longest(source, mark[0]))
		if try := append(slices.Clone(source), fence...); !open(try) {
			return try
		}
	}
	return source
}

const probe = "end-of-writing"

// open says whether what follows the writing would belong to it.
func open(source []byte) bool {
	doc := plain.Parse(text.NewReader(append(slices.Clone(source), "\n\n"+probe+"\n"...)))
	p, ok := doc.LastChild().(*ast.Paragraph)
	return !ok || p.Lines().Len() != 1
}

// longest is how long a fence must be that nothing within closes.
func longest(source []byte, mark byte) int {
	const least = 3
	most, run := least, 0
	for _, b := range source {
		if b != mark {
			run = 0
			continue
		}
		run++
		most = max(most, run)
	}
	return most
}

// tame says whether a writing has come out as it must.
func tame(source []byte) bool {
	if open(source) {
		return false
	}
	good := true
	visit(plain.Parse(text.NewReader(source)), func(n ast.Node) {
		switch n := n.(type) {
		case *ast.HTMLBlock, *ast.RawHTML, *ast.Image:
			good = false
		case *ast.Heading:
			good = good && n.Level > deepest
		}
	})
	return good
}

// fenced is a text as code.
func fenced(source []byte) string {
	fence := strings.Repeat("`", longest(source, '`')+1)
	return fence + "\n" + string(source) + "\n" + fence
}
