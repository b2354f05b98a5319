package attribute

import (
	"context"
	"errors"
	"time"

	"github.com/lib/pq"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Store keeps the declarations.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

const columns = `attribute_id, label_zh, label_en, type, choices, level, create_time, delete_time`

type row struct {
	Attribute
	Options pq.StringArray `db:"choices"`
	listing.Cursor
}

func (r row) attribute() Attribute {
	a := r.Attribute
	a.Choices = r.Options
	return a
}

// A retired attribute comes back to life only as it was: customers carry values of that type and level.
const declare = `insert into attributes (attribute_id, label_zh, label_en, type, choices, level, create_time)
	values (:attribute_id, :label_zh, :label_en, :type, :choices, :level, :create_time)
	on conflict (attribute_id) do update
	set label_zh = excluded.label_zh, label_en = excluded.label_en, choices = excluded.choices, create_time = excluded.create_time, delete_time = null
	where attributes.delete_time is not null and attributes.type = excluded.type and attributes.level = excluded.level`

// Create declares an attribute.
func (s *Store) Create(ctx context.Context, a *Attribute) error {
	a.CreateTime = s.now()
	result, err := s.db.NamedExec(ctx, declare, row{Attribute: *a, Options: append([]string{}, a.Choices...)})
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return fault.New(codes.AlreadyExists, "ATTRIBUTE_EXISTS", fault.Text{
		En: "attribute_id: " + a.ID + " is declared already, or was with another type or level",
		Zh: "attribute_id:" + a.ID + " 已声明，或曾以其他类型或级别声明",
	})
}

const selectAttribute = `select ` + columns + ` from attributes where attribute_id = $1 and delete_time is null and level <= $2`

// Get reads a declaration in force within the caller's level.
func (s *Store) Get(ctx context.Context, id string) (*Attribute, error) {
	return s.one(ctx, id, selectAttribute, id, int32(auth.From(ctx).Level))
}

const retire = `update attributes set delete_time = $3 where attribute_id = $1 and delete_time is null and level <= $2 returning ` + columns

// Delete retires a declaration.
func (s *Store) Delete(ctx context.Context, id string) (*Attribute, error) {
	return s.one(ctx, id, retire, id, int32(auth.From(ctx).Level), s.now())
}

func (s *Store) one(ctx context.Context, id, query string, args ...any) (*Attribute, error) {
	var r row
	err := s.db.Get(ctx, &r, query, args...)
	if errors.Is(err, postgres.ErrNoRows) {
		if auth.From(ctx).Level < typev1.Level_EXECUTIVE {
			return nil, fault.Hidden("attributes/" + id)
		}
		return nil, fault.NotFound("attributes/" + id)
	}
	if err != nil {
		return nil, err
	}
	a := r.attribute()
	return &a, nil
}

// Declared are all declarations in force, whatever the caller's level: a company has dozens, not thousands.
func (s *Store) Declared(ctx context.Context) (Declared, error) {
	var rows []row
	if err := s.db.Select(ctx, &rows, `select `+columns+` from attributes where delete_time is null`); err != nil {
		return nil, err
	}
	declared := make(Declared, len(rows))
	for _, r := range rows {
		declared[r.ID] = r.attribute()
	}
	return declared, nil
}

// List reads a page of the declarations in force within the caller's level.
func (s *Store) List(ctx context.Context, plan *listing.Plan) ([]Attribute, string, error) {
	query, args := plan.Query(columns, "attributes", "delete_time is null and level <= $1", int32(auth.From(ctx).Level))
	var rows []row
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]Attribute, len(rows))
	for i, r := range rows {
		out[i] = r.attribute()
	}
	return out, next, err
}
