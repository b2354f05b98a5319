package auth

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// Signer makes the tokens of a local instance, which has no identity provider. Who can read its key file can be anybody.
type Signer struct {
	issuer, audience string
	key              jose.JSONWebKey // private
	signer           jose.Signer
	now              func() time.Time
}

// NewSigner signs with the Ed25519 key in a PKCS #8 PEM file, which it creates, readable by the owner alone, if there is
// none. Of several processes that do so at once all end up with one key. A file that others may read is refused.
func NewSigner(file, issuer, audience string, now func() time.Time) (*Signer, error) {
	private, err := readKey(file)
	if errors.Is(err, fs.ErrNotExist) {
		if err := createKey(file); err != nil {
			return nil, err
		}
		private, err = readKey(file)
	}
	if err != nil {
		return nil, err
	}
	key := jose.JSONWebKey{Key: private, Algorithm: string(jose.EdDSA), Use: "sig"}
	thumbprint, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	key.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	return &Signer{issuer: issuer, audience: audience, key: key, signer: signer, now: now}, nil
}

// Keys are the public keys to verify with, for Config.Keys or, as JSON, for GUANXI_AUTH_KEYS_FILE.
func (s *Signer) Keys() jose.JSONWebKeySet {
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{s.key.Public()}}
}

// Config believes the tokens of this signer and no others.
func (s *Signer) Config() Config {
	keys := s.Keys()
	return Config{Issuer: s.issuer, Audience: s.audience, Algorithms: []string{string(jose.EdDSA)}, Keys: &keys}
}

// Sign makes a token for p that is good for ttl, in whole seconds. It fails for a principal whose token a Verifier would
// refuse.
func (s *Signer) Sign(p Principal, ttl time.Duration) (string, error) {
	own := claimsOf(p)
	if _, err := own.principal(); err != nil {
		return "", fmt.Errorf("auth: %w", err)
	}
	now := s.now()
	registered := jwt.Claims{
		Issuer:   s.issuer,
		Audience: jwt.Audience{s.audience},
		IssuedAt: jwt.NewNumericDate(now),
		Expiry:   jwt.NewNumericDate(now.Add(ttl)),
	}
	token, err := jwt.Signed(s.signer).Claims(registered).Claims(own).Serialize()
	if err != nil {
		return "", fmt.Errorf("auth: %w", err)
	}
	return token, nil
}

func readKey(file string) (ed25519.PrivateKey, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("auth: %s can be read by others; chmod 600 it", file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("auth: %s is not PEM", file)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("auth: %s: %w", file, err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("auth: %s holds a %T, want an Ed25519 key", file, parsed)
	}
	return key, nil
}

// createKey writes the key apart and then links it to its name: the name never stands for half a key, nor for a second one.
func createKey(file string) error {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("auth: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return fmt.Errorf("auth: %w", err)
	}
	draft, err := os.CreateTemp(filepath.Dir(file), ".key-*") // 0600
	if err != nil {
		return fmt.Errorf("auth: %w", err)
	}
	defer os.Remove(draft.Name())
	err = errors.Join(pem.Encode(draft, &pem.Block{Type: "PRIVATE KEY", Bytes: der}), draft.Sync(), draft.Close())
	if err != nil {
		return fmt.Errorf("auth: %w", err)
	}
	if err := os.Link(draft.Name(), file); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("auth: %w", err)
	}
	return nil
}
