package auth

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/coreos/go-oidc/v3/oidc"
	jose "github.com/go-jose/go-jose/v4"
)

// maxKeys is the largest answer in bytes that is taken for keys.
const maxKeys = 1 << 20

// source is where the keys of a configuration come from.
func (c Config) source() source {
	switch {
	case c.Keys != nil:
		return func(context.Context) ([]jose.JSONWebKey, error) { return c.Keys.Keys, nil }
	case c.KeysFile != "":
		return func(context.Context) ([]jose.JSONWebKey, error) { return readKeys(c.KeysFile) }
	case c.JWKSURL != "":
		return func(ctx context.Context) ([]jose.JSONWebKey, error) { return fetchKeys(ctx, c.JWKSURL) }
	default:
		return func(ctx context.Context) ([]jose.JSONWebKey, error) { return discoverKeys(ctx, c.Issuer) }
	}
}

func readKeys(file string) ([]jose.JSONWebKey, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return parseSet(text)
	}
	return parsePEM(text)
}

// parsePEM reads public keys, each in a block of its own. They have no key id and so are tried for every token.
func parsePEM(text []byte) ([]jose.JSONWebKey, error) {
	var keys []jose.JSONWebKey
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "PUBLIC KEY" {
			return nil, fmt.Errorf("auth: PEM block is %q, want PUBLIC KEY", block.Type)
		}
		key, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("auth: %w", err)
		}
		keys = append(keys, jose.JSONWebKey{Key: key})
	}
	return keys, nil
}

// parseSet skips keys of a kind that the library does not know, which issuers publish for others.
func parseSet(text []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, fmt.Errorf("auth: keys: %w", err)
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		switch err := key.UnmarshalJSON(raw); {
		case errors.Is(err, jose.ErrUnsupportedKeyType):
		case err != nil:
			return nil, fmt.Errorf("auth: keys: %w", err)
		default:
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func fetchKeys(ctx context.Context, url string) ([]jose.JSONWebKey, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("auth: keys: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("auth: keys: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("auth: keys: %s", resp.Status)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxKeys))
	if err != nil {
		return nil, fmt.Errorf("auth: keys: %w", err)
	}
	return parseSet(text)
}

func discoverKeys(ctx context.Context, issuer string) ([]jose.JSONWebKey, error) {
	provider, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		return nil, fmt.Errorf("auth: discovery: %w", err)
	}
	var document struct {
		JWKSURL string `json:"jwks_uri"`
	}
	if err := provider.Claims(&document); err != nil {
		return nil, fmt.Errorf("auth: discovery: %w", err)
	}
	return fetchKeys(ctx, document.JWKSURL)
}
