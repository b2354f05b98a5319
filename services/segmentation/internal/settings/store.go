package settings

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/settings"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// Store keeps the versions.
type Store struct {
	db       *postgres.DB
	versions *settings.Store[*segmentationv1.Settings]
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store {
	return &Store{db, settings.NewStore(db, now, shipped(), check)}
}

// Current are the numbers in force.
func (s *Store) Current(ctx context.Context) (*Numbers, error) {
	version, err := s.versions.Current(ctx)
	if err != nil {
		return nil, err
	}
	return numbersOf(version)
}

// known refuses a time zone that the database does not know, which has data of its own about them: what it computes of days would fail.
func (s *Store) known(ctx context.Context, zone string) error {
	var known bool
	if err := s.db.Get(ctx, &known, `select exists (select from pg_timezone_names where name = $1)`, zone); err != nil || known {
		return err
	}
	return fault.Invalid(fault.Field("settings.time_zone", "TIME_ZONE", fault.Text{En: "is not a time zone that the database knows", Zh: "不是数据库已知的时区"}))
}
