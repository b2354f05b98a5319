package report

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// What people write is CommonMark with tables. Its headings stand below those of the report, HTML in it is shown as text, a picture becomes a link to it: a report loads nothing.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.Table, extension.Strikethrough),
	goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(lower{}, 100))),
	goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(harmless{}, 100))),
)

// HTML is the writing for a page.
func (w Writing) HTML() (template.HTML, error) {
	var out bytes.Buffer
	if err := markdown.Convert([]byte(w), &out); err != nil {
		return "", fmt.Errorf("report: markdown: %w", err)
	}
	return template.HTML(out.String()), nil //nolint:gosec // the renderers above let nothing through that is not theirs
}

// deepest is how many levels of headings the report itself has.
const deepest = 3

// lower puts headings below those of the report.
type lower struct{}

// Transform implements parser.ASTTransformer.
func (lower) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	visit(doc, func(n ast.Node) {
		if h, ok := n.(*ast.Heading); ok {
			const most = 6
			h.Level = min(most, h.Level+deepest)
		}
	})
}

// visit shows every node, each before those below it.
func visit(n ast.Node, show func(ast.Node)) {
	show(n)
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		visit(c, show)
	}
}

// harmless renders what could load, run or lead astray.
type harmless struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (harmless) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindHTMLBlock, htmlBlock)
	r.Register(ast.KindRawHTML, rawHTML)
	r.Register(ast.KindLink, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		return ast.WalkContinue, anchor(w, n.(*ast.Link).Destination, entering)
	})
	r.Register(ast.KindImage, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		to := n.(*ast.Image).Destination
		err := anchor(w, to, entering)
		if err == nil && entering && !n.HasChildren() { // it says nothing of itself
			_, err = w.Write(util.EscapeHTML(to))
		}
		return ast.WalkContinue, err
	})
	r.Register(ast.KindAutoLink, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		l := n.(*ast.AutoLink)
		to := l.URL(source)
		if l.AutoLinkType == ast.AutoLinkEmail && !bytes.HasPrefix(to, []byte("mailto:")) {
			to = append([]byte("mailto:"), to...)
		}
		if err := anchor(w, to, true); err != nil {
			return ast.WalkStop, err
		}
		if _, err := w.Write(util.EscapeHTML(l.Label(source))); err != nil {
			return ast.WalkStop, err
		}
		return ast.WalkContinue, anchor(w, to, false)
	})
}

func htmlBlock(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	b := n.(*ast.HTMLBlock)
	if !entering {
		return ast.WalkContinue, nil
	}
	var all bytes.Buffer
	for i := range b.Lines().Len() {
		at := b.Lines().At(i)
		all.Write(at.Value(source))
	}
	if b.HasClosure() {
		all.Write(b.ClosureLine.Value(source))
	}
	_, err := fmt.Fprintf(w, "<p>%s</p>\n", util.EscapeHTML(all.Bytes()))
	return ast.WalkContinue, err
}

func rawHTML(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkSkipChildren, nil
	}
	segments := n.(*ast.RawHTML).Segments
	for i := range segments.Len() {
		at := segments.At(i)
		if _, err := w.Write(util.EscapeHTML(at.Value(source))); err != nil {
			return ast.WalkStop, err
		}
	}
	return ast.WalkSkipChildren, nil
}

// anchor is a link where it may lead, and else only its text.
func anchor(w util.BufWriter, to []byte, entering bool) (err error) {
	switch ok := leads(string(to)); {
	case !entering && ok:
		_, err = w.WriteString("</a>")
	case !entering:
	case ok:
		_, err = fmt.Fprintf(w, `<a href="%s" rel="noreferrer">`, util.EscapeHTML(util.URLEscape(to, true)))
	}
	return err
}

// leads says whether a link may lead there.
func leads(to string) bool {
	to = strings.ToLower(to)
	return strings.HasPrefix(to, "https://") || strings.HasPrefix(to, "http://") || strings.HasPrefix(to, "mailto:")
}
