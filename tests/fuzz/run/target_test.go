package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const broken = `package x

import (
	"strings"
	"testing"
)

func FuzzBad(f *testing.F) {
	f.Add("bad")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "bad") && len(text) > 3 {
			t.Fatal("found")
		}
	})
}

func FuzzDying(f *testing.F) {
	f.Add("x")
	f.Fuzz(func(t *testing.T, text string) {
		if text != "x" {
			go func() { panic("goodbye") }()
			select {}
		}
	})
}

var hoard []byte

func FuzzGreedy(f *testing.F) {
	f.Add("x")
	f.Fuzz(func(t *testing.T, text string) {
		if hoard == nil {
			hoard = make([]byte, 300<<20)
			for i := range hoard {
				hoard[i] = 1
			}
		}
	})
}
`

// What a target finds must not get lost: neither an input, nor why a worker died, nor a hunger for memory.
func TestFindingsAreReported(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/x\n\ngo 1.26\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x_test.go"), []byte(broken), 0o600))
	p := pkg{path: "example.com/x", dir: dir}
	binary := filepath.Join(t.TempDir(), "target")
	require.NoError(t, p.build(t.Context(), binary))
	o := options{Time: 10 * time.Second, Minimize: time.Second, Memory: 200, Workers: 1, Corpus: t.TempDir()}

	err := target{pkg: p, name: "FuzzBad", binary: binary}.run(t.Context(), o)
	require.ErrorContains(t, err, "found")
	kept, err := os.ReadDir(filepath.Join(dir, "testdata", "fuzz", "FuzzBad"))
	require.NoError(t, err)
	require.Len(t, kept, 1, "the input stays as a seed")

	err = target{pkg: p, name: "FuzzDying", binary: binary}.run(t.Context(), o)
	require.ErrorContains(t, err, "terminated unexpectedly: exit status 2")
	require.ErrorContains(t, err, "panic: goodbye", "a worker's last words")

	o.Time = time.Second
	err = target{pkg: p, name: "FuzzGreedy", binary: binary}.run(t.Context(), o)
	require.ErrorContains(t, err, "MiB, which is more than 200")
}
