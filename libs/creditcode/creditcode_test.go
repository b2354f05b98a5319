package creditcode

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestValid(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{
		"91440300708461136T":  true,  // Tencent
		"914403001922038216":  true,  // Huawei
		"91440300708461136U":  false, // wrong check character
		"914403007O8461136T":  false, // letter O is not of the alphabet
		"91440300708461136":   false,
		"91440300708461136TT": false,
		"":                    false,
	} {
		require.Equal(t, want, Valid(code), code)
	}
}

// The weights are all prime to 31, so that any single wrong character shows.
func TestSingleErrorsShow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.StringMatching("["+alphabet+"]{17}").Draw(t, "body")
		code := body + string(CheckCharacter(body))
		require.True(t, Valid(code))
		at := rapid.IntRange(0, length-1).Draw(t, "at")
		other := rapid.SampledFrom(strings.Split(strings.Replace(alphabet, code[at:at+1], "", 1), "")).Draw(t, "other")
		require.False(t, Valid(code[:at]+other+code[at+1:]))
	})
}
