package auth

import (
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	lru "github.com/hashicorp/golang-lru/v2"
)

const (
	// maxToken is the longest token in bytes.
	maxToken = 8 << 10
	// leeway is how far the issuer's clock may be ahead of ours.
	leeway = time.Minute
	// remembered is how many tokens are not verified anew at each call, and for how long at most: a key that was
	// withdrawn opens nothing after refreshEvery and this.
	remembered    = 8192
	rememberedFor = time.Minute
	// minRSA is the shortest RSA key in bits.
	minRSA = 2048
)

// Verifier turns tokens into principals. It is safe for concurrent use.
type Verifier struct {
	issuer, audience string
	algorithms       []jose.SignatureAlgorithm
	keys             *keySet
	now              func() time.Time
	known            *lru.Cache[[sha256.Size]byte, verified]
}

// verified is the outcome for a token that was good.
type verified struct {
	principal Principal
	from, to  time.Time
}

// NewVerifier fails unless issuer, audience and algorithms are pinned. Keys are got with the first token, so that a service
// starts while its issuer is down.
func NewVerifier(config Config, now func() time.Time) (*Verifier, error) {
	algorithms, err := config.algorithms()
	if err != nil {
		return nil, err
	}
	known, err := lru.New[[sha256.Size]byte, verified](remembered)
	if err != nil {
		return nil, err
	}
	return &Verifier{
		issuer:     config.Issuer,
		audience:   config.Audience,
		algorithms: algorithms,
		keys:       &keySet{load: config.source(), now: now},
		now:        now,
		known:      known,
	}, nil
}

// Verify returns the bearer of a token (the bare JWT). Errors: UNAUTHENTICATED, reason TOKEN_EXPIRED, TOKEN_CLAIMS (the
// metadata "claim" says which) or TOKEN_INVALID, which says no more; UNAVAILABLE when the issuer's keys cannot be had.
func (v *Verifier) Verify(ctx context.Context, token string) (Principal, error) {
	if len(token) > maxToken {
		return Principal{}, invalid(errors.New("auth: the token is too long"))
	}
	digest, now := sha256.Sum256([]byte(token)), v.now()
	if k, ok := v.known.Get(digest); ok && !now.Before(k.from) && now.Before(k.to) {
		return k.principal, nil
	}
	p, expiry, err := v.verify(ctx, token)
	if err != nil {
		v.known.Remove(digest)
		return Principal{}, refusal(err)
	}
	to := now.Add(rememberedFor)
	if expiry.Before(to) {
		to = expiry
	}
	v.known.Add(digest, verified{p, now, to})
	return p, nil
}

func (v *Verifier) verify(ctx context.Context, token string) (Principal, time.Time, error) {
	parsed, err := jwt.ParseSigned(token, v.algorithms)
	if err != nil {
		return Principal{}, time.Time{}, err
	}
	keys, err := v.keys.candidates(ctx, parsed.Headers[0].KeyID)
	if err != nil {
		return Principal{}, time.Time{}, err
	}
	var own claims
	var registered jwt.Claims
	if err := decode(parsed, keys, &registered, &own); err != nil {
		return Principal{}, time.Time{}, err
	}
	if err := v.check(registered); err != nil {
		return Principal{}, time.Time{}, err
	}
	p, err := own.principal()
	return p, registered.Expiry.Time(), err
}

// decode reads the claims of a token that one of the keys made.
func decode(token *jwt.JSONWebToken, keys []jose.JSONWebKey, dest ...any) error {
	err := errors.New("auth: no key has this id")
	for _, key := range keys {
		if !suits(key, token.Headers[0].Algorithm) {
			continue
		}
		if err = token.Claims(key.Key, dest...); !errors.Is(err, jose.ErrCryptoFailure) {
			return err
		}
	}
	return err
}

// suits reports whether a key may be used with an algorithm: the one it is bound to, if any, and strong enough.
func suits(key jose.JSONWebKey, algorithm string) bool {
	if k, ok := key.Key.(*rsa.PublicKey); ok && k.N.BitLen() < minRSA {
		return false
	}
	return key.Algorithm == "" || key.Algorithm == algorithm
}
