package report_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
	"golang.org/x/net/html"

	"github.com/guanxi-crm/guanxi/services/profile/internal/report"
)

func TestWritingAsHTML(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"# a\n\n##### b":              "<h4>a</h4>\n<h6>b</h6>\n",
		"<b>x</b>":                    "<p>&lt;b&gt;x&lt;/b&gt;</p>\n",
		"<div>\n*x*\n</div>":          "<p>&lt;div&gt;\n*x*\n&lt;/div&gt;</p>\n",
		"<!-- a\n\n-->":               "<p>&lt;!-- a\n\n--&gt;</p>\n",
		"[a](javascript:alert(1))":    "<p>a</p>\n",
		"[a](https://b.example/?c&d)": "<p><a href=\"https://b.example/?c&amp;d\" rel=\"noreferrer\">a</a></p>\n",
		"![](https://b.example/c)":    "<p><a href=\"https://b.example/c\" rel=\"noreferrer\">https://b.example/c</a></p>\n",
		"<a@b.example>":               "<p><a href=\"mailto:a@b.example\" rel=\"noreferrer\">a@b.example</a></p>\n",
		"<https://b.example>":         "<p><a href=\"https://b.example\" rel=\"noreferrer\">https://b.example</a></p>\n",
		"[a](//b.example) [c](/d)":    "<p>a c</p>\n",
		"~~a~~":                       "<p><del>a</del></p>\n",
	} {
		got, err := report.Writing(in).HTML()
		require.NoError(t, err)
		require.Equal(t, want, string(got), in)
	}
}

func TestWritingAsMarkdown(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"# a\r\n\r\n##### b":        "#### a\n\n###### b",
		"> # a":                     "> #### a",
		"a <b>x</b> `<b>`":          "a &lt;b>x&lt;/b> `<b>`",
		"![a](b) `![a](b)` \\![a]":  "\\![a](b) `![a](b)` \\![a]",
		"<!-- a":                    "&lt;!-- a",
		"```\na":                    "```\na\n```",
		"~~~~\n```\na":              "~~~~\n```\na\n~~~~",
		"a\n===\n\nb":               "````\na\n===\n\nb\n````",
		"| a |\n| --- |\n| **b** |": "| a |\n| --- |\n| **b** |",
	} {
		require.Equal(t, want, report.Writing(in).Markdown(), in)
	}
}

// Whatever people write: a page has no element that loads or runs, a report in Markdown has no HTML, no picture and no heading of its own level, and goes on behind it.
func FuzzWriting(f *testing.F) {
	for _, seed := range []string{evil, "# a\n```\n<x>", "[a](javascript:b)\n![c][d]\n\n[d]: e", "a\n=\n- b\n  <!--", "&lt;\\![a](b)<?php ?><![CDATA[x]]>", "<a@b.c>\n\t![x](y)", "| a |\n|-|\n|![b](c)|"} {
		f.Add(seed)
	}
	parser := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough)).Parser()
	f.Fuzz(func(t *testing.T, in string) {
		page, err := report.Writing(in).HTML()
		require.NoError(t, err)
		for tokens := html.NewTokenizer(strings.NewReader(string(page))); tokens.Next() != html.ErrorToken; {
			token := tokens.Token()
			if token.Type != html.StartTagToken && token.Type != html.SelfClosingTagToken {
				continue
			}
			require.Contains(t, " p a h4 h5 h6 em strong del code pre ul ol li blockquote table thead tbody tr th td br hr ", " "+token.Data+" ")
			for _, a := range token.Attr {
				require.Contains(t, " href rel title class style start align ", " "+a.Key+" ", string(page))
				if a.Key == "href" {
					require.Regexp(t, `^(?i)(https?://|mailto:)`, a.Val)
				}
			}
		}
		const after = "after the writing"
		written := []byte(report.Writing(in).Markdown() + "\n\n" + after + "\n")
		doc := parser.Parse(text.NewReader(written))
		_, paragraph := doc.LastChild().(*ast.Paragraph)
		require.True(t, paragraph, string(written))
		require.Equal(t, after, string(doc.LastChild().Lines().Value(written)))
		require.NoError(t, ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			switch n := n.(type) {
			case *ast.HTMLBlock, *ast.RawHTML, *ast.Image:
				require.Fail(t, "not harmless", "%T in %s", n, written)
			case *ast.Heading:
				require.Greater(t, n.Level, 3)
			}
			return ast.WalkContinue, nil
		}))
	})
}
