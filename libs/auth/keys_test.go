package auth

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/testkit"
)

func failing(context.Context) ([]jose.JSONWebKey, error) { return nil, errors.New("out of reach") }

// sign makes a good token with any key.
func sign(t *testing.T, algorithm jose.SignatureAlgorithm, id string, key any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: key, KeyID: id}}, nil)
	require.NoError(t, err)
	token, err := jwt.Signed(signer).Claims(good()).Serialize()
	require.NoError(t, err)
	return token
}

func verifierOf(t *testing.T, config Config) (*Verifier, *testkit.Clock) {
	t.Helper()
	clock := testkit.NewClock()
	clock.Set(start)
	config.Issuer, config.Audience = issuer, audience
	if config.Algorithms == nil {
		config.Algorithms = []string{"EdDSA", "ES256", "RS256"}
	}
	v, err := NewVerifier(config, clock.Now)
	require.NoError(t, err)
	return v, clock
}

func TestKeysFromPEM(t *testing.T) {
	t.Parallel()
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	var text []byte
	for _, public := range []any{ec.Public(), rs.Public(), weak.Public()} {
		der, err := x509.MarshalPKIXPublicKey(public)
		require.NoError(t, err)
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})...)
	}
	v, _ := verifierOf(t, Config{KeysFile: write(t, text)})
	for _, token := range []string{sign(t, jose.ES256, "", ec), sign(t, jose.RS256, "any", rs)} {
		_, err = v.Verify(t.Context(), token)
		require.NoError(t, err)
	}
	_, err = v.Verify(t.Context(), sign(t, jose.RS256, "", weak))
	refused(t, err, codes.Unauthenticated, "TOKEN_INVALID")
	_, err = v.Verify(t.Context(), sign(t, jose.PS256, "", rs))
	refused(t, err, codes.Unauthenticated, "TOKEN_INVALID")
}

func write(t *testing.T, text []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, os.WriteFile(file, text, 0o600))
	return file
}

func set(t *testing.T, keys ...jose.JSONWebKey) []byte {
	t.Helper()
	text, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
	require.NoError(t, err)
	return text
}

func TestKeysThatAreRefused(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	token := sign(t, jose.EdDSA, "a", key)
	bound := jwk("a", key)
	bound.Algorithm = "RS256"
	encrypting := jwk("a", key)
	encrypting.Use = "enc"
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		text []byte
		code codes.Code
	}{
		"private JWK":        {set(t, jose.JSONWebKey{Key: key, KeyID: "a"}), codes.Unavailable},
		"shared secret":      {set(t, jose.JSONWebKey{Key: []byte("0123456789abcdef0123456789abcdef"), KeyID: "a"}), codes.Unavailable},
		"private PEM":        {pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), codes.Unavailable},
		"garbage":            {[]byte("keys"), codes.Unavailable},
		"empty":              {nil, codes.Unavailable},
		"empty set":          {set(t), codes.Unavailable},
		"for encryption":     {set(t, encrypting), codes.Unavailable},
		"unknown kinds only": {[]byte(`{"keys":[{"kty":"XYZ","kid":"a"}]}`), codes.Unavailable},
		"other algorithm":    {set(t, bound), codes.Unauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, _ := verifierOf(t, Config{KeysFile: write(t, c.text)})
			_, err := v.Verify(t.Context(), token)
			require.Error(t, err)
			refused(t, err, c.code, map[codes.Code]string{codes.Unavailable: "UNAVAILABLE", codes.Unauthenticated: "TOKEN_INVALID"}[c.code])
		})
	}
}

func TestUnknownKindsOfKeysAreSkipped(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	known, err := json.Marshal(jwk("a", key))
	require.NoError(t, err)
	v, _ := verifierOf(t, Config{KeysFile: write(t, []byte(`{"keys":[{"kty":"XYZ","kid":"z"},`+string(known)+`]}`))})
	_, err = v.Verify(t.Context(), sign(t, jose.EdDSA, "a", key))
	require.NoError(t, err)
}

