package loyalty

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/settings"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// Programmes keeps the versions of the programme.
type Programmes struct {
	versions *settings.Store[*segmentationv1.LoyaltyProgramme]
}

// NewProgrammes makes a store.
func NewProgrammes(db *postgres.DB, now func() time.Time) *Programmes {
	return &Programmes{settings.NewStore(db, now, shipped(), check).In("loyalty_programmes", "loyalty_programme")}
}

// Current is the version in force.
func (s *Programmes) Current(ctx context.Context) (*Programme, error) {
	version, err := s.versions.Current(ctx)
	if err != nil {
		return nil, err
	}
	return programmeOf(version)
}
