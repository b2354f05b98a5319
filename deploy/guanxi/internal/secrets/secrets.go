// Package secrets makes and renews what the processes of an installation prove themselves with: certificates, passwords, keys, tokens. All of it lies in one directory, a
// folder for each process that holds what this one may have and nothing else, and a folder `authority` with what signs, which no process is given.
package secrets

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Dir is the directory.
type Dir struct {
	Path string
	Now  func() time.Time
	// Owner is the user and group that the files of the services are given to, which is whom the services run as; -1 leaves them to who makes them.
	Owner int
}

// authority is the folder of what signs.
const authority = "authority"

// Services are the processes that have a database, with those that they ask: whom a service asks has to let it in.
var Services = []Service{
	{Name: "profile"},
	{Name: "segmentation", Asks: []string{"profile"}},
	{Name: "planning", Asks: []string{"profile", "segmentation"}},
	{Name: "voice", Asks: []string{"profile", "segmentation"}},
	{Name: "satisfaction", Asks: []string{"profile", "planning"}},
}

// Service is one of them.
type Service struct {
	Name string
	Asks []string
}

// Clients are the names in certificates that a service lets in.
func Clients(service string) []string {
	names := []string{gateway, Operator}
	for _, s := range Services {
		for _, asked := range s.Asks {
			if asked == service {
				names = append(names, s.Name)
			}
		}
	}
	return names
}

// The processes without a database. Operator is whoever works with the installation by the command.
const (
	gateway  = "gateway"
	broker   = "nats"
	database = "postgres"
	Operator = "operator"
)

// Init makes what is missing and renews what ends within a third of its time. What is there and good stays as it is, so it can be run again at any time; it says what it made.
func (d Dir) Init(say func(string)) error {
	steps := []func(func(string)) error{d.certificates, d.passwords, d.keys, d.messaging, d.tokens}
	for _, step := range steps {
		if err := step(say); err != nil {
			return fmt.Errorf("secrets: %w", err)
		}
	}
	return nil
}

// file is the path of a file in a folder of the directory.
func (d Dir) file(folder, name string) string { return filepath.Join(d.Path, folder, name) }

// missing says whether a file is not there yet.
func missing(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	return false, err
}

// write puts a file there whole or not at all. What signs stays the caller's own; the rest goes to the owner.
func (d Dir) write(folder, name string, content []byte) error {
	dir := filepath.Join(d.Path, folder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	draft, err := os.CreateTemp(dir, ".draft-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name())
	_, err = draft.Write(content)
	if err := errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	if d.Owner >= 0 && d.serving(folder) {
		if err := errors.Join(os.Chown(draft.Name(), d.Owner, d.Owner), os.Chown(dir, d.Owner, d.Owner)); err != nil {
			return err
		}
	}
	return os.Rename(draft.Name(), filepath.Join(dir, name))
}

// serving says whether a folder is for a process that runs as the owner. The database and the broker begin as root, and the rest is the operator's.
func (Dir) serving(folder string) bool {
	return folder == gateway || slices.ContainsFunc(Services, func(s Service) bool { return s.Name == folder })
}

// once writes a file that is made once and for all.
func (d Dir) once(folder, name string, say func(string), fresh func() ([]byte, error)) error {
	path := d.file(folder, name)
	absent, err := missing(path)
	if err != nil || !absent {
		return err
	}
	content, err := fresh()
	if err != nil {
		return err
	}
	say(path)
	return d.write(folder, name, content)
}
