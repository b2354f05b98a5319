// Package instance is the directory of a local instance: where its data and keys are, and, while it runs, how to reach it.
package instance

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/failpoint"
	"github.com/guanxi-crm/guanxi/libs/seal"
)

// What tokens of a local instance say. Other instances refuse them nevertheless: each has a key of its own.
const (
	issuer   = "guanxi-local"
	audience = "guanxi"
)

// Dir is the directory.
type Dir string

// Default is /var/lib/guanxi for root, else guanxi in the user's data directory.
func Default() (Dir, error) {
	if os.Geteuid() == 0 {
		return "/var/lib/guanxi", nil
	}
	if data := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(data) {
		return Dir(filepath.Join(data, "guanxi")), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", errors.New("there is no home directory to keep data in: say where with --data")
	}
	return Dir(filepath.Join(home, ".local", "share", "guanxi")), nil
}

// Create makes the directory unless it is there. As root it lets others pass through, a directory that was there too (mktemp -d makes it for its owner alone),
// since PostgreSQL runs as another user below it; its files are readable by nobody else all the same.
func (d Dir) Create() error {
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return fmt.Errorf("the data directory cannot be created: %w", err)
	}
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(string(d))
	if err != nil {
		return fmt.Errorf("the data directory: %w", err)
	}
	return os.Chmod(string(d), info.Mode().Perm()|0o011)
}

// Path is that of a file or directory in it.
func (d Dir) Path(name string) string { return filepath.Join(string(d), name) }

// Signer signs tokens with the instance's key, which is made if there is none.
func (d Dir) Signer() (*auth.Signer, error) {
	return auth.NewSigner(d.Path("instance.key"), issuer, audience, failpoint.Now(time.Now))
}

// ExistingSigner is Signer for an instance that must be there already: a token of a new key would be good for nothing.
func (d Dir) ExistingSigner() (*auth.Signer, error) {
	if _, err := os.Stat(d.Path("instance.key")); errors.Is(err, fs.ErrNotExist) {
		return nil, d.errNone()
	}
	return d.Signer()
}

func (d Dir) errNone() error {
	return fmt.Errorf("there is no Guanxi instance in %s: start one with guanxi up --data %s", d, d)
}

// PageKeys is the file with the key that page tokens are sealed with, which is made if there is none.
func (d Dir) PageKeys() (string, error) {
	return d.keys("page.key", func() string { return base64.StdEncoding.EncodeToString(random(32)) + "\n" })
}

// PersonKeys is the file with the keys that those of people are wrapped by, which is made if there is none. Without it nothing can be read that is kept of people.
func (d Dir) PersonKeys() (string, error) { return d.keys("person.keys", seal.NewFile) }

func (d Dir) keys(name string, fresh func() string) (string, error) {
	path := d.Path(name)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return path, err
	}
	return path, writeFile(path, fresh())
}

// Secret is a fresh password.
func Secret() string { return base64.RawURLEncoding.EncodeToString(random(24)) }

func random(bytes int) []byte {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // it never fails
	return b
}

// writeFile puts the file there whole or not at all, readable by its owner only.
func writeFile(path, content string) error {
	draft, err := os.CreateTemp(filepath.Dir(path), ".draft-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name())
	_, err = draft.WriteString(content)
	if err := errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	return os.Rename(draft.Name(), path)
}
