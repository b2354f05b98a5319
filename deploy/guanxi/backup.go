package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/backup"
	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/up"
	"github.com/guanxi-crm/guanxi/libs/service"
)

// backupFlags are those of both directions.
type backupFlags struct {
	dataFlag
	External bool   `help:"Use the PostgreSQL that the environment names, as guanxi migrate does: with the accounts that own the tables."`
	Keys     string `help:"Directory for the keys of people, apart from the backups: only the newest are kept, so that who was erased stays erased." default:"person-keys" placeholder:"DIR"`
	Tools    string `help:"Directory of PostgreSQL's programs pg_dump and pg_restore; those of the path when left out." placeholder:"DIR"`
}

// set finds the databases of all services.
func (f backupFlags) set(address func(name string) (string, error)) (backup.Set, error) {
	set := backup.Set{Tools: f.Tools}
	if _, err := exec.LookPath("pg_dump"); err != nil && f.Tools == "" {
		found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pg_dump") // errs on a bad pattern only
		if len(found) == 0 {
			return set, errors.New("pg_dump was not found: install the Debian package postgresql-client, or say where it is with --tools")
		}
		set.Tools = filepath.Dir(found[len(found)-1])
	}
	for _, s := range services {
		url, err := address(s.Name)
		if err != nil {
			return set, err
		}
		set.Databases = append(set.Databases, backup.Database{Service: s.Name, URL: url})
	}
	return set, nil
}

func external(name string) (string, error) {
	config, err := service.LoadConfig(name, os.Environ())
	return config.Database.URL, err
}

type backupCommand struct {
	backupFlags
	To string `arg:"" help:"A directory that is not there yet."`
}

// Run takes a backup while everything runs.
func (c backupCommand) Run(ctx context.Context) error {
	address := external
	if !c.External {
		address = func(name string) (string, error) {
			config, err := place{dataFlag: c.dataFlag, Service: name}.config()
			return config.Database.URL, err
		}
	}
	set, err := c.set(address)
	if err != nil {
		return err
	}
	m, err := set.Take(ctx, c.To, c.Keys)
	if err != nil {
		return err
	}
	fmt.Printf("%d databases as they were at %s are in %s, the keys of people in %s.\n", len(m.Services), m.Time.Format(time.RFC3339), c.To, c.Keys)
	return nil
}

type restoreCommand struct {
	backupFlags
	From string `arg:"" help:"The directory of the backup."`
}

// Run fills the empty databases of an installation that does not run. Of a local instance the stream is removed, of another one that is the operator's to do.
func (c restoreCommand) Run(ctx context.Context) error {
	if c.External {
		set, err := c.set(external)
		if err != nil {
			return err
		}
		return c.restore(ctx, set)
	}
	dir, err := c.dir()
	if err != nil {
		return err
	}
	if err := dir.Create(); err != nil {
		return err
	}
	if _, err := dir.Signer(); err != nil {
		return err
	}
	var names []string
	for _, s := range services {
		names = append(names, s.Name)
	}
	return up.OnGround(ctx, up.Options{Dir: dir, Level: slog.LevelInfo}, names, func(ctx context.Context, configs map[string]service.Config) error {
		set, err := c.set(func(name string) (string, error) { return configs[name].Database.URL, nil })
		if err != nil {
			return err
		}
		if err := forgetStream(ctx, configs[names[0]]); err != nil {
			return err
		}
		return c.restore(ctx, set)
	})
}

func (c restoreCommand) restore(ctx context.Context, set backup.Set) error {
	m, err := set.Restore(ctx, c.From, c.Keys)
	if err != nil {
		return err
	}
	fmt.Printf("%d databases are as they were at %s. At the next start all events of the last thirty days are published again; who knows them drops them.\n",
		len(m.Services), m.Time.Format(time.RFC3339))
	return nil
}
