package seal

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"github.com/google/uuid"
)

// Keys are those of the installation: the ones that the keys of people are wrapped by, and the one that blind indexes are made with. They are safe for concurrent use.
type Keys struct {
	wrapping []wrapping // the newest first
	blind    []byte
}

type wrapping struct {
	id   string
	aead cipher.AEAD
}

// Wrapped is the key of a person as it is kept.
type Wrapped struct {
	Person uuid.UUID `db:"person_id"`
	Key    []byte    `db:"wrapped"`
	// By is the id of the key that it is wrapped by: the beginning of that one's hash.
	By string `db:"wrapped_by"`
}

// blindWord begins the line with the key of blind indexes.
const blindWord = "blind"

// Read reads a file of keys: one of 32 bytes in base64 on each line, the newest first, and one line "blind " with the key of blind indexes. Keys are wrapped by the
// first and unwrapped by any, so a key is exchanged by putting the new one in front, and the old one is dropped when Rewrap has left nothing that needs it. The
// key of blind indexes stays what it is: with another one nobody would be found by his name or number any more.
func Read(path string) (*Keys, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("seal: keys of people: %w", err)
	}
	keys, err := Parse(content)
	if err != nil {
		return nil, fmt.Errorf("%w (in %s)", err, path)
	}
	return keys, nil
}

// Parse is Read of the content of such a file. No error quotes a key.
func Parse(content []byte) (*Keys, error) {
	k := &Keys{}
	for line := range bytes.Lines(content) {
		line = bytes.TrimSpace(line)
		rest, isBlind := bytes.CutPrefix(line, []byte(blindWord+" "))
		if len(line) == 0 {
			continue
		}
		secret, err := base64.StdEncoding.AppendDecode(nil, bytes.TrimSpace(rest))
		if err != nil || len(secret) != KeySize {
			return nil, fmt.Errorf("seal: a line is not %d bytes in base64", KeySize)
		}
		switch {
		case !isBlind:
			if err := k.add(secret); err != nil {
				return nil, err
			}
		case k.blind != nil:
			return nil, errors.New("seal: there are two lines with a key of blind indexes, and only one can be it")
		default:
			k.blind = secret
		}
	}
	if len(k.wrapping) == 0 || k.blind == nil {
		return nil, errors.New(`seal: at least one key is needed, and a line "` + blindWord + ` ..." with the key of blind indexes`)
	}
	return k, nil
}

func (k *Keys) add(secret []byte) error {
	aead, err := newAEAD(secret)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(append([]byte("guanxi person key "), secret...))
	k.wrapping = append(k.wrapping, wrapping{id: hex.EncodeToString(sum[:8]), aead: aead})
	return nil
}

// NewFile is the content of a file of fresh keys.
func NewFile() string {
	secrets := make([]byte, 2*KeySize)
	_, _ = rand.Read(secrets) // it never fails
	encode := base64.StdEncoding.EncodeToString
	return encode(secrets[:KeySize]) + "\n" + blindWord + " " + encode(secrets[KeySize:]) + "\n"
}

// New makes the key of a person, and how it is to be kept.
func (k *Keys) New(person uuid.UUID) (Key, Wrapped, error) {
	secret := make([]byte, KeySize)
	_, _ = rand.Read(secret) // it never fails
	key, err := newKey(person, secret)
	return key, k.wrap(person, secret), err
}

func (k *Keys) wrap(person uuid.UUID, secret []byte) Wrapped {
	by := k.wrapping[0]
	return Wrapped{Person: person, By: by.id, Key: by.aead.Seal(nil, nil, secret, person[:])} //nolint:gosec // the AEAD draws the nonce itself
}

// Unwrap gives the key of a person as it was kept. An error means that the file of keys is not the one that belongs to the database.
func (k *Keys) Unwrap(w Wrapped) (Key, error) {
	secret, err := k.secret(w)
	if err != nil {
		return Key{}, err
	}
	return newKey(w.Person, secret)
}

func (k *Keys) secret(w Wrapped) ([]byte, error) {
	for _, by := range k.wrapping {
		if by.id != w.By {
			continue
		}
		secret, err := by.aead.Open(nil, nil, w.Key, w.Person[:])
		if err != nil {
			return nil, fmt.Errorf("seal: the key of person %s was altered", w.Person)
		}
		return secret, nil
	}
	return nil, fmt.Errorf("seal: the key of person %s is wrapped by %s, which is not in the file of keys", w.Person, w.By)
}

// Newest is the id of the key that is wrapped by now.
func (k *Keys) Newest() string { return k.wrapping[0].id }

// IDs are those of all keys of the file.
func (k *Keys) IDs() []string {
	ids := make([]string, len(k.wrapping))
	for i, w := range k.wrapping {
		ids[i] = w.id
	}
	return ids
}
