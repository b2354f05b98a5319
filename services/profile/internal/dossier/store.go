package dossier

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/settings"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Store keeps dossiers and the versions of their outline.
type Store struct {
	db       *postgres.DB
	now      func() time.Time
	versions *settings.Store[*profilev1.DossierOutline]
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store {
	return &Store{db: db, now: now, versions: settings.NewStore(db, now, shipped(), check).In("dossier_outlines", "outline")}
}

// Outline is the outline in force and its version.
func (s *Store) Outline(ctx context.Context) ([]Entry, int32, error) {
	m, err := s.versions.Current(ctx)
	if err != nil {
		return nil, 0, err
	}
	return entriesOf(m), m.GetVersion(), nil
}

const (
	columns       = `customer_id, code, revision, body, summary, source, author, update_time`
	selectAll     = `select ` + columns + ` from dossier_sections where customer_id = $1`
	selectSection = selectAll + ` and code = $2`
)

// All are the sections of a customer in the order of the outline, for a caller who may read the customer, and the outline's version.
func (s *Store) All(ctx context.Context, customer uuid.UUID) ([]*Section, int32, error) {
	if err := aggregate.Visible(ctx, s.db, customer); err != nil {
		return nil, 0, err
	}
	entries, version, err := s.Outline(ctx)
	if err != nil {
		return nil, 0, err
	}
	var written []*Section
	if err := s.db.Select(ctx, &written, selectAll, customer); err != nil {
		return nil, 0, err
	}
	return Arrange(customer, entries, written), version, nil
}

// Get reads one section. One that is neither in the outline nor written is NOT_FOUND.
func (s *Store) Get(ctx context.Context, customer uuid.UUID, code string) (*Section, error) {
	if err := aggregate.Visible(ctx, s.db, customer); err != nil {
		return nil, err
	}
	entries, _, err := s.Outline(ctx)
	if err != nil {
		return nil, err
	}
	found, err := s.read(ctx, customer, code, Find(entries, code))
	if err == nil && found.Entry == nil && found.Revision == 0 {
		return nil, fault.NotFound(Name(customer, code))
	}
	return found, err
}

func (s *Store) read(ctx context.Context, customer uuid.UUID, code string, entry *Entry) (*Section, error) {
	found := &Section{}
	err := s.db.Get(ctx, found, selectSection, customer, code)
	if errors.Is(err, postgres.ErrNoRows) {
		found, err = &Section{Customer: customer, Code: code}, nil
	}
	found.Entry = entry
	return found, err
}

const revisions = `customer_id, revision_id, code, revision, body, summary, source, author, create_time`

// Revisions reads a page of the revisions of a section.
func (s *Store) Revisions(ctx context.Context, plan *listing.Plan, customer uuid.UUID, code string) ([]*Revision, string, error) {
	if _, err := s.Get(ctx, customer, code); err != nil {
		return nil, "", err
	}
	query, args := plan.Query(revisions, "dossier_revisions", "customer_id = $1 and code = $2", customer, code)
	var rows []struct {
		Revision
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Revision, len(rows))
	for i := range rows {
		out[i] = &rows[i].Revision
	}
	return out, next, err
}
