package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// Page is the report as a page: what people have written is made harmless, and it loads and runs nothing.
func (r *Report) Page() ([]byte, error) {
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, r); err != nil {
		return nil, fmt.Errorf("report: the page: %w", err)
	}
	return out.Bytes(), nil
}
