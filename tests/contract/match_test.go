package contract

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
)

// differ says where an answer does not hold what was wanted; empty if it does.
func differ(want, got any, at string) []string {
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s: want an object, got %v", at, got)}
		}
		var wrong []string
		for _, key := range slices.Sorted(maps.Keys(want)) {
			value, there := object[key]
			switch {
			case want[key] == nil && there:
				wrong = append(wrong, fmt.Sprintf("%s.%s: must not be there, got %v", at, key, value))
			case want[key] != nil && !there:
				wrong = append(wrong, fmt.Sprintf("%s.%s: want %v, is not there", at, key, want[key]))
			case there:
				wrong = append(wrong, differ(want[key], value, at+"."+key)...)
			}
		}
		return wrong
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return []string{fmt.Sprintf("%s: want a list of %d, got %v", at, len(want), got)}
		}
		var wrong []string
		for i := range want {
			wrong = append(wrong, differ(want[i], list[i], fmt.Sprintf("%s[%d]", at, i))...)
		}
		return wrong
	default:
		text := fmt.Sprint(got)
		if want == "*" && text != "" && text != "0" {
			return nil
		}
		// JSON has int64 as strings: a number and its text are alike.
		if text != fmt.Sprint(want) {
			return []string{fmt.Sprintf("%s: want %v, got %v", at, want, got)}
		}
		return nil
	}
}

var (
	ids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	// The clock of a service under test shows whole seconds: a time with a fraction is the database's, from when the tables were made.
	times  = regexp.MustCompile(`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z"`)
	tokens = regexp.MustCompile(`"nextPageToken":"[^"]+"`)
)

// leveler makes answers comparable that were got in two databases: ids become numbers, in the order in which they turn up.
type leveler map[string]string

func (l leveler) level(v any) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	text = ids.ReplaceAllFunc(text, func(id []byte) []byte {
		if l[string(id)] == "" {
			l[string(id)] = fmt.Sprintf("id-%d", len(l)+1)
		}
		return []byte(l[string(id)])
	})
	text = times.ReplaceAll(text, []byte(`"the beginning"`))
	return string(tokens.ReplaceAll(text, []byte(`"nextPageToken":"..."`))), nil
}
