package calls

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Scope is what references can speak of.
type Scope struct {
	Here    string         // a territory of one's own
	Answers map[string]any // by the ids of the calls
}

var reference = regexp.MustCompile(`\$\{([^}]+)\}`)

// Expand replaces the references in a value: ${here} the territory of the case, ${id.path} a part of an earlier answer, ${repeat <text> <n>} a long text.
func (s Scope) Expand(v any) (any, error) {
	switch v := v.(type) {
	case string:
		return s.expandText(v)
	case time.Time:
		return nil, fmt.Errorf("put %s into quotes: YAML makes a time of it", v.Format(time.RFC3339))
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			expanded, err := s.Expand(value)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
			out[key] = expanded
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			expanded, err := s.Expand(value)
			if err != nil {
				return nil, fmt.Errorf("[%d]: %w", i, err)
			}
			out[i] = expanded
		}
		return out, nil
	default:
		return v, nil
	}
}

// expandText keeps the kind of what a lone reference stands for.
func (s Scope) expandText(text string) (any, error) {
	found := reference.FindAllStringSubmatchIndex(text, -1)
	var out strings.Builder
	end := 0
	for _, at := range found {
		value, err := s.find(text[at[2]:at[3]])
		if err != nil {
			return nil, err
		}
		if at[0] == 0 && at[1] == len(text) {
			return value, nil
		}
		out.WriteString(text[end:at[0]])
		fmt.Fprint(&out, value)
		end = at[1]
	}
	out.WriteString(text[end:])
	return out.String(), nil
}

func (s Scope) find(name string) (any, error) {
	if name == "here" {
		return s.Here, nil
	}
	if words := strings.Fields(name); len(words) == 3 && words[0] == "repeat" {
		n, err := strconv.Atoi(words[2])
		return strings.Repeat(words[1], n), err
	}
	id, path, _ := strings.Cut(name, ".")
	value := s.Answers[id]
	for step := range strings.SplitSeq(path, ".") {
		ok := false
		switch v := value.(type) {
		case map[string]any:
			value, ok = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if ok = err == nil && i >= 0 && i < len(v); ok {
				value = v[i]
			}
		}
		if !ok {
			return nil, fmt.Errorf("${%s}: no such answer", name)
		}
	}
	return value, nil
}
