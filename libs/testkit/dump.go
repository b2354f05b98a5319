package testkit

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// URL is that of a database of the tests' server.
func URL(t testing.TB, database string) string {
	t.Helper()
	s, err := server()
	require.NoError(t, err)
	return s.URL(database)
}

// Dump is a backup of a database of the tests' server as pg_dump makes it, with its arguments beside the database.
func Dump(t testing.TB, url string, args ...string) string {
	t.Helper()
	return program(t, "", "pg_dump", append(args, "--no-owner", "--dbname="+url)...)
}

// Restore plays such a backup into a database.
func Restore(t testing.TB, url, dump string) {
	t.Helper()
	program(t, dump, "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname="+url)
}

func program(t testing.TB, input, name string, args ...string) string {
	t.Helper()
	s, err := server()
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), s.Program(name), args...)
	var out, complaints bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(input), &out, &complaints
	require.NoError(t, command.Run(), "%s: %s", name, complaints.String())
	return out.String()
}
