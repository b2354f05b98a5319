package survey

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// secretBytes is how much chance a link's secret has: 256 bits.
const secretBytes = 32

// newSecret draws the secret of a link, URL-safe.
func newSecret() string {
	secret := make([]byte, secretBytes)
	_, _ = rand.Read(secret) // never fails
	return base64.RawURLEncoding.EncodeToString(secret)
}

// digest is what is kept of a secret. Looking for a digest takes no time that tells of other secrets: nobody can choose one that is close to a stored one.
func digest(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