// An issuer rotates: the new key is published, tokens come with it, then the old one goes.
func TestKeysAreRotated(t *testing.T) {
	t.Parallel()
	older, newer := newKey(t), newKey(t)
	file := write(t, set(t, jwk("old", older)))
	v, clock := verifierOf(t, Config{KeysFile: file})
	_, err := v.Verify(t.Context(), sign(t, jose.EdDSA, "old", older))
	require.NoError(t, err)

	require.NoError(t, os.WriteFile(file, set(t, jwk("old", older), jwk("new", newer)), 0o600))
	_, err = v.Verify(t.Context(), sign(t, jose.EdDSA, "new", newer))
	refused(t, err, codes.Unauthenticated, "TOKEN_INVALID") // asked just now
	clock.Advance(refreshPause)
	for id, key := range map[string]any{"old": older, "new": newer} {
		_, err = v.Verify(t.Context(), sign(t, jose.EdDSA, id, key))
		require.NoError(t, err)
	}

	require.NoError(t, os.WriteFile(file, set(t, jwk("new", newer)), 0o600))
	clock.Advance(refreshEvery)
	_, err = v.Verify(t.Context(), sign(t, jose.EdDSA, "old", older))
	refused(t, err, codes.Unauthenticated, "TOKEN_INVALID")
}

// provider is an issuer on the network with one key, "a".
type provider struct {
	url   string
	key   ed25519.PrivateKey
	asked atomic.Int32
	down  atomic.Bool
}

func startProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{key: newKey(t)}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.url = server.URL
	keys := set(t, jwk("a", p.key))
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		p.asked.Add(1)
		if p.down.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		_, _ = w.Write(keys)
	})
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"issuer":"` + p.url + `","jwks_uri":"` + p.url + `/keys"}`))
	})
	return p
}

func TestAnIssuerThatIsDownThenBackThenDownAgain(t *testing.T) {
	t.Parallel()
	p := startProvider(t)
	v, clock := verifierOf(t, Config{JWKSURL: p.url + "/keys"})
	token := sign(t, jose.EdDSA, "a", p.key)
	p.down.Store(true)
	for range 50 {
		_, err := v.Verify(t.Context(), token)
		refused(t, err, codes.Unavailable, "UNAVAILABLE")
	}
	require.EqualValues(t, 1, p.asked.Load(), "each call asked the issuer")

	p.down.Store(false)
	clock.Advance(refreshPause)
	_, err := v.Verify(t.Context(), token)
	require.NoError(t, err)

	p.down.Store(true)
	clock.Advance(refreshEvery)
	_, err = v.Verify(t.Context(), token)
	require.NoError(t, err, "the known keys stay good")
	require.EqualValues(t, 3, p.asked.Load())
}

func TestMadeUpTokensDoNotMakeUsAskTheIssuer(t *testing.T) {
	t.Parallel()
	p := startProvider(t)
	v, _ := verifierOf(t, Config{JWKSURL: p.url + "/keys"})
	_, err := v.Verify(t.Context(), sign(t, jose.EdDSA, "a", p.key))
	require.NoError(t, err)
	for range 50 {
		_, err = v.Verify(t.Context(), sign(t, jose.EdDSA, "made up", newKey(t)))
		refused(t, err, codes.Unauthenticated, "TOKEN_INVALID")
	}
	require.EqualValues(t, 1, p.asked.Load())
}

func TestKeysAreDiscovered(t *testing.T) {
	t.Parallel()
	keys, err := Config{Issuer: startProvider(t).url}.source()(t.Context())
	require.NoError(t, err)
	require.Len(t, keys, 1)
	require.Equal(t, "a", keys[0].KeyID)
}

func TestACallerWhoLeavesDoesNotStopTheLoading(t *testing.T) {
	t.Parallel()
	i := setup(t)
	token, err := i.signer.Sign(li(), time.Hour)
	require.NoError(t, err)
	load := i.verifier.keys.load
	i.verifier.keys.load = func(ctx context.Context) ([]jose.JSONWebKey, error) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return load(ctx)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	_, err = i.verifier.Verify(gone, token)
	require.NoError(t, err)
}
