// Package seal keeps what is personal such that it can be forgotten: every person has a key of his own, all that is said of him is kept sealed under it, and when
// the key is destroyed nothing of it can be read again - not in the tables, not in a history, not in a backup.
//
// The key of a person stands in the database wrapped by a key of the installation, which is in a file and never in a database: whoever has only the database, or only
// the file, reads nothing. A person is found by blind indexes, keyed hashes of a name or a number, which stand beside his key and go with it.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// KeySize is the length of all keys in bytes: AES-256.
const KeySize = 32

// version is the first byte of all that is sealed. It is authenticated, so that a later format cannot be mistaken for this one.
const version byte = 1

// ErrUnreadable says that something was not sealed under this key, for this use, or was altered since.
var ErrUnreadable = errors.New("seal: cannot be opened with this key")

// Key is that of one person. The zero value is no key.
type Key struct {
	person uuid.UUID
	aead   cipher.AEAD
}

func newKey(person uuid.UUID, secret []byte) (Key, error) {
	aead, err := newAEAD(secret)
	return Key{person: person, aead: aead}, err
}

func newAEAD(secret []byte) (cipher.AEAD, error) {
	if len(secret) != KeySize {
		return nil, fmt.Errorf("seal: a key has %d bytes, want %d", len(secret), KeySize)
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// Valid says whether it is a key.
func (k Key) Valid() bool { return k.aead != nil }

// Seal seals plain for one use, such as "person" or "gifts.content": what is sealed for one cannot be passed off as another. It is bound to the person and not to his
// customer, since a customer may be merged into another one and its people go with it.
func (k Key) Seal(use string, plain []byte) []byte {
	return k.aead.Seal([]byte{version}, nil, plain, k.associated(use)) //nolint:gosec // the AEAD draws the nonce itself
}

// Open gives back what was sealed under this key for the same use, and else ErrUnreadable.
func (k Key) Open(use string, sealed []byte) ([]byte, error) {
	if k.aead == nil || len(sealed) == 0 || sealed[0] != version {
		return nil, ErrUnreadable
	}
	plain, err := k.aead.Open(nil, nil, sealed[1:], k.associated(use))
	if err != nil {
		return nil, ErrUnreadable
	}
	return plain, nil
}

func (k Key) associated(use string) []byte {
	return append(append([]byte{version}, k.person[:]...), use...)
}
