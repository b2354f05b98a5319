package auth

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func TestVerifyAcceptsWhatTheIssuerSigned(t *testing.T) {
	t.Parallel()
	i := setup(t)
	for _, p := range []Principal{
		li(),
		{Subject: "wang", Level: typev1.Level_BASIC, Territories: []string{"*"}},
		{Subject: "陈", Level: typev1.Level_EXECUTIVE, Territories: []string{}},
	} {
		token, err := i.signer.Sign(p, time.Hour)
		require.NoError(t, err)
		got, err := i.verifier.Verify(t.Context(), token)
		require.NoError(t, err)
		require.Equal(t, p, got)
	}
	got, err := i.verifier.Verify(t.Context(), i.forge(but(map[string]any{"aud": []string{"other", audience}, "administrator": nil}), i.header()))
	require.NoError(t, err)
	require.Equal(t, "li", got.Subject)
	require.False(t, got.Administrator)
}

func TestVerifyRefusesForgedTokens(t *testing.T) {
	t.Parallel()
	i := setup(t)
	genuine := i.forge(but(nil), i.header())
	parts := strings.Split(genuine, ".")
	head := func(changes map[string]any) map[string]any {
		h := i.header()
		maps.Copy(h, changes)
		return h
	}
	der, err := x509.MarshalPKIXPublicKey(i.public())
	require.NoError(t, err)
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	stranger := newKey(t)
	foreign := jwk(i.signer.key.KeyID, stranger)
	none := func([]byte) []byte { return nil }

	for name, token := range map[string]string{
		"empty":                      "",
		"words":                      "let me in",
		"dots":                       "..",
		"truncated signature":        genuine[:len(genuine)-8],
		"no signature":               parts[0] + "." + parts[1] + ".",
		"two parts":                  parts[0] + "." + parts[1],
		"four parts":                 genuine + ".x",
		"claims of another":          parts[0] + "." + strings.Split(i.forge(but(map[string]any{"level": "executive"}), i.header()), ".")[1] + "." + parts[2],
		"algorithm none":             seal(head(map[string]any{"alg": "none"}), but(nil), none),
		"algorithm None":             seal(head(map[string]any{"alg": "None"}), but(nil), none),
		"no algorithm":               seal(head(map[string]any{"alg": ""}), but(nil), none),
		"HS256 by the public key":    seal(head(map[string]any{"alg": "HS256"}), but(nil), hs256(i.public())),
		"HS256 by the public PEM":    seal(head(map[string]any{"alg": "HS256"}), but(nil), hs256(publicPEM)),
		"algorithm not pinned":       i.forge(but(nil), head(map[string]any{"alg": "ES256"})),
		"foreign key, same id":       seal(i.header(), but(nil), func(b []byte) []byte { return ed25519.Sign(stranger, b) }),
		"foreign key in the header":  seal(head(map[string]any{"jwk": foreign}), but(nil), func(b []byte) []byte { return ed25519.Sign(stranger, b) }),
		"unknown key id":             i.forge(but(nil), head(map[string]any{"kid": "other"})),
		"unknown critical extension": i.forge(but(nil), head(map[string]any{"crit": []string{"x"}, "x": 1})),
		"JSON serialization":         fmt.Sprintf(`{"payload":%q,"protected":%q,"signature":%q}`, parts[1], parts[0], parts[2]),
		"wrong issuer":               i.forge(but(map[string]any{"iss": "https://login.example.org"}), i.header()),
		"issuer with a slash":        i.forge(but(map[string]any{"iss": issuer + "/"}), i.header()),
		"no issuer":                  i.forge(but(map[string]any{"iss": nil}), i.header()),
		"wrong audience":             i.forge(but(map[string]any{"aud": "other"}), i.header()),
		"no audience":                i.forge(but(map[string]any{"aud": nil}), i.header()),
		"empty audience":             i.forge(but(map[string]any{"aud": []string{}}), i.header()),
		"no exp":                     i.forge(but(map[string]any{"exp": nil}), i.header()),
		"exp null":                   i.forge([]byte(strings.Replace(string(but(nil)), fmt.Sprint(start.Add(time.Hour).Unix()), "null", 1)), i.header()),
		"not yet":                    i.forge(but(map[string]any{"nbf": start.Add(2 * time.Minute).Unix()}), i.header()),
		"issued in the future":       i.forge(but(map[string]any{"iat": start.Add(2 * time.Minute).Unix()}), i.header()),
		"level twice":                i.forge([]byte(strings.Replace(string(but(nil)), `"level"`, `"level":"executive","level"`, 1)), i.header()),
		"level twice, other order":   i.forge([]byte(strings.Replace(string(but(nil)), `"level":"manager"`, `"level":"manager","level":"executive"`, 1)), i.header()),
		"level of another type":      i.forge(but(map[string]any{"level": 3}), i.header()),
		"administrator of a string":  i.forge(but(map[string]any{"administrator": "true"}), i.header()),
		"payload is no object":       i.forge([]byte(`["level"]`), i.header()),
		"payload is no JSON":         i.forge([]byte(`{"level":`), i.header()),
		"a second object":            i.forge(append(but(nil), but(nil)...), i.header()),
		"huge":                       i.forge(but(map[string]any{"padding": strings.Repeat("x", 9<<10)}), i.header()),
		"a megabyte of dots":         strings.Repeat(".", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := i.verifier.Verify(t.Context(), token)
			require.Zero(t, got)
			refused(t, err, codes.Unauthenticated, "TOKEN_INVALID")
			require.Equal(t, "the token is not valid here; check its issuer, audience, algorithm and times", fault.From(err).GRPCStatus().Message())
		})
	}
}

