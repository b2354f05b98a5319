package plan

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// Page is the book as a page: everything that people have written is escaped, and it loads and runs nothing.
func (b *Book) Page() ([]byte, error) {
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, b); err != nil {
		return nil, fmt.Errorf("plan: the page: %w", err)
	}
	return out.Bytes(), nil
}
