package calls

import (
	"fmt"
	"maps"
	"slices"
)

// Differ says where an answer does not hold what was wanted; empty if it does. What is wanted need not name all fields; null stands for one that is not there,
// "*" for any that is. A list must be as long as the answer's.
func Differ(want, got any, at string) []string {
	switch want := want.(type) {
	case map[string]any:
		return differObject(want, got, at)
	case []any:
		return differList(want, got, at)
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

func differObject(want map[string]any, got any, at string) []string {
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
			wrong = append(wrong, Differ(want[key], value, at+"."+key)...)
		}
	}
	return wrong
}

func differList(want []any, got any, at string) []string {
	list, ok := got.([]any)
	if !ok || len(list) != len(want) {
		return []string{fmt.Sprintf("%s: want a list of %d, got %v", at, len(want), got)}
	}
	var wrong []string
	for i := range want {
		wrong = append(wrong, Differ(want[i], list[i], fmt.Sprintf("%s[%d]", at, i))...)
	}
	return wrong
}
