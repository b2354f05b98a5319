package duplicate

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/profile/internal/contact"
	"github.com/guanxi-crm/guanxi/services/profile/internal/settings"
)

// Store keeps what is compared of customers, and what was found.
type Store struct {
	db       *postgres.DB
	now      func() time.Time
	settings *settings.Store
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store {
	return &Store{db: db, now: now, settings: settings.NewStore(db, now)}
}

// rules are those in force.
func (s *Store) rules(ctx context.Context) (Rules, error) {
	numbers, err := s.settings.Current(ctx)
	if err != nil {
		return Rules{}, err
	}
	return rulesOf(numbers.GetDuplicates()), nil
}

// everywhere is the context of work over all customers, on behalf of whom it was before.
func everywhere(ctx context.Context) context.Context {
	caller := auth.From(ctx)
	caller.Territories = []string{auth.Anywhere}
	return auth.With(ctx, caller)
}

// What is compared of a customer. Where it is stands in its first address.
const factColumns = `c.customer_id, c.revision, c.kind, c.display_name, c.legal_name, c.alternative_names, c.registration_number, c.channels,
	coalesce(c.addresses -> 0 ->> 'region_code', '') as region`

type factRow struct {
	ID           uuid.UUID                        `db:"customer_id"`
	Revision     int64                            `db:"revision"`
	Kind         int32                            `db:"kind"`
	DisplayName  string                           `db:"display_name"`
	LegalName    string                           `db:"legal_name"`
	Others       pq.StringArray                   `db:"alternative_names"`
	Registration string                           `db:"registration_number"`
	Channels     postgres.JSON[[]contact.Channel] `db:"channels"`
	Region       string                           `db:"region"`
}

// organizationKind is that of customers; the number is that of the API.
const organizationKind = 1

func (r *factRow) keys() *Keys {
	f := Facts{
		Organization: r.Kind == organizationKind, Names: append([]string{r.DisplayName, r.LegalName}, r.Others...), Registration: r.Registration, Region: r.Region,
		Channels: r.Channels.V,
	}
	return f.Keys()
}

// numbers are keys as the database has them.
func numbers(keys []Key) pq.Int64Array {
	out := make(pq.Int64Array, len(keys))
	for i, k := range keys {
		out[i] = int64(k)
	}
	return out
}

func keysOf(in pq.Int64Array) []Key {
	out := make([]Key, len(in))
	for i, n := range in {
		out[i] = Key(n)
	}
	return out
}
