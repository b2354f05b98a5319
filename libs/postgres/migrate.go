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
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(lockID(table)), lock.WithLockTimeout(1, 600))
	if err != nil {
		return fmt.Errorf("postgres: migrate %s: %w", table, err)
	}
	config := db.config
	config.StatementTimeout = migrationWithin
	config.MaxConns = 2
	patient, err := open(config)
	if err != nil {
		return err
	}
	defer func() { _ = patient.Close() }()
	provider, err := goose.NewProvider(goose.DialectPostgres, patient.pool.DB, files,
		goose.WithTableName(table), goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
	if errors.Is(err, goose.ErrNoMigrations) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("postgres: migrate %s: %w", table, err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("postgres: migrate %s: %w", table, withContext(ctx, err))
	}
	return nil
}

func lockID(table string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("guanxi migrations " + table))
	return int64(h.Sum64())
}
