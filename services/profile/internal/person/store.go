package person

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/contact"
)

// Store keeps people.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

const columns = `p.customer_id, p.person_id, p.revision, p.display_name, p.position, p.department, p.reports_to, p.senior, p.channels, p.language,
	p.birthday, p.special_dates, p.hobbies, p.family, p.consents, p.external_ids, p.create_time, p.update_time`

// visible joins a person to his customer and asks for the caller's territories ($1) and level ($2).
const visible = `guanxi_covers(c.territory, $1) and (not p.senior or $2 >= 2)`

type row struct {
	Person
	listing.Cursor
	Ways    postgres.JSON[[]contact.Channel]    `db:"channels"`
	Birth   postgres.JSON[*Day]                 `db:"birthday"`
	Days    postgres.JSON[[]SpecialDate]        `db:"special_dates"`
	Likes   pq.StringArray                      `db:"hobbies"`
	Answers postgres.JSON[[]Consent]            `db:"consents"`
	IDs     postgres.JSON[[]contact.ExternalID] `db:"external_ids"`
}

func (r *row) person() *Person {
	p := r.Person
	p.Channels, p.Birthday, p.SpecialDates, p.Hobbies, p.Consents, p.ExternalIDs = r.Ways.V, r.Birth.V, r.Days.V, r.Likes, r.Answers.V, r.IDs.V
	return &p
}

// written is a row with what a write needs beside it.
type written struct {
	row
	history.Record
	Keys  pq.StringArray `db:"external_keys"`
	Scope driver.Valuer  `db:"scope"`
}

func newWritten(ctx context.Context, p *Person, record history.Record) written {
	w := written{Record: record, Keys: contact.Keys(p.ExternalIDs), Scope: auth.From(ctx).Scope()}
	w.Person = *p
	w.Ways.V, w.Birth.V, w.Days.V, w.Likes = postgres.OrEmpty(p.Channels), p.Birthday, postgres.OrEmpty(p.SpecialDates), postgres.OrEmpty(p.Hobbies)
	w.Answers.V, w.IDs.V = postgres.OrEmpty(p.Consents), postgres.OrEmpty(p.ExternalIDs)
	return w
}

const insertPerson = aggregate.Bump + `, person as (
	insert into people (customer_id, person_id, revision, display_name, position, department, reports_to, senior, channels, language, birthday,
		special_dates, hobbies, family, consents, external_ids, external_keys, create_time, update_time)
	select aggregate_id, :person_id, 1, :display_name, :position, :department, cast(:reports_to as uuid), cast(:senior as boolean), cast(:channels as jsonb),
		:language, cast(:birthday as jsonb), cast(:special_dates as jsonb), cast(:hobbies as text[]), :family, cast(:consents as jsonb),
		cast(:external_ids as jsonb), cast(:external_keys as text[]), cast(:create_time as timestamptz), cast(:create_time as timestamptz)
	from bumped
), ` + history.Write

// Create stores a new person with his history and event.
func (s *Store) Create(ctx context.Context, p *Person) error {
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("person: new id: %w", err)
	}
	now := s.now()
	p.ID, p.Revision, p.CreateTime, p.UpdateTime = id, 1, now, now
	if wrong := p.Check(); len(wrong) > 0 {
		return fault.Prefix(fault.Invalid(wrong...), "person")
	}
	record, err := created(ctx, now, p)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context) error {
		result, err := s.db.NamedExec(ctx, insertPerson, newWritten(ctx, p, record))
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, aggregate.Explain(ctx, s.db, p.CustomerID))
		}
		return s.checkOthers(ctx, p, uuid.NullUUID{})
	})
}

const selectPerson = `select ` + columns + ` from people p join customers c using (customer_id)
	where ` + visible + ` and p.customer_id = $3 and p.person_id = $4`

// Get reads one person, with a superior above the caller's level left out.
func (s *Store) Get(ctx context.Context, customerID, id uuid.UUID) (*Person, error) {
	p, err := s.read(ctx, selectPerson, customerID, id)
	if err != nil {
		return nil, err
	}
	return p, s.hideSuperiors(ctx, []*Person{p})
}

func (s *Store) read(ctx context.Context, query string, customerID, id uuid.UUID) (*Person, error) {
	caller := auth.From(ctx)
	var r row
	err := s.db.Get(ctx, &r, query, caller.Scope(), int32(caller.Level), customerID, id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, Name(customerID, id), typev1.Level_MANAGER)
	}
	if err != nil {
		return nil, err
	}
	return r.person(), nil
}

// List reads a page of the people of one customer, or of all.
func (s *Store) List(ctx context.Context, plan *listing.Plan, customerID uuid.UUID) ([]*Person, string, error) {
	caller := auth.From(ctx)
	where, args := visible+" and c.delete_time is null", []any{caller.Scope(), int32(caller.Level)}
	if customerID != resource.Any {
		where, args = visible+" and p.customer_id = $3", append(args, customerID)
	}
	query, args := plan.Query(columns, "people p join customers c using (customer_id)", where, args...)
	var rows []row
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	if err != nil {
		return nil, "", err
	}
	out := make([]*Person, len(rows))
	for i := range rows {
		out[i] = rows[i].person()
	}
	return out, next, s.hideSuperiors(ctx, out)
}
