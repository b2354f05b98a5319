package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/guanxi-crm/guanxi/libs/events"
)

const root = "../../.."

var declared = regexp.MustCompile(`\(guanxi\.type\.v1\.event\) = \{subject: "([^"]+)"`)

func TestDocumentIsCurrent(t *testing.T) {
	t.Parallel()
	var now bytes.Buffer
	require.NoError(t, write(&now, filepath.Join(root, "proto")))
	committed, err := os.ReadFile(filepath.Join(root, "docs", "events.md"))
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(string(committed), now.String()), "run make docs")
}

// The AsyncAPI document is current, and each example in it is as its schema says.
func TestAsyncAPIDocumentIsCurrentAndTrue(t *testing.T) {
	t.Parallel()
	var now bytes.Buffer
	require.NoError(t, writeAsyncAPI(&now, filepath.Join(root, "proto")))
	committed, err := os.ReadFile(filepath.Join(root, "docs", "asyncapi.json"))
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(string(committed), now.String()), "run make docs")

	document, err := jsonschema.UnmarshalJSON(&now)
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("asyncapi.json", document))
	for _, entry := range events.Catalogue("guanxi") {
		schema, err := compiler.Compile("asyncapi.json#/components/schemas/" + string(entry.Message.FullName()))
		require.NoError(t, err)
		sample, err := protojson.Marshal(example(entry.Message))
		require.NoError(t, err)
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(sample))
		require.NoError(t, err)
		require.NoError(t, schema.Validate(value), entry.Subject)
		for name := range value.(map[string]any) {
			require.NotNil(t, entry.Message.Fields().ByJSONName(name))
		}
		require.Error(t, schema.Validate("no object"), "the schema holds something")
	}
}

// The protos are the source, read as text: an event of a service that main.go does not import would be missed otherwise.
func TestEveryDeclaredEventIsDescribed(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root, "proto", "guanxi", "*", "v1", "*.proto"))
	require.NoError(t, err)
	document, err := os.ReadFile(filepath.Join(root, "docs", "events.md"))
	require.NoError(t, err)
	total := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
			require.Contains(t, string(document), "\n## "+m[1]+"\n", "%s: import its package in main.go", file)
			total++
		}
	}
	require.Len(t, events.Catalogue("guanxi"), total)
	require.GreaterOrEqual(t, total, 10)
}

var shape = regexp.MustCompile(`^guanxi\.[a-z]+\.[a-z_]+\.[a-z_]+\.v[1-9]\d*$`)

func TestEventsKeepTheRules(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, entry := range events.Catalogue("guanxi") {
		require.Regexp(t, shape, entry.Subject)
		require.False(t, seen[entry.Subject], "%s is declared twice", entry.Subject)
		seen[entry.Subject] = true
		pkg := strings.Split(string(entry.Message.ParentFile().Package()), ".")
		require.Equal(t, pkg[1], strings.Split(entry.Subject, ".")[1], "a service publishes under its own name")

		e, err := events.New(t.Context(), when, id, example(entry.Message))
		require.NoError(t, err, "the first field names the resource")
		back := dynamicpb.NewMessage(entry.Message)
		require.NoError(t, e.Decode(back))
		require.True(t, proto.Equal(example(entry.Message), back), "the example holds nothing above BASIC: %s", protojson.Format(back))
	}
}

func TestCommentsAreReadWithTheirNames(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "x.proto")
	require.NoError(t, os.WriteFile(file, []byte(`
// About the file.

// A is
// the first.
message A {
  option (x) = {
    // not about a field
    y: 1
  };
  // One.
  string one = 1 [(x) = {
    y: 1
  }];
  // Inner.
  message B {
    // Two.
    repeated a.b.C two = 2;
  }
  string bare = 3;
  // Last.
  map<string, a.B> last = 4;
}
// E.
enum E {}
`), 0o600))
	read, err := readComments(file)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(comments{
		"A": "A is the first.", "A.one": "One.", "A.B": "Inner.", "A.B.two": "Two.", "A.last": "Last.", "E": "E.",
	}, read))
}

var (
	when = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	id   = uuid.MustParse("019a3c5e-7b1d-7c44-9f0e-3d2a6b8c1e70")
)
