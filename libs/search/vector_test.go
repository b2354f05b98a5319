package search

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVector(t *testing.T) {
	t.Parallel()
	require.Equal(t, `'华' '为' '华为' 'ltd'`, Vector("华为 Ltd."))
	require.Empty(t, Vector("?!"))
	var out strings.Builder
	writeLexeme(&out, `a'b\c`)
	require.Equal(t, `'a''b\\c'`, out.String())
}
