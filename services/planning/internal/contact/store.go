package contact

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// Store keeps contacts.
type Store struct {
	db       *postgres.DB
	now      func() time.Time
	settings *settings.Store
	recheck  Recheck
	release  Release
}

// NewStore makes a store. Without a gate - recheck and release nil - contacts that are reserved cannot be moved.
func NewStore(db *postgres.DB, now func() time.Time, numbers *settings.Store, recheck Recheck, release Release) *Store {
	return &Store{db: db, now: now, settings: numbers, recheck: recheck, release: release}
}

const (
	columns = `t.customer_id, t.contact_id, t.owner, t.activity, t.role, t.origin, t.source, t.window_start, t.window_end, t.day, t.start_time, t.minutes, t.people, t.state,
		t.pinned, t.obstacle, t.activity_id, t.purpose, t.outcome, t.responded, t.reschedule_note, t.author, t.revision, t.create_time, t.update_time, t.done_time,
		case when t.people = '{}' then '{}' else array(select p.person_id from people p where p.customer_id = t.customer_id and p.person_id = any(t.people) and p.senior) end as seniors`

	from = `contacts t join customers c on c.customer_id = t.customer_id`

	// What tells of private matters, special dates, exists for MANAGER and above only.
	visible = `guanxi_covers(c.territory, $1) and ($2 or t.origin <> 2)`

	get = `select ` + columns + ` from ` + from + ` where ` + visible + ` and t.contact_id = $3`
)

// manager says whether a caller may know of private matters.
func manager(ctx context.Context) bool { return auth.From(ctx).Level >= typev1.Level_MANAGER }

// Get reads a contact that the caller may see.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (*Contact, error) {
	var c Contact
	err := s.db.Get(ctx, &c, get, auth.From(ctx).Scope(), manager(ctx), id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, resource.Name("contacts", id), typev1.Level_MANAGER)
	}
	return &c, err
}

// List reads a page of the contacts of a customer, or of all (uuid.Nil).
func (s *Store) List(ctx context.Context, plan *listing.Plan, customer uuid.UUID) ([]*Contact, string, error) {
	where, args := visible, []any{auth.From(ctx).Scope(), manager(ctx)}
	if customer != uuid.Nil {
		if err := aggregate.Visible(ctx, s.db, customer); err != nil {
			return nil, "", err
		}
		where, args = where+` and t.customer_id = $3`, append(args, customer)
	}
	query, args := plan.Query(columns, from, where, args...)
	var rows []struct {
		Contact
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Contact, len(rows))
	for i := range rows {
		out[i] = &rows[i].Contact
	}
	return out, next, err
}

const (
	// Of a contact that was with nobody else all texts go, in the history too: whom else would they be about.
	forgetPerson = `with alone as (
		update contacts set people = '{}', purpose = '', outcome = '', reschedule_note = '', revision = revision + 1, update_time = $3
		where customer_id = $1 and people = array[$2::uuid]
		returning contact_id
	), others as (
		update contacts set people = array_remove(people, $2), revision = revision + 1, update_time = $3
		where customer_id = $1 and people @> array[$2::uuid] and people <> array[$2::uuid]
	)
	update changes set fields = '[]' from alone where aggregate_id = $1 and resource = 'contacts/' || contact_id`
	// What was to be sent to him goes; what was sent is kept without saying to whom.
	forgetDates  = `delete from contacts where customer_id = $1 and origin = 2 and state in (1, 2, 5) and source like $2 || '#%'`
	forgetSource = `update contacts set source = '', purpose = '', update_time = $3 where customer_id = $1 and origin = 2 and source like $2 || '#%'`
)

// Forget takes a person out of all contacts; it is a fact.Forget.
func (s *Store) Forget(ctx context.Context, customer, person uuid.UUID) error {
	name := resource.Name("customers", customer, "people", person)
	if _, err := s.db.Exec(ctx, forgetDates, customer, name); err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, forgetSource, customer, name, s.now()); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, forgetPerson, customer, person, s.now())
	return err
}
