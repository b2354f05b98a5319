package versioned_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/services/voice/internal/versioned"
)

// What the stores do is tested with the two kinds that there are, calendars and rules.
func TestCode(t *testing.T) {
	t.Parallel()
	for code, good := range map[string]bool{
		"china-office": true, "a": true, "a1-2": true, "": false, "-": false, "a-": false, "A": false, "1a": false, "a--b": false, "a b": false,
		"abcdefab-0000-7000-8000-000000020001": false, strings.Repeat("a", 61): false,
	} {
		require.Equal(t, good, versioned.IsCode(code), code)
	}
}
