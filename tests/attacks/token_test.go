package attacks

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/tests/internal/calls"
	"github.com/guanxi-crm/guanxi/tests/internal/stage"
)

// fields are those of a JSON object.
type fields = map[string]any

// forger makes tokens of any kind; of the instance's secrets he has only what it publishes.
type forger struct {
	kid    string
	public ed25519.PublicKey
	own    ed25519.PrivateKey // his own
	claims fields             // that would be accepted
}

func newForger(t *testing.T, s *stage.Stage) forger {
	t.Helper()
	published := s.Signer.Keys().Keys[0]
	_, own, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	now := s.Clock.Now()
	return forger{published.KeyID, published.Key.(ed25519.PublicKey), own, fields{
		"iss": "https://issuer.test", "aud": "guanxi", "sub": "owner", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"level": "executive", "territories": []string{"*"}, "administrator": true,
	}}
}

func encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func (f forger) token(header fields, sign func(input string) []byte) string {
	input := encode(header) + "." + encode(f.claims)
	return input + "." + base64.RawURLEncoding.EncodeToString(sign(input))
}

func (f forger) signed(header fields) string {
	return f.token(header, func(input string) []byte { return ed25519.Sign(f.own, []byte(input)) })
}

func hs256(key []byte) func(string) []byte {
	return func(input string) []byte {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(input))
		return mac.Sum(nil)
	}
}

func unsigned(string) []byte { return nil }

// forgeries are tokens whose claims would be good, and that nobody may believe. lure is where keys are offered.
func (f forger) forgeries(t *testing.T, lure string) map[string]string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(f.public)
	require.NoError(t, err)
	asPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	asJWK, err := json.Marshal(jose.JSONWebKey{Key: f.public, KeyID: f.kid})
	require.NoError(t, err)
	offered := jose.JSONWebKey{Key: f.own.Public(), KeyID: f.kid}
	good := fields{"alg": "EdDSA", "typ": "JWT", "kid": f.kid}
	but := func(changes fields) fields {
		h := maps.Clone(good)
		maps.Copy(h, changes)
		return h
	}
	all := map[string]string{
		"HS256 with the public key":         f.token(but(fields{"alg": "HS256"}), hs256(f.public)),
		"HS256 with the public key as PEM":  f.token(but(fields{"alg": "HS256"}), hs256(asPEM)),
		"HS256 with the public key as JWK":  f.token(but(fields{"alg": "HS256"}), hs256(asJWK)),
		"HS256 with the key id":             f.token(but(fields{"alg": "HS256"}), hs256([]byte(f.kid))),
		"HS256 with nothing":                f.token(but(fields{"alg": "HS256"}), hs256(nil)),
		"another key, the same kid":         f.signed(good),
		"another key, no kid":               f.signed(fields{"alg": "EdDSA"}),
		"another key that is in the header": f.signed(but(fields{"jwk": offered})),
		"another key to be fetched":         f.signed(but(fields{"jku": lure, "x5u": lure, "kid": "lure"})),
		"another key in a critical header":  f.signed(but(fields{"crit": []string{"jwk"}, "jwk": offered})),
		"a detached payload":                f.signed(but(fields{"b64": false, "crit": []string{"b64"}})),
		"no signature":                      f.token(good, unsigned),
		"a signature of zeros":              f.token(good, func(string) []byte { return make([]byte, ed25519.SignatureSize) }),
		"two tokens at once":                f.signed(good) + "," + f.signed(good),
		"JSON instead of dots":              `{"payload":"` + encode(f.claims) + `","signatures":[]}`,
		"five parts":                        f.signed(good) + "..",
		"nothing but dots":                  "..",
	}
	for _, none := range []string{"none", "None", "NONE", "nOnE", ""} {
		all["alg "+none] = f.token(but(fields{"alg": none}), unsigned)
	}
	for _, kid := range []any{"", "../../../../dev/null", "/dev/null", "x' or '1'='1", strings.Repeat("k", 4000), 7, []string{f.kid}, nil} {
		header := but(fields{"kid": kid})
		all["kid "+encode(kid)] = f.signed(header)
	}
	return all
}

// Nobody is believed but the issuer, and who is not is not told why.
func (s *scene) forgedTokens(t *testing.T) {
	t.Helper()
	var fetched atomic.Int64
	lure := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { fetched.Add(1) }))
	defer lure.Close()
	forged := newForger(t, s.Stage).forgeries(t, lure.URL)
	for name, token := range forged {
		s.requireUnknown(t, name, token, "TOKEN_INVALID")
	}
	require.Zero(t, fetched.Load(), "a key was fetched from where the token said")
	t.Logf("%d forged tokens", len(forged))
}

// What the issuer itself signed is good for what it was signed for, and for as long.
func (s *scene) tokensOutOfPlaceAndTime(t *testing.T) {
	t.Helper()
	clock := s.Stage.Clock
	who := auth.Principal{Subject: "owner", Level: typev1.Level_EXECUTIVE, Territories: []string{auth.Anywhere}, Administrator: true}
	sign := func(file, issuer, audience string, shift time.Duration) string {
		signer, err := auth.NewSigner(file, issuer, audience, func() time.Time { return clock.Now().Add(shift) })
		require.NoError(t, err)
		token, err := signer.Sign(who, time.Hour)
		require.NoError(t, err)
		return token
	}
	key, issuer := s.Stage.KeyFile, "https://issuer.test"
	other := t.TempDir() + "/key.pem"
	for name, token := range map[string]string{
		"another issuer":            sign(key, "https://issuer.test.evil", "guanxi", 0),
		"another issuer's slash":    sign(key, issuer+"/", "guanxi", 0),
		"another audience":          sign(key, issuer, "guanxi-other", 0),
		"no audience":               sign(key, issuer, "", 0),
		"another instance":          sign(other, issuer, "guanxi", 0),
		"not yet valid":             sign(key, issuer, "guanxi", 10*time.Minute),
		"another instance, expired": sign(other, issuer, "guanxi", -2*time.Hour),
	} {
		s.requireUnknown(t, name, token, "TOKEN_INVALID")
	}
	s.requireUnknown(t, "expired", sign(key, issuer, "guanxi", -2*time.Hour), "TOKEN_EXPIRED")

	// A token that was good, and remembered as such, ends all the same.
	token := sign(key, issuer, "guanxi", 0)
	for _, play := range transports {
		require.Zero(t, s.anonymous(t, token, play, s.harmless(t)).Status.GetCode())
	}
	clock.Advance(time.Hour)
	s.requireUnknown(t, "expired meanwhile", token, "TOKEN_EXPIRED")
	text, err := os.ReadFile(key)
	require.NoError(t, err)
	require.NotContains(t, s.Stage.Log.Text(), string(text))
	require.NotContains(t, s.Stage.Log.Text(), token, "tokens are not logged")
}

// harmless is a call that any owner may make at any time.
func (s *scene) harmless(t *testing.T) calls.Call {
	t.Helper()
	require.NotEmpty(t, s.Pages)
	return s.Pages[0].Call
}

func (s *scene) requireUnknown(t *testing.T, name, token, reason string) {
	t.Helper()
	for way, play := range transports {
		o := s.anonymous(t, token, play, s.harmless(t))
		require.Equal(t, codes.Unauthenticated, codes.Code(o.Status.GetCode()), "%s over %s: %v", name, way, o)
		text := said(t, o)
		require.Contains(t, text, reason, "%s over %s", name, way)
		requireNothing(t, text, name)
	}
}
