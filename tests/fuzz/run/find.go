package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
)

// pkg is a package with fuzz targets.
type pkg struct {
	path, dir string
	targets   []string
}

// find asks the test binaries themselves, so that no list has to be kept.
func find(ctx context.Context, patterns []string, only *regexp.Regexp) ([]pkg, error) {
	// Compiling the tests of a package that has no target would be for nothing.
	listed, err := goCommand(ctx, append([]string{"list", "-f", `{{.ImportPath}} {{.Dir}}`}, patterns...)...)
	if err != nil {
		return nil, err
	}
	dirs, candidates := map[string]string{}, []string{"test", "-list", "^Fuzz"}
	for line := range strings.Lines(listed) {
		path, dir, _ := strings.Cut(strings.TrimSpace(line), " ")
		if mentions, err := mentionsFuzz(dir); err != nil {
			return nil, err
		} else if mentions {
			dirs[path], candidates = dir, append(candidates, path)
		}
	}
	if len(dirs) == 0 {
		return nil, nil
	}
	said, err := goCommand(ctx, candidates...)
	if err != nil {
		return nil, err
	}
	return parse(said, dirs, only), nil
}

// parse reads what go test -list says: the targets of a package, then a line that begins with ok and names the package.
func parse(said string, dirs map[string]string, only *regexp.Regexp) []pkg {
	var found []pkg
	var names []string
	scanner := bufio.NewScanner(strings.NewReader(said))
	for scanner.Scan() {
		words := strings.Fields(scanner.Text())
		switch {
		case len(words) == 1 && strings.HasPrefix(words[0], "Fuzz"):
			names = append(names, words[0])
		case len(words) > 1 && words[0] == "ok":
			p := pkg{path: words[1], dir: dirs[words[1]]}
			for _, name := range names {
				if only.MatchString(p.path + "." + name) {
					p.targets = append(p.targets, name)
				}
			}
			if len(p.targets) > 0 {
				found = append(found, p)
			}
			names = nil
		}
	}
	return found
}

func mentionsFuzz(dir string) (bool, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false, err
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		text, err := os.ReadFile(dir + "/" + entry.Name())
		if err != nil {
			return false, err
		}
		if bytes.Contains(text, []byte("\nfunc Fuzz")) {
			return true, nil
		}
	}
	return false, nil
}

func goCommand(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "go", args...).Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", fmt.Errorf("go %s: %w\n%s%s", args[0], err, out, exit.Stderr)
	}
	return string(out), err
}
