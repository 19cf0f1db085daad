package ui

import (
	"bytes"
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Markdown writes a text of the profile (an undertaking, a notice, a help page).
// Its headings begin right below the page's own title. Raw HTML and links
// to scripts are left out, whoever wrote the profile.
func Markdown(source string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var b bytes.Buffer
		b.WriteString(`<div class="prose">`)
		if err := newMarkdown().Convert([]byte(source), &b); err != nil {
			return err
		}
		b.WriteString(`</div>`)
		_, err := w.Write(b.Bytes())
		return err
	})
}

func newMarkdown() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithExtensions(extension.Table),
		goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(lower{}, 100))),
	)
}

// lower moves the headings so that the highest stands right below the page's own
// title: none is skipped, whether or not the text brings a title of its own.
type lower struct{}

// Transform implements parser.ASTTransformer.
func (lower) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	var headings []*ast.Heading
	highest := 6
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		if h, ok := n.(*ast.Heading); ok {
			headings = append(headings, h)
			highest = min(highest, h.Level)
		}
	}
	for _, h := range headings {
		h.Level = min(h.Level-highest+2, 6)
	}
}

// SplitTitle parts a Markdown text from the heading it begins with, which becomes
// the title of its page; title is empty when it begins with none.
func SplitTitle(source string) (title, rest string) {
	source = strings.TrimSpace(strings.ReplaceAll(source, "\r\n", "\n"))
	first, rest, _ := strings.Cut(source, "\n")
	title, ok := strings.CutPrefix(first, "# ")
	if !ok {
		return "", source
	}
	return strings.TrimSpace(title), strings.TrimSpace(rest)
}
