package versioned

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

type row struct {
	Head
	Body []byte `db:"body"`
	listing.Cursor
}

// Get reads a version of a record; 0 is the newest.
func (s *Store[T]) Get(ctx context.Context, id uuid.UUID, version int32) (*T, error) {
	if err := s.Ship(ctx); err != nil {
		return nil, err
	}
	var r row
	var err error
	if version == 0 {
		err = s.db.Get(ctx, &r, s.sql.newest, id)
	} else {
		err = s.db.Get(ctx, &r, s.sql.version, id, version)
	}
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, fault.NotFound(s.kind.name(id))
	}
	if err != nil {
		return nil, err
	}
	return s.kind.Read(r.Head, r.Body)
}

// Find reads the id out of a name, {collection}/{id} or {collection}/{code}. A code that is not there is NOT_FOUND.
func (s *Store[T]) Find(ctx context.Context, field, name string) (id uuid.UUID, err error) {
	text, ok := strings.CutPrefix(name, s.kind.Collection+"/")
	if id, err := uuid.Parse(text); ok && err == nil && id != uuid.Nil && id.String() == text {
		return id, nil
	}
	if !ok || !IsCode(text) {
		return uuid.Nil, fault.Invalid(fault.Field(field, "RESOURCE_NAME", fault.Text{
			En: "must be " + s.kind.Collection + "/{id} with an id or a code", Zh: "必须是 " + s.kind.Collection + "/{id} 形式的资源名，id 为标识或代码",
		}))
	}
	if err := s.Ship(ctx); err != nil {
		return uuid.Nil, err
	}
	err = s.db.Get(ctx, &id, s.sql.idOf, text)
	if errors.Is(err, postgres.ErrNoRows) {
		return uuid.Nil, fault.NotFound(name)
	}
	return id, err
}

// List reads a page of the records in their newest versions. Columns of records are those of r, columns of versions those of v.
func (s *Store[T]) List(ctx context.Context, plan *listing.Plan) ([]*T, string, error) {
	if err := s.Ship(ctx); err != nil {
		return nil, "", err
	}
	query, args := plan.Query(s.sql.columns, s.sql.fromNewest, "true")
	return s.page(ctx, plan, query, args)
}

// ListVersions reads a page of the versions of a record.
func (s *Store[T]) ListVersions(ctx context.Context, plan *listing.Plan, id uuid.UUID) ([]*T, string, error) {
	query, args := plan.Query(s.sql.columns, s.sql.fromVersion, "r."+s.kind.ID+" = $1", id)
	return s.page(ctx, plan, query, args)
}

func (s *Store[T]) page(ctx context.Context, plan *listing.Plan, query string, args []any) ([]*T, string, error) {
	var rows []row
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	if err != nil {
		return nil, "", err
	}
	out, err := s.all(rows)
	return out, next, err
}

// Select reads the records whose newest version is as the condition says.
func (s *Store[T]) Select(ctx context.Context, condition string) ([]*T, error) {
	var rows []row
	if err := s.db.SelectDynamic(ctx, &rows, `select `+s.sql.columns+` from `+s.sql.fromNewest+` where `+condition); err != nil {
		return nil, err
	}
	return s.all(rows)
}

func (s *Store[T]) all(rows []row) ([]*T, error) {
	out := make([]*T, len(rows))
	for i := range rows {
		var err error
		if out[i], err = s.kind.Read(rows[i].Head, rows[i].Body); err != nil {
			return nil, err
		}
	}
	return out, nil
}
