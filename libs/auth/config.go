package auth

import (
	"errors"
	"fmt"
	"slices"

	jose "github.com/go-jose/go-jose/v4"
)

// Config says whose tokens are believed; its variables begin with GUANXI_AUTH_. Issuer, Audience and Algorithms have no defaults on purpose: a verifier that
// leaves one of them open accepts tokens made for somebody else.
type Config struct {
	// Issuer is the exact iss claim.
	Issuer string `env:"ISSUER"`
	// Audience must be among the aud claim.
	Audience string `env:"AUDIENCE"`
	// Algorithms are the JWS algorithms accepted, such as EdDSA or RS256; those with a shared secret cannot be had.
	Algorithms []string `env:"ALGORITHMS"`
	// KeysFile holds the issuer's public keys, as a JWKS or as PEM. It is read again as it changes.
	KeysFile string `env:"KEYS_FILE"`
	// JWKSURL is where the issuer publishes its keys. With neither it nor a file, it is discovered at the issuer's
	// /.well-known/openid-configuration.
	JWKSURL string `env:"JWKS_URL"`
	// Keys are keys known in this process, such as a Signer's; then neither file nor URL is looked at.
	Keys *jose.JSONWebKeySet `env:"-"`
}

// asymmetric are the algorithms whose verifying key cannot sign.
var asymmetric = []jose.SignatureAlgorithm{
	jose.EdDSA,
	jose.ES256, jose.ES384, jose.ES512,
	jose.PS256, jose.PS384, jose.PS512,
	jose.RS256, jose.RS384, jose.RS512,
}

// algorithms checks the configuration and returns its algorithms.
func (c Config) algorithms() ([]jose.SignatureAlgorithm, error) {
	var errs []error
	if c.Issuer == "" {
		errs = append(errs, errors.New("GUANXI_AUTH_ISSUER is not set"))
	}
	if c.Audience == "" {
		errs = append(errs, errors.New("GUANXI_AUTH_AUDIENCE is not set"))
	}
	if len(c.Algorithms) == 0 {
		errs = append(errs, errors.New("GUANXI_AUTH_ALGORITHMS is not set"))
	}
	if c.KeysFile != "" && c.JWKSURL != "" {
		errs = append(errs, errors.New("GUANXI_AUTH_KEYS_FILE and GUANXI_AUTH_JWKS_URL exclude each other"))
	}
	algorithms := make([]jose.SignatureAlgorithm, 0, len(c.Algorithms))
	for _, name := range c.Algorithms {
		if !slices.Contains(asymmetric, jose.SignatureAlgorithm(name)) {
			errs = append(errs, fmt.Errorf("GUANXI_AUTH_ALGORITHMS: %q is not one of %v", name, asymmetric))
		}
		algorithms = append(algorithms, jose.SignatureAlgorithm(name))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	return algorithms, nil
}
