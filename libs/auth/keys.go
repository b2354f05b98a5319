package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	jose "github.com/go-jose/go-jose/v4"
)

const (
	// refreshEvery is how soon a key that the issuer withdrew is forgotten.
	refreshEvery = 5 * time.Minute
	// refreshPause is how often at most an unknown key makes us ask the issuer: tokens are easy to make up.
	refreshPause = 10 * time.Second
	// loadTimeout bounds one asking.
	loadTimeout = 5 * time.Second
)

// errKeys says that there are no keys to verify with, which is not the caller's fault.
var errKeys = errors.New("auth: the issuer's keys cannot be had")

// source gets the issuer's public keys from where they are published.
type source func(ctx context.Context) ([]jose.JSONWebKey, error)

// keySet holds the issuer's keys and renews them. While they cannot be renewed the old ones stay good.
type keySet struct {
	load source
	now  func() time.Time

	loading sync.Mutex // held by the one who loads

	mu     sync.RWMutex // guards what follows
	keys   []jose.JSONWebKey
	loaded time.Time // when keys came in
	tried  time.Time // when loading was last begun
	err    error     // of that
}

// candidates are the keys that may have made a token with this key id; all, where the token or the key has none.
func (s *keySet) candidates(ctx context.Context, id string) ([]jose.JSONWebKey, error) {
	if !s.fresh() {
		if err := s.renew(ctx); err != nil {
			return nil, err
		}
	}
	if found := s.find(id); len(found) > 0 {
		return found, nil
	}
	if err := s.renew(ctx); err != nil {
		return nil, err
	}
	return s.find(id), nil
}

func (s *keySet) find(id string) []jose.JSONWebKey {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var found []jose.JSONWebKey
	for _, key := range s.keys {
		if id == "" || key.KeyID == "" || key.KeyID == id {
			found = append(found, key)
		}
	}
	return found
}

func (s *keySet) fresh() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.keys) > 0 && s.now().Sub(s.loaded) < refreshEvery
}

func (s *keySet) mayAsk() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.tried.IsZero() || s.now().Sub(s.tried) >= refreshPause
}

// renew loads the keys unless somebody does or just did. Without any keys it waits for him; with old ones it goes on.
func (s *keySet) renew(ctx context.Context) error {
	if s.have() {
		if !s.loading.TryLock() {
			return nil
		}
	} else {
		s.loading.Lock()
	}
	defer s.loading.Unlock()
	if s.mayAsk() {
		s.reload(ctx)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if len(s.keys) == 0 {
		return errors.Join(errKeys, s.err)
	}
	return nil
}

func (s *keySet) have() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.keys) > 0
}

// reload does not end with the caller's context: the keys are for all.
func (s *keySet) reload(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout)
	defer cancel()
	began := s.now()
	keys, err := s.load(ctx)
	if err == nil {
		keys, err = usable(keys)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tried, s.err = began, err
	if err == nil {
		s.keys, s.loaded = keys, began
	}
}

// usable leaves out keys for encryption, and refuses those that are no public ones: who can read a secret here can make
// tokens.
func usable(keys []jose.JSONWebKey) ([]jose.JSONWebKey, error) {
	var kept []jose.JSONWebKey
	for _, key := range keys {
		if !key.Valid() || !key.IsPublic() {
			return nil, fmt.Errorf("auth: key %q is not a valid public key", key.KeyID)
		}
		if key.Use == "" || key.Use == "sig" {
			kept = append(kept, key)
		}
	}
	if len(kept) == 0 {
		return nil, errors.New("auth: no key to verify signatures with")
	}
	return kept, nil
}
