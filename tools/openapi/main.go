// Openapi reads the merged OpenAPI document and names the ids in its paths after what they identify:
// /v1/customers/{customer}/people/{person}.
//
// Protos name the field that holds a whole resource name, so protoc-gen-openapiv3 writes /v1/customers/{name},
// /v1/customers/{customer.name} and /v1/customers/{parent}/people. To OpenAPI these are one path under different names,
// which it forbids, and to a reader {name} says nothing.
//
//	openapi < merged.json > openapi.json
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// document is an OpenAPI document in the order in which it is written; what is not renamed stays as it is.
type document struct {
	OpenAPI    json.RawMessage     `json:"openapi"`
	Info       json.RawMessage     `json:"info"`
	Security   json.RawMessage     `json:"security"`
	Tags       json.RawMessage     `json:"tags"`
	Paths      map[string]pathItem `json:"paths"`
	Components json.RawMessage     `json:"components"`
}

// pathItem holds the operations of a path by HTTP method.
type pathItem map[string]operation

// operation is kept whole; only its parameters are looked into.
type operation map[string]json.RawMessage

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	decoder := json.NewDecoder(in)
	// A part of the document that is not known here would be lost.
	decoder.DisallowUnknownFields()
	var doc document
	if err := decoder.Decode(&doc); err != nil {
		return err
	}
	paths := make(map[string]pathItem, len(doc.Paths))
	for template, operations := range doc.Paths {
		renamed, names := rename(template)
		if paths[renamed] == nil {
			paths[renamed] = pathItem{}
		}
		for method, op := range operations {
			if _, taken := paths[renamed][method]; taken {
				return fmt.Errorf("two operations %s %s", method, renamed)
			}
			if err := op.rename(names); err != nil {
				return fmt.Errorf("%s %s: %w", method, template, err)
			}
			paths[renamed][method] = op
		}
	}
	doc.Paths = paths
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(doc)
}
