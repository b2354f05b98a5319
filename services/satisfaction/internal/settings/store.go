package settings

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/settings"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// Store keeps the versions.
type Store struct {
	versions *settings.Store[*satisfactionv1.Settings]
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store {
	return &Store{settings.NewStore(db, now, shipped(), check)}
}

// Current are the numbers in force.
func (s *Store) Current(ctx context.Context) (*Numbers, error) {
	version, err := s.versions.Current(ctx)
	if err != nil {
		return nil, err
	}
	return numbersOf(version)
}
