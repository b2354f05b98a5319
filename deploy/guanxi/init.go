package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/secrets"
)

// serviceUser is whom the image runs as.
const serviceUser = 65532

// secretsFlag is the flag of all commands that work with an installation's secrets.
type secretsFlag struct {
	Secrets string `help:"Directory of the installation's secrets." default:"secrets" env:"GUANXI_SECRETS" placeholder:"DIR"`
}

func (f secretsFlag) dir() (secrets.Dir, error) {
	path, err := filepath.Abs(f.Secrets)
	d := secrets.Dir{Path: path, Now: time.Now, Owner: -1}
	if os.Geteuid() == 0 {
		d.Owner = serviceUser
	}
	return d, err
}

type initCommand struct {
	secretsFlag
}

// Run makes what is missing and renews what ends soon.
func (c initCommand) Run() error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	made := 0
	err = dir.Init(func(path string) {
		made++
		fmt.Println(path)
	})
	if err != nil {
		return err
	}
	if dir.Owner < 0 {
		fmt.Printf("The services must run as you, to read these files: set GUANXI_USER=%d:%d for compose.\n", os.Getuid(), os.Getgid())
	}
	if made == 0 {
		fmt.Println("Everything is there and good.")
	}
	return nil
}

// errName says which names a subscriber can have.
var errName = errors.New("the name must be of lower-case letters, digits and hyphens, 40 at most, and begin with a letter")
