package openapi

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

type document struct {
	Security []map[string][]string `json:"security"`
	Paths    map[string]map[string]struct {
		OperationID string `json:"operationId"`
		Parameters  []struct {
			Name string `json:"name"`
			In   string `json:"in"`
		} `json:"parameters"`
	} `json:"paths"`
	Components struct {
		Schemas         map[string]json.RawMessage `json:"schemas"`
		SecuritySchemes map[string]json.RawMessage `json:"securitySchemes"`
	} `json:"components"`
}

var (
	pathParameter = regexp.MustCompile(`\{([^}]*)\}`)
	schemaUse     = regexp.MustCompile(`"#/components/schemas/([^"]*)"`)
)

func parse(t *testing.T) document {
	t.Helper()
	var doc document
	if err := json.Unmarshal(JSON, &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Paths) == 0 {
		t.Fatal("the document has no paths")
	}
	return doc
}

// Clients generated from the document route by path: two that differ in the names of their parameters only are one.
func TestPathsAreUnambiguous(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for path := range parse(t).Paths {
		shape := pathParameter.ReplaceAllString(path, "{}")
		if other, ok := seen[shape]; ok {
			t.Errorf("%s and %s are the same path", path, other)
		}
		seen[shape] = path
	}
}

func TestPathParametersAreDeclared(t *testing.T) {
	t.Parallel()
	for path, methods := range parse(t).Paths {
		for method, operation := range methods {
			declared := map[string]bool{}
			for _, parameter := range operation.Parameters {
				declared[parameter.In+" "+parameter.Name] = true
			}
			for _, used := range pathParameter.FindAllStringSubmatch(path, -1) {
				if !declared["path "+used[1]] {
					t.Errorf("%s %s does not declare %s", strings.ToUpper(method), path, used[1])
				}
			}
		}
	}
}

func TestOperationsAreNamedOnce(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for path, methods := range parse(t).Paths {
		for method, operation := range methods {
			if operation.OperationID == "" || seen[operation.OperationID] {
				t.Errorf("%s %s: operation id %q is empty or used twice", method, path, operation.OperationID)
			}
			seen[operation.OperationID] = true
		}
	}
}

func TestReferencesResolve(t *testing.T) {
	t.Parallel()
	doc := parse(t)
	for _, use := range schemaUse.FindAllSubmatch(JSON, -1) {
		if doc.Components.Schemas[string(use[1])] == nil {
			t.Errorf("schema %s is used and not there", use[1])
		}
	}
	if len(doc.Security) == 0 {
		t.Error("the document does not ask for a token")
	}
	for _, requirement := range doc.Security {
		for scheme := range requirement {
			if doc.Components.SecuritySchemes[scheme] == nil {
				t.Errorf("security scheme %s is used and not there", scheme)
			}
		}
	}
}
