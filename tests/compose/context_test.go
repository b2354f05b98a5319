package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

var built = regexp.MustCompile(`\./deploy/[a-z]+`)

// The engine gets what .dockerignore lets in: all that the programs of the image are built of has to be there, which building them in a whole checkout does not show.
func TestTheImageIsBuiltOfWhatTheEngineGets(t *testing.T) {
	t.Parallel()
	programs := built.FindAllString(read(t, "Dockerfile"), -1)
	require.NotEmpty(t, programs)
	var let []string
	for line := range strings.Lines(read(t, ".dockerignore")) {
		if path, in := strings.CutPrefix(strings.TrimSpace(line), "!"); in {
			let = append(let, path+"/")
		}
	}
	for _, dir := range ours(t, programs) {
		require.True(t, slices.ContainsFunc(let, func(path string) bool { return strings.HasPrefix(dir+"/", path) }), ".dockerignore does not let %s in", dir)
	}
}

// ours are the folders of this checkout that programs are built of.
func ours(t *testing.T, programs []string) []string {
	t.Helper()
	whole, err := filepath.Abs(root)
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), "go", append([]string{"list", "-deps", "-f", "{{with .Module}}{{if .Main}}{{$.Dir}}{{end}}{{end}}"}, programs...)...)
	command.Dir = whole
	out, err := command.Output()
	require.NoError(t, err)
	var dirs []string
	for dir := range strings.FieldsSeq(string(out)) {
		relative, err := filepath.Rel(whole, dir)
		require.NoError(t, err)
		dirs = append(dirs, filepath.ToSlash(relative))
	}
	require.NotEmpty(t, dirs)
	return dirs
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, file))
	require.NoError(t, err)
	return string(text)
}
