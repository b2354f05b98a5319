package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Read reads what a backup says of itself, and refuses one whose files are not whole.
func Read(from string) (m Manifest, err error) {
	text, err := os.ReadFile(filepath.Join(from, manifestFile))
	if errors.Is(err, os.ErrNotExist) {
		return m, fmt.Errorf("%s holds no backup", from)
	}
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("%s: %w", manifestFile, err)
	}
	for name, want := range m.Services {
		got, err := digest(filepath.Join(from, file(name)))
		if err != nil {
			return m, err
		}
		if got != want {
			return m, fmt.Errorf("%s is damaged", file(name))
		}
	}
	return m, nil
}

// Restore fills databases that are empty with a backup, and has all events published again that a stream holds: whoever knows them drops them, and who had not heard of them
// yet when the backup was taken is told. The stream must be a new one: the old one tells of what has not happened any more.
func (s Set) Restore(ctx context.Context, from, keys string) (m Manifest, err error) {
	if m, err = Read(from); err != nil {
		return m, err
	}
	for name := range m.Services {
		d, err := s.of(name)
		if err != nil {
			return m, err
		}
		if err := s.restore(ctx, d, filepath.Join(from, file(name))); err != nil {
			return m, fmt.Errorf("%s: %w", name, err)
		}
	}
	d, err := s.of(keeper)
	if err != nil {
		return m, err
	}
	path := filepath.Join(keys, KeysFile)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return m, nil
	}
	return m, s.run(ctx, "pg_restore", "--dbname", d.URL, "--exit-on-error", "--no-owner", "--no-privileges", path)
}

const (
	tables = `select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where c.relkind = 'r' and n.nspname not in ('information_schema') and n.nspname not like 'pg\_%'`
	// The places of the old stream mean nothing in the new one.
	unplaced = `update parked set stream_seq = 0`
)

func (s Set) restore(ctx context.Context, d Database, path string) error {
	db, err := postgres.Open(ctx, postgres.Config{URL: d.URL, MaxConns: 2, StatementTimeout: time.Hour})
	if err != nil {
		return err
	}
	defer db.Close()
	var count int
	if err := db.Get(ctx, &count, tables); err != nil {
		return err
	}
	if count > 0 {
		return fmt.Errorf("the database is not empty (%d tables)", count)
	}
	if err := s.run(ctx, "pg_restore", "--dbname", d.URL, "--exit-on-error", "--no-owner", "--no-privileges", path); err != nil {
		return err
	}
	if _, err := db.Exec(ctx, unplaced); err != nil {
		return err
	}
	_, err = events.Republish(ctx, db, time.Now().Add(-events.MaxAge))
	return err
}
