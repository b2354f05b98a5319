package creditcode

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzValid looks for a text that panics, or for a code that is good with two different check characters.
func FuzzValid(f *testing.F) {
	f.Add("91440300708461136T")
	f.Add("91440300708461136\x00")
	f.Add("华为技术有限公司")
	f.Fuzz(func(t *testing.T, code string) {
		if !Looks(code) {
			require.False(t, Valid(code))
			return
		}
		good := 0
		for i := range alphabet {
			if Valid(code[:length-1] + alphabet[i:i+1]) {
				good++
			}
		}
		require.Equal(t, 1, good)
	})
}
