package main

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	t.Parallel()
	const said = "FuzzA\nFuzzB\nok  \texample.com/a\t0.01s\n?   \texample.com/b\t[no test files]\nok  \texample.com/c\t0.01s\nFuzzA\nok  \texample.com/d\t0.02s\n"
	dirs := map[string]string{"example.com/a": "a", "example.com/d": "d"}
	require.Equal(t, []pkg{
		{path: "example.com/a", dir: "a", targets: []string{"FuzzA", "FuzzB"}}, {path: "example.com/d", dir: "d", targets: []string{"FuzzA"}},
	}, parse(said, dirs, regexp.MustCompile(".")))
	require.Equal(t, []pkg{{path: "example.com/a", dir: "a", targets: []string{"FuzzB"}}}, parse(said, dirs, regexp.MustCompile(`a\.FuzzB`)))
}

// The targets of this very repository are found without a list of them.
func TestFind(t *testing.T) {
	t.Parallel()
	found, err := find(t.Context(), []string{"github.com/guanxi-crm/guanxi/libs/money", "github.com/guanxi-crm/guanxi/libs/etag"}, regexp.MustCompile("."))
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, []string{"FuzzFromProto"}, found[0].targets)
}

func TestInputs(t *testing.T) {
	t.Parallel()
	require.Equal(t, "29", inputs([]byte("fuzz: elapsed: 0s, execs: 7 (1/sec)\nfuzz: elapsed: 3s, execs: 29 (9/sec), new interesting: 1\n")))
	require.Empty(t, inputs([]byte("testing: warning: no fuzz tests to fuzz")))
}