func TestVerifyRefusesClaims(t *testing.T) {
	t.Parallel()
	i := setup(t)
	for name, c := range map[string]struct {
		change map[string]any
		claim  string
	}{
		"no subject":                {map[string]any{"sub": nil}, "sub"},
		"subject with a line break": {map[string]any{"sub": "li\nlevel=executive"}, "sub"},
		"long subject":              {map[string]any{"sub": strings.Repeat("x", 256)}, "sub"},
		"no level":                  {map[string]any{"level": nil}, "level"},
		"upper case level":          {map[string]any{"level": "EXECUTIVE"}, "level"},
		"unspecified level":         {map[string]any{"level": "level_unspecified"}, "level"},
		"level under another case":  {map[string]any{"level": nil, "Level": "executive"}, "level"},
		"no territories":            {map[string]any{"territories": nil}, "territories"},
		"empty territory":           {map[string]any{"territories": []string{""}}, "territories"},
		"territory with a slash":    {map[string]any{"territories": []string{"cn/"}}, "territories"},
		"territory with a gap":      {map[string]any{"territories": []string{"cn//south"}}, "territories"},
		"territory with a star":     {map[string]any{"territories": []string{"cn/*"}}, "territories"},
		"territory with a space":    {map[string]any{"territories": []string{"cn ,*"}}, "territories"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := i.verifier.Verify(t.Context(), i.forge(but(c.change), i.header()))
			require.Zero(t, got)
			refused(t, err, codes.Unauthenticated, "TOKEN_CLAIMS")
			require.Contains(t, fault.From(err).GRPCStatus().Message(), "its claim "+c.claim+": ")
		})
	}
}

// A claim that differs in case only is another claim.
func TestVerifyTellsCasesApart(t *testing.T) {
	t.Parallel()
	i := setup(t)
	got, err := i.verifier.Verify(t.Context(), i.forge(but(map[string]any{"LEVEL": "executive", "Territories": []string{"*"}, "SUB": "root"}), i.header()))
	require.NoError(t, err)
	require.Equal(t, li(), got)
}

func TestTokensEndInTime(t *testing.T) {
	t.Parallel()
	i := setup(t)
	token, err := i.signer.Sign(li(), time.Hour)
	require.NoError(t, err)
	for _, c := range []struct {
		after  time.Duration
		reason string
	}{
		{0, ""},
		{30 * time.Second, ""},
		{time.Hour - time.Second, ""},
		{time.Hour, "TOKEN_EXPIRED"},
		{2 * time.Hour, "TOKEN_EXPIRED"},
		{-30 * time.Second, ""},
		{-2 * time.Minute, "TOKEN_INVALID"},
		{time.Minute, ""},
	} {
		i.clock.Set(start.Add(c.after))
		_, err := i.verifier.Verify(t.Context(), token)
		if c.reason == "" {
			require.NoError(t, err, c.after)
			continue
		}
		refused(t, err, codes.Unauthenticated, c.reason)
	}
}

