package feed

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Store reads calendars.
type Store struct{ db *postgres.DB }

// NewStore makes a store.
func NewStore(db *postgres.DB) *Store { return &Store{db: db} }

const (
	zone = `select time_zone from owners where feed_digest = $1`

	// What the issuer of the link could see then, of what is the owner's now. Whom a special date (origin 2) is of is for MANAGER (2) and above.
	entries = `select c.contact_id, k.display_name, c.activity, c.day, c.start_time, c.minutes, c.state, c.revision, c.update_time
	from owners o join contacts c on c.owner = o.owner join customers k on k.customer_id = c.customer_id
	where o.feed_digest = $1 and k.owner = o.owner and k.delete_time is null and guanxi_covers(k.territory, o.feed_scope)
		and c.state in (1, 2, 3) and c.day between $2 and $3 and (c.origin <> 2 or o.feed_level >= 2)
	order by c.day, c.start_time nulls first, c.contact_id
	limit $4`
)

// errUnknown says the same of whatever is no valid secret, and does not repeat it.
var errUnknown = fault.New(codes.NotFound, "NOT_FOUND", fault.Text{En: "there is no such calendar", Zh: "没有这个日历"})

// zone is the time zone of the owner whose link it is; empty: that of the settings.
func (s *Store) zone(ctx context.Context, digest []byte) (name string, err error) {
	err = s.db.Get(ctx, &name, zone, digest)
	if errors.Is(err, postgres.ErrNoRows) {
		return "", errUnknown
	}
	return name, err
}

// entries are the contacts to be shown on the day that is the owner's today.
func (s *Store) entries(ctx context.Context, digest []byte, today time.Time) ([]Entry, error) {
	var found []Entry
	err := s.db.Select(ctx, &found, entries, digest, today.AddDate(0, 0, -daysBack), today.AddDate(0, 0, daysAhead), mostEntries)
	return found, err
}
