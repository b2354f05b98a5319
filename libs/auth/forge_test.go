package auth

import (
	"crypto"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"path/filepath"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/testkit"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

const (
	issuer   = "https://login.example.com"
	audience = "guanxi"
)

var start = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// issuing is an issuer with its key, and a verifier that believes it.
type issuing struct {
	clock    *testkit.Clock
	signer   *Signer
	verifier *Verifier
}

func setup(t testing.TB) issuing {
	t.Helper()
	clock := testkit.NewClock()
	clock.Set(start)
	signer, err := NewSigner(filepath.Join(t.TempDir(), "key.pem"), issuer, audience, clock.Now)
	require.NoError(t, err)
	verifier, err := NewVerifier(signer.Config(), clock.Now)
	require.NoError(t, err)
	return issuing{clock, signer, verifier}
}

func li() Principal {
	return Principal{Subject: "li", Level: typev1.Level_MANAGER, Territories: []string{"cn/south", "cn/east"}, Administrator: true}
}

// good are claims that are accepted at start.
func good() map[string]any {
	return map[string]any{
		"iss": issuer, "aud": audience, "sub": "li", "iat": start.Unix(), "exp": start.Add(time.Hour).Unix(),
		"level": "manager", "territories": []string{"cn/south", "cn/east"}, "administrator": true,
	}
}

// but is good with claims changed, or left out where nil.
func but(changes map[string]any) []byte {
	c := good()
	maps.Copy(c, changes)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	text, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	return text
}

// forge signs any payload under any header.
func (i issuing) forge(payload []byte, header map[string]any) string {
	return seal(header, payload, func(input []byte) []byte {
		return ed25519.Sign(i.signer.key.Key.(ed25519.PrivateKey), input)
	})
}

func (i issuing) header() map[string]any {
	return map[string]any{"alg": "EdDSA", "typ": "JWT", "kid": i.signer.key.KeyID}
}

func (i issuing) public() ed25519.PublicKey {
	return i.signer.key.Key.(ed25519.PrivateKey).Public().(ed25519.PublicKey)
}

func seal(header map[string]any, payload []byte, sign func([]byte) []byte) string {
	head, err := json.Marshal(header)
	if err != nil {
		panic(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	input := encode(head) + "." + encode(payload)
	return input + "." + encode(sign([]byte(input)))
}

func hs256(key []byte) func([]byte) []byte {
	return func(input []byte) []byte {
		mac := hmac.New(sha256.New, key)
		mac.Write(input)
		return mac.Sum(nil)
	}
}

func newKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	return key
}

// jwk is a public key with an id.
func jwk(id string, private crypto.Signer) jose.JSONWebKey {
	return jose.JSONWebKey{Key: private.Public(), KeyID: id, Use: "sig"}
}
