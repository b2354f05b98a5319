package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ErrNotInstalled is a machine without PostgreSQL's server programs.
var ErrNotInstalled = errors.New("PostgreSQL's server programs were not found: install the Debian package postgresql")

// binaries are the server programs of one PostgreSQL version.
type binaries struct {
	dir     string
	version string // 15.18
	major   int
}

func (b binaries) path(program string) string { return filepath.Join(b.dir, program) }

// findBinaries takes what is installed: of the version that made the data when there is data, else
// what is on PATH, else the newest. Where nothing is installed, it is fetched.
func findBinaries(ctx context.Context, s *Server) (binaries, error) {
	wanted, err := dataVersion(s.dataDir())
	if err != nil {
		return binaries{}, err
	}
	found := installed(ctx, append(s.fetched(), candidates()...))
	if len(found) == 0 && s.account.ourselves() {
		found, err = s.fetch(ctx)
	}
	switch {
	case err != nil:
		return binaries{}, err
	case len(found) == 0:
		return binaries{}, ErrNotInstalled
	case wanted == 0:
		return found[0], nil
	}
	for _, b := range found {
		if b.major == wanted {
			return b, nil
		}
	}
	return binaries{}, fmt.Errorf("the data in %s was made by PostgreSQL %d, but only %s was found: install the Debian package postgresql-%d",
		s.options.Dir, wanted, found[0].version, wanted)
}

// dataVersion is the major version that made the data, 0 if there is none yet.
func dataVersion(data string) (int, error) {
	text, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("localpg: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("localpg: %s holds no PostgreSQL data of a known version: %w", data, err)
	}
	return major, nil
}

// candidates are the directories that may hold server programs: PATH's first, then those of
// Debian and Red Hat, the newest version first.
func candidates() []string {
	var dirs []string
	if program, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(program); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"} {
		matches, _ := filepath.Glob(pattern) // errs on a bad pattern only
		slices.SortFunc(matches, func(a, b string) int { return number(b) - number(a) })
		dirs = append(dirs, matches...)
	}
	return dirs
}

var digits = regexp.MustCompile(`\d+`)

func number(s string) int {
	n, _ := strconv.Atoi(digits.FindString(s)) // no digits is version 0
	return n
}

var versionLine = regexp.MustCompile(`\(PostgreSQL\) ((\d+)[^ \n]*)`)

// installed keeps the directories that hold both programs needed and run.
func installed(ctx context.Context, dirs []string) []binaries {
	var found []binaries
	for _, dir := range dirs {
		if slices.ContainsFunc(found, func(b binaries) bool { return b.dir == dir }) {
			continue
		}
		b := binaries{dir: dir}
		if _, err := exec.LookPath(b.path("initdb")); err != nil {
			continue
		}
		line, err := exec.CommandContext(ctx, b.path("postgres"), "--version").Output()
		if err != nil {
			continue
		}
		if match := versionLine.FindSubmatch(line); match != nil {
			b.version, b.major = string(match[1]), number(string(match[2]))
			found = append(found, b)
		}
	}
	return found
}
