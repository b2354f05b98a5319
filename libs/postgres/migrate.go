package postgres

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// migrationWithin is how long one statement of a migration may take: building an index over a
// large table does not fit into the limit for requests.
const migrationWithin = 2 * time.Hour

// Migrate brings the schema up to date with the numbered SQL files at the root of files, recorded in
// table. Replicas that start together wait for one another (for at most ten minutes); migrations
// recorded in different tables do not. Each file is a transaction unless it says
// `-- +goose NO TRANSACTION`.
func Migrate(ctx context.Context, db *DB, table string, files fs.FS) error {
	if err := migrate(ctx, db, table, files); err != nil {
		return fmt.Errorf("postgres: migrate %s: %w", table, withContext(ctx, err))
	}
	return nil
}

func migrate(ctx context.Context, db *DB, table string, files fs.FS) error {
	provider, err := migrations(db, table, files)
	if errors.Is(err, goose.ErrNoMigrations) {
		return nil
	}
	if err != nil {
		return err
	}
	// At nearly every start there is nothing to do, for which no session of its own need be opened.
	if pending, err := provider.HasPending(ctx); err != nil || !pending {
		return err
	}
	config := db.config
	config.StatementTimeout = migrationWithin
	config.MaxConns = 2
	patient, err := open(ctx, config)
	if err != nil {
		return err
	}
	defer func() { _ = patient.Close() }()
	if provider, err = migrations(patient, table, files); err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}

func migrations(db *DB, table string, files fs.FS) (*goose.Provider, error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(lockID(table)), lock.WithLockTimeout(1, 600))
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, db.pool.DB, files,
		goose.WithTableName(table), goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
}

func lockID(table string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("guanxi migrations " + table))
	return int64(h.Sum64())
}