// What is remembered of a token ends with it.
func TestAShortTokenIsNotRememberedPastItsEnd(t *testing.T) {
	t.Parallel()
	i := setup(t)
	token, err := i.signer.Sign(li(), 30*time.Second)
	require.NoError(t, err)
	_, err = i.verifier.Verify(t.Context(), token)
	require.NoError(t, err)
	i.clock.Advance(30 * time.Second)
	_, err = i.verifier.Verify(t.Context(), token)
	refused(t, err, codes.Unauthenticated, "TOKEN_EXPIRED")
}

// A token is not verified again at each call, but is once a minute: its key may have been withdrawn.
func TestTokensAreRememberedForAMinute(t *testing.T) {
	t.Parallel()
	i := setup(t)
	token, err := i.signer.Sign(li(), time.Hour)
	require.NoError(t, err)
	_, err = i.verifier.Verify(t.Context(), token)
	require.NoError(t, err)

	i.verifier.keys.keys = nil
	i.verifier.keys.load = failing
	_, err = i.verifier.Verify(t.Context(), token)
	require.NoError(t, err)
	i.clock.Advance(time.Minute)
	_, err = i.verifier.Verify(t.Context(), token)
	refused(t, err, codes.Unavailable, "UNAVAILABLE")
}

func refused(t *testing.T, err error, code codes.Code, reason string) {
	t.Helper()
	require.Error(t, err)
	var f *fault.Error
	require.ErrorAs(t, err, &f)
	require.Equal(t, code, f.Code())
	require.Equal(t, reason, f.Reason())
}

func TestNewVerifierRefusesToBeOpen(t *testing.T) {
	t.Parallel()
	whole := Config{Issuer: issuer, Audience: audience, Algorithms: []string{"EdDSA", "RS256"}, KeysFile: "keys.json"}
	for want, change := range map[string]func(*Config){
		"ISSUER is not set":     func(c *Config) { c.Issuer = "" },
		"AUDIENCE is not set":   func(c *Config) { c.Audience = "" },
		"ALGORITHMS is not set": func(c *Config) { c.Algorithms = nil },
		`"none" is not one of`:  func(c *Config) { c.Algorithms = []string{"EdDSA", "none"} },
		`"HS256" is not one of`: func(c *Config) { c.Algorithms = []string{"HS256"} },
		`"" is not one of`:      func(c *Config) { c.Algorithms = []string{""} },
		`"eddsa" is not one of`: func(c *Config) { c.Algorithms = []string{"eddsa"} },
		"exclude each other":    func(c *Config) { c.JWKSURL = "https://login.example.com/keys" },
	} {
		config := whole
		change(&config)
		_, err := NewVerifier(config, time.Now)
		require.ErrorContains(t, err, want)
	}
	_, err := NewVerifier(whole, time.Now)
	require.NoError(t, err)
}

func FuzzVerify(f *testing.F) {
	f.Add("a.b.c", []byte(`{"level":"basic"}`))
	f.Add("", bytes.Repeat([]byte("{"), 100))
	i := setup(f)
	f.Fuzz(func(t *testing.T, token string, payload []byte) {
		for _, attempt := range []string{token, i.forge(payload, i.header())} {
			p, err := i.verifier.Verify(t.Context(), attempt)
			require.Error(t, err)
			require.Zero(t, p)
			require.Equal(t, codes.Unauthenticated, fault.From(err).Code())
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	i := setup(b)
	token, err := i.signer.Sign(li(), time.Hour)
	require.NoError(b, err)
	for name, before := range map[string]func(){"remembered": func() {}, "anew": i.verifier.known.Purge} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				before()
				if _, err := i.verifier.Verify(b.Context(), token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
