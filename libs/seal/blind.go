package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// blindSize is how much of a hash is kept, in bytes: two of a billion texts have the same with a chance of one in 10^20.
const blindSize = 16

// Blind is what a text is found by without being told: its keyed hash. Width, case, compatibility forms and blanks do not count. kind says what the text is, so that a
// name does not find a number.
func (k *Keys) Blind(kind, text string) []byte {
	mac := hmac.New(sha256.New, k.blind)
	_, _ = mac.Write([]byte(kind + "\x00" + normal(text))) // it never fails
	return mac.Sum(nil)[:blindSize]
}

func normal(text string) string {
	return strings.Join(strings.Fields(cases.Fold().String(norm.NFKC.String(text))), " ")
}
