package calls

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What must not pass does not.
func TestDiffer(t *testing.T) {
	t.Parallel()
	got := map[string]any{"name": "customers/1", "count": "3", "list": []any{map[string]any{"a": "x"}, map[string]any{"a": "y"}}, "empty": ""}
	list := func(items ...any) map[string]any { return map[string]any{"list": items} }
	for name, test := range map[string]struct {
		want map[string]any
		good bool
	}{
		"nothing wanted":       {map[string]any{}, true},
		"a part":               {map[string]any{"name": "customers/1"}, true},
		"a number as its text": {map[string]any{"count": 3}, true},
		"any":                  {map[string]any{"name": "*"}, true},
		"not there":            {map[string]any{"other": nil}, true},
		"a list":               {list(map[string]any{"a": "x"}, map[string]any{}), true},
		"another value":        {map[string]any{"name": "customers/2"}, false},
		"any of what is empty": {map[string]any{"empty": "*"}, false},
		"missing":              {map[string]any{"other": "x"}, false},
		"there":                {map[string]any{"name": nil}, false},
		"a longer list":        {list(map[string]any{}), false},
		"another order":        {list(map[string]any{"a": "y"}, map[string]any{"a": "x"}), false},
		"no object":            {map[string]any{"name": map[string]any{}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.good {
				require.Empty(t, Differ(test.want, got, ""))
			} else {
				require.NotEmpty(t, Differ(test.want, got, ""))
			}
		})
	}
}
