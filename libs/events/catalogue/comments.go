package main

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// comments are the leading comments of a proto file's messages and fields by name within the file: "CustomerCreated",
// "CustomerCreated.after". Generated code does not carry them.
type comments map[string]string

var (
	opening = regexp.MustCompile(`^(message|enum|service|extend|oneof)\s+([\w.]+)\s*\{`)
	field   = regexp.MustCompile(`^(?:optional |repeated )?(?:map<[^>]+>|[\w.]+)\s+(\w+)\s*=\s*\d+`)
)

// readComments understands what `buf format` writes: one declaration a line, comments on the lines before it.
func readComments(path string) (comments, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	defer func() { _ = file.Close() }()
	found := comments{}
	var (
		scopes  []string
		pending []string
	)
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if text, ok := strings.CutPrefix(line, "//"); ok {
			pending = append(pending, strings.TrimSpace(text))
			continue
		}
		name := ""
		if m := opening.FindStringSubmatch(line); m != nil {
			name = m[2]
		} else if m := field.FindStringSubmatch(line); m != nil {
			name = m[1]
		}
		if name != "" && len(pending) > 0 {
			found[strings.Join(append(slices.Clip(scopes), name), ".")] = strings.Join(pending, " ")
		}
		pending = nil
		scopes = descend(scopes, name, strings.Count(line, "{")-strings.Count(line, "}"))
	}
	return found, nil
}

// descend enters or leaves blocks; those without a name (options) count as well.
func descend(scopes []string, name string, by int) []string {
	for ; by > 0; by-- {
		scopes = append(scopes, name)
	}
	return scopes[:max(0, len(scopes)+by)]
}
