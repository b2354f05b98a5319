package secrets

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/guanxi-crm/guanxi/libs/auth"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// What tokens of the installation's own issuer say. A company that has an identity provider sets that one instead; then these are for the services among themselves only.
const (
	Issuer   = "guanxi"
	Audience = "guanxi"
)

// peerLife is how long a service's own token is good.
const peerLife = 365 * 24 * time.Hour

// tokenKey is the file of the key that tokens are signed with.
const tokenKey = "token.key"

// Signer signs tokens of the installation.
func (d Dir) Signer() (*auth.Signer, error) { return d.signer(tokenKey) }

func (d Dir) signer(name string) (*auth.Signer, error) {
	return auth.NewSigner(d.file(authority, name), Issuer, Audience, d.Now)
}

// ExistingSigner is Signer for an installation that has its key already: a token of a new one would be good for nothing.
func (d Dir) ExistingSigner() (*auth.Signer, error) {
	absent, err := missing(d.file(authority, tokenKey))
	if err == nil && absent {
		err = fmt.Errorf("there are no secrets in %s: guanxi init makes them", d.Path)
	}
	if err != nil {
		return nil, err
	}
	return d.Signer()
}

// tokens makes the key that tokens are signed with, gives its public half to every service, and a token to each that asks others.
func (d Dir) tokens(say func(string)) error {
	signer, err := d.Signer()
	if err != nil {
		return err
	}
	known := signer.Keys()
	for _, end := range []string{followed, former} { // while the key is exchanged
		absent, err := missing(d.file(authority, tokenKey+end))
		if err != nil {
			return err
		}
		if absent {
			continue
		}
		other, err := d.signer(tokenKey + end)
		if err != nil {
			return err
		}
		known.Keys = append(known.Keys, other.Keys().Keys...)
	}
	keys, err := json.MarshalIndent(known, "", "  ")
	if err != nil {
		return err
	}
	for _, s := range Services {
		if err := d.write(s.Name, "tokens.jwks", keys); err != nil {
			return err
		}
		if err := d.peerToken(signer, s.Name, say); err != nil {
			return err
		}
	}
	return nil
}

func (d Dir) peerToken(signer *auth.Signer, name string, say func(string)) error {
	path := d.file(name, "peer.token")
	old, err := os.ReadFile(path)
	if err == nil && d.lasts(string(old), signer) {
		return nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	token, err := signer.Sign(auth.Principal{Subject: name, Level: typev1.Level_EXECUTIVE, Territories: []string{auth.Anywhere}}, peerLife)
	if err != nil {
		return err
	}
	say(path)
	return d.write(name, "peer.token", []byte(token))
}

// lasts says whether a token is of the signer and good for more than a third of its life.
func (d Dir) lasts(token string, signer *auth.Signer) bool {
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		return false
	}
	var claims jwt.Claims
	if err := parsed.Claims(signer.Keys(), &claims); err != nil || claims.Expiry == nil {
		return false
	}
	return d.Now().Before(claims.Expiry.Time().Add(-peerLife / 3))
}
