// Package page seals the position a list stands at into a token only this installation can open, and only for the request
// and the caller it was made for. A token says where to go on, never what may be read: every page is authorized anew.
package page

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// KeySize is the length of a sealing key in bytes: AES-256.
const KeySize = 32

// version is the first byte of every token. It is authenticated, so that a later format cannot be mistaken for this one.
const version byte = 1

// Sealer makes and opens page tokens. It is safe for concurrent use.
type Sealer struct{ keys []cipher.AEAD }

// NewSealer seals with the first key and opens with any, so that a key is rotated by putting the new one in front and
// dropping the old one when the tokens made with it may be forgotten. Replicas must be given the same keys.
func NewSealer(keys ...[]byte) (*Sealer, error) {
	if len(keys) == 0 {
		return nil, errors.New("page: no key to seal with")
	}
	s := &Sealer{}
	for i, key := range keys {
		if len(key) != KeySize {
			return nil, fmt.Errorf("page: key %d has %d bytes, want %d", i, len(key), KeySize)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("page: key %d: %w", i, err)
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, fmt.Errorf("page: key %d: %w", i, err)
		}
		s.keys = append(s.keys, aead)
	}
	return s, nil
}

// Binding joins what a token is bound to (method, parent, filter, order, caller, ...) such that no two lists of parts give
// the same string.
func Binding(parts ...string) string {
	var b []byte
	for _, part := range parts {
		b = fmt.Appendf(b, "%d:%s", len(part), part)
	}
	return string(b)
}

// Seal makes the token for going on behind position, the sort values of the last row given out. It is URL-safe.
func (s *Sealer) Seal(binding string, position []string) (string, error) {
	plain, err := json.Marshal(position)
	if err != nil {
		return "", fmt.Errorf("page: position: %w", err)
	}
	sealed := s.keys[0].Seal([]byte{version}, nil, plain, associated(version, binding)) //nolint:gosec // the AEAD draws the nonce itself
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// Open gives back the position sealed under the same binding. An empty token is the start of the list: no position. A token
// that was altered, cut, sealed with a key no longer held, or made for another request or caller is INVALID_ARGUMENT on
// page_token; which of these it was cannot be told apart.
func (s *Sealer) Open(binding, token string) ([]string, error) {
	if token == "" {
		return nil, nil
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(sealed) == 0 {
		return nil, refused()
	}
	for _, key := range s.keys {
		plain, err := key.Open(nil, nil, sealed[1:], associated(sealed[0], binding))
		if err != nil {
			continue
		}
		var position []string
		if sealed[0] != version || json.Unmarshal(plain, &position) != nil {
			return nil, refused()
		}
		return position, nil
	}
	return nil, refused()
}

func associated(version byte, binding string) []byte {
	return append([]byte{version}, binding...)
}

func refused() error {
	return fault.Invalid(fault.Field("page_token", "PAGE_TOKEN", fault.Text{
		En: "was not made for this request and this caller: go on with the same method, parent, filter, order_by and " +
			"other fields as on the page before, or start again without page_token",
		Zh: "不是为此请求和此调用者签发的：请沿用上一页的方法、parent、filter、order_by 等全部参数，或去掉 page_token 从头开始",
	}))
}
