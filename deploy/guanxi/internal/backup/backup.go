// Package backup copies the databases of all services as they were at one moment, and puts them back.
//
// The copies fit together because nobody takes in an event of another service between the first and the last of the snapshots: what one service knows of another, that one has
// in its copy as well. What the others had not heard of yet they are told again from the outbox after a restore.
package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// Set is what belongs together.
type Set struct {
	// Databases are those of all services, each behind those that it asks.
	Databases []Database
	// Tools is where PostgreSQL's programs are; empty for those of the path.
	Tools string
}

// Database is that of a service, with its address as a role that owns the tables.
type Database struct{ Service, URL string }

// Manifest says what a backup holds.
type Manifest struct {
	Time     time.Time         `json:"time"`
	Services map[string]string `json:"services"` // the SHA-256 of each file
}

const (
	manifestFile = "manifest.json"
	// vault is the schema of the keys of people. They are kept apart, and only as they are now: a person whose key is destroyed cannot be read in an old backup either.
	vault = "vault"
	// KeysFile is the file of those keys, in a directory of its own.
	KeysFile = "person-keys.dump"
)

func file(service string) string { return service + ".dump" }

// Take writes a backup into a directory that is not there yet, and the keys of people over those of the last one.
func (s Set) Take(ctx context.Context, to, keys string) (m Manifest, err error) {
	if _, err := os.Stat(to); !errors.Is(err, os.ErrNotExist) {
		return m, errors.Join(fmt.Errorf("%s is there already", to), err)
	}
	draft := to + ".draft"
	for _, dir := range []string{draft, keys} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return m, err
		}
	}
	defer func() { err = errors.Join(err, os.RemoveAll(draft)) }()
	moment, err := s.moment(ctx)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, moment.close()) }()
	m = Manifest{Time: moment.time, Services: map[string]string{}}
	for _, d := range s.Databases {
		path := filepath.Join(draft, file(d.Service))
		// Answers that are remembered for a day hold what people are called; they are no loss.
		err := s.run(ctx, "pg_dump", "--dbname", d.URL, "--snapshot", moment.snapshots[d.Service], "--format=custom", "--no-owner", "--no-privileges",
			"--exclude-schema="+vault, "--exclude-table-data=public.requests", "--file", path)
		if err != nil {
			return m, err
		}
		if m.Services[d.Service], err = digest(path); err != nil {
			return m, err
		}
	}
	if err := s.takeKeys(ctx, keys); err != nil {
		return m, err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, err
	}
	if err := os.WriteFile(filepath.Join(draft, manifestFile), append(text, '\n'), 0o600); err != nil {
		return m, err
	}
	return m, os.Rename(draft, to)
}

// takeKeys copies the keys as they are now over the old copy.
func (s Set) takeKeys(ctx context.Context, to string) error {
	d, err := s.of(keeper)
	if err != nil {
		return err
	}
	draft := filepath.Join(to, KeysFile+".draft")
	err = s.run(ctx, "pg_dump", "--dbname", d.URL, "--format=custom", "--no-owner", "--no-privileges", "--schema="+vault, "--file", draft)
	if err != nil {
		return err
	}
	return os.Rename(draft, filepath.Join(to, KeysFile))
}

// keeper is the service that keeps people.
const keeper = "profile"

// of is the database of a service.
func (s Set) of(service string) (Database, error) {
	i := slices.IndexFunc(s.Databases, func(d Database) bool { return d.Service == service })
	if i < 0 {
		return Database{}, fmt.Errorf("there is no database of %s", service)
	}
	return s.Databases[i], nil
}

func (s Set) run(ctx context.Context, program string, args ...string) error {
	if s.Tools != "" {
		program = filepath.Join(s.Tools, program)
	}
	out, err := exec.CommandContext(ctx, program, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(program), err, out)
	}
	return nil
}

func digest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
