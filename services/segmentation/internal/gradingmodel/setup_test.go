package gradingmodel

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
)

func migrate(ctx context.Context, db *postgres.DB) error {
	if err := platform.Migrate(ctx, db); err != nil {
		return err
	}
	return postgres.Migrate(ctx, db, "segmentation_migrations", os.DirFS("../../migrations"))
}

// shipped is the model that the migration brings.
func shipped(t *testing.T) *Model {
	t.Helper()
	store := NewStore(testkit.Database(t, migrate), testkit.NewClock().Now)
	m, err := store.InForce(t.Context(), time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	return m
}
