// Package platform holds the tables that every service has beside those of its own domain: outbox, inbox, dead letters, idempotent
// requests, change history, schedules.
package platform

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/guanxi-crm/guanxi/libs/postgres"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the platform tables of one service's database up to date. It comes before the service's own migrations, which may
// refer to these tables, and keeps its versions in a table of its own so that the two number independently.
func Migrate(ctx context.Context, db *postgres.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("platform migrations: %w", err)
	}
	return postgres.Migrate(ctx, db, "platform_migrations", files)
}
