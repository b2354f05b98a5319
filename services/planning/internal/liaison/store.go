package liaison

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/fact"
)

// Store keeps liaisons.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

const (
	columns = `l.customer_id, l.liaison_id, l.department, l.rank, l.person_id, l.colleague, l.own_department, l.note, l.revision, l.create_time, l.update_time`

	// A liaison to a senior person is known to MANAGER and above only.
	from    = `liaisons l left join people p on (p.customer_id, p.person_id) = (l.customer_id, l.person_id)`
	visible = `(l.person_id is null or p.senior is not true or $2)`

	selectOne = `select ` + columns + ` from ` + from + ` where l.customer_id = $1 and ` + visible + ` and l.liaison_id = $3
	and exists (select from customers c where c.customer_id = l.customer_id and guanxi_covers(c.territory, $4))`

	insert = `insert into liaisons (customer_id, liaison_id, department, rank, person_id, colleague, own_department, note, revision, create_time, update_time)
	values (:customer_id, :liaison_id, :department, :rank, :person_id, :colleague, :own_department, :note, :revision, :create_time, :update_time)`

	update = `update liaisons set department = :department, rank = :rank, person_id = :person_id, colleague = :colleague, own_department = :own_department, note = :note,
	revision = :revision, update_time = :update_time where customer_id = :customer_id and liaison_id = :liaison_id`

	remove = `delete from liaisons where customer_id = $1 and liaison_id = $2`
)

// seesSeniors says whether the caller knows of senior people.
func seesSeniors(ctx context.Context) bool { return auth.From(ctx).Level >= typev1.Level_MANAGER }

// Create records a liaison.
func (s *Store) Create(ctx context.Context, l *Liaison) error {
	return taken(aggregate.Change(ctx, s.db, l.Customer, func(ctx context.Context) ([]history.Record, error) {
		if err := s.known(ctx, l); err != nil {
			return nil, err
		}
		var err error
		if l.ID, err = uuid.NewV7(); err != nil {
			return nil, err
		}
		l.Revision, l.CreateTime, l.UpdateTime = 1, s.now(), s.now()
		if _, err := s.db.NamedExec(ctx, insert, l); err != nil {
			return nil, err
		}
		return l.record(ctx, history.Created, &planningv1.LiaisonCreated{Liaison: l.name()})
	}))
}

// taken says what is wrong with a liaison that is there already.
func taken(err error) error {
	if postgres.Violated(err, "liaisons_pair") {
		return fault.New(codes.AlreadyExists, "LIAISON", fault.Text{En: "This colleague faces that department on that level already.", Zh: "该同事已在该层级对接此部门。"})
	}
	return err
}

func (s *Store) known(ctx context.Context, l *Liaison) error {
	if l.Person == nil {
		return nil
	}
	return fact.RequireKnown(ctx, s.db, "liaison.person", l.Customer, *l.Person)
}

// Change lets do change a liaison; it says whether anything differs.
func (s *Store) Change(ctx context.Context, customer, id uuid.UUID, tag string, do func(*Liaison) (differs bool, err error)) (l *Liaison, err error) {
	if _, err := s.Get(ctx, customer, id); err != nil { // before anything is said of the customer
		return nil, err
	}
	err = aggregate.Change(ctx, s.db, customer, func(ctx context.Context) ([]history.Record, error) {
		if l, err = s.Get(ctx, customer, id); err != nil { // as it is now that the customer is held
			return nil, err
		}
		if err := etag.Check(tag, l.Revision, l.name()); err != nil {
			return nil, err
		}
		if differs, err := do(l); err != nil || !differs {
			return nil, err
		}
		if err := s.known(ctx, l); err != nil {
			return nil, err
		}
		l.Revision, l.UpdateTime = l.Revision+1, s.now()
		if _, err := s.db.NamedExec(ctx, update, l); err != nil {
			return nil, err
		}
		return l.record(ctx, history.Changed, &planningv1.LiaisonChanged{Liaison: l.name()})
	})
	return l, taken(err)
}

// Delete removes a liaison.
func (s *Store) Delete(ctx context.Context, customer, id uuid.UUID) error {
	if _, err := s.Get(ctx, customer, id); err != nil {
		return err
	}
	return aggregate.Change(ctx, s.db, customer, func(ctx context.Context) ([]history.Record, error) {
		l, err := s.Get(ctx, customer, id)
		if err != nil {
			return nil, err
		}
		if _, err := s.db.Exec(ctx, remove, customer, id); err != nil {
			return nil, err
		}
		l.UpdateTime = s.now()
		return l.record(ctx, history.Deleted, &planningv1.LiaisonDeleted{Liaison: l.name()})
	})
}

// Get reads one liaison.
func (s *Store) Get(ctx context.Context, customer, id uuid.UUID) (*Liaison, error) {
	var l Liaison
	err := s.db.Get(ctx, &l, selectOne, customer, seesSeniors(ctx), id, auth.From(ctx).Scope())
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, resource.Name("customers", customer, "liaisons", id), typev1.Level_MANAGER)
	}
	return &l, err
}

// List reads a page of the liaisons of a customer.
func (s *Store) List(ctx context.Context, plan *listing.Plan, customer uuid.UUID) ([]*Liaison, string, error) {
	if err := aggregate.Visible(ctx, s.db, customer); err != nil {
		return nil, "", err
	}
	query, args := plan.Query(columns, from, `l.customer_id = $1 and `+visible, customer, seesSeniors(ctx))
	var rows []struct {
		Liaison
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Liaison, len(rows))
	for i := range rows {
		out[i] = &rows[i].Liaison
	}
	return out, next, err
}

// Forget takes a person whom profile has removed out of liaisons, whose department stays; see fact.Forget. What would then be the same as another one goes, and so does what was
// noted of the two who met.
func (s *Store) Forget(ctx context.Context, customer, person uuid.UUID) error {
	const same = `delete from liaisons l where customer_id = $1 and person_id = $2 and exists (
		select from liaisons o where o.customer_id = $1 and o.person_id is null and lower(o.department) = lower(l.department) and (o.rank, o.colleague) = (l.rank, l.colleague))`
	if _, err := s.db.Exec(ctx, same, customer, person); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, `update liaisons set person_id = null, note = '', revision = revision + 1 where customer_id = $1 and person_id = $2`, customer, person)
	return err
}
