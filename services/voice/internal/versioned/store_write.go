package versioned

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Ship stores what a new installation has, once. It does so apart from the caller's transaction, whose end does not matter to it.
func (s *Store[T]) Ship(ctx context.Context) error {
	if s.shipped.Load() {
		return nil
	}
	ctx = s.db.Apart(ctx)
	all := s.kind.Shipped()
	ids := make(pq.StringArray, len(all))
	for i, record := range all {
		ids[i] = s.kind.Head(record).ID.String()
	}
	var there int
	if err := s.db.Get(ctx, &there, s.sql.stored, ids); err != nil {
		return err
	}
	if there == len(all) {
		s.shipped.Store(true)
		return nil
	}
	return s.db.InTx(ctx, func(ctx context.Context) error {
		for _, record := range all {
			s.kind.Head(record).CreateTime = s.now()
			if _, err := s.insert(ctx, record); err != nil {
				return err
			}
		}
		return nil
	})
}

// insert stores a new record; it does not when its code or its id is taken.
func (s *Store[T]) insert(ctx context.Context, record *T) (done bool, err error) {
	h := s.kind.Head(record)
	result, err := s.db.Exec(ctx, s.sql.insert, h.ID, h.Code, h.CreateTime)
	if err != nil {
		return false, err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	return true, s.insertVersion(ctx, record)
}

func (s *Store[T]) insertVersion(ctx context.Context, record *T) error {
	if wrong := s.kind.Check(record); len(wrong) > 0 {
		return fault.Prefix(fault.Invalid(wrong...), s.kind.Field)
	}
	body, err := protojson.Marshal(s.kind.Body(record))
	if err != nil {
		return fmt.Errorf("versioned: %s: %w", s.kind.Collection, err)
	}
	return s.kind.Insert(ctx, record, string(body))
}

// Create stores a record as its first version.
func (s *Store[T]) Create(ctx context.Context, record *T) (err error) {
	if err := s.Ship(ctx); err != nil {
		return err
	}
	h := s.kind.Head(record)
	if h.ID, err = uuid.NewV7(); err != nil {
		return err
	}
	h.Version, h.Author, h.CreateTime = 1, auth.From(ctx).Subject, s.now()
	return s.db.InTx(ctx, func(ctx context.Context) error {
		done, err := s.insert(ctx, record)
		if err != nil {
			return err
		}
		if !done {
			return fault.New(codes.AlreadyExists, "CODE_TAKEN", fault.Text{
				En: "there is a " + s.kind.Called.En + " " + h.Code, Zh: "已有代码为 " + h.Code + " 的" + s.kind.Called.Zh,
			})
		}
		return s.announce(ctx, record, nil)
	})
}

// Change makes what set makes of the newest version a new one; fields are those that set changed, none when nothing did.
func (s *Store[T]) Change(ctx context.Context, id uuid.UUID, tag string, set func(ctx context.Context, record *T) (fields []string, err error)) (*T, error) {
	var changed *T
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, s.sql.lock, id); err != nil {
			return err
		}
		record, err := s.Get(ctx, id, 0)
		if err != nil {
			return err
		}
		changed = record
		h := s.kind.Head(record)
		if err := etag.Check(tag, int64(h.Version), s.kind.name(id)); err != nil {
			return err
		}
		fields, err := set(ctx, record)
		if err != nil || len(fields) == 0 {
			return err
		}
		h.Version, h.Author, h.CreateTime = h.Version+1, auth.From(ctx).Subject, s.now()
		if err := s.insertVersion(ctx, record); err != nil {
			return err
		}
		if _, err := s.db.Exec(ctx, s.sql.advance, id, h.Version); err != nil {
			return err
		}
		return s.announce(ctx, record, fields)
	})
	return changed, err
}

// announce writes the event under the record's next number.
func (s *Store[T]) announce(ctx context.Context, record *T, fields []string) error {
	h := s.kind.Head(record)
	e, err := events.New(ctx, h.CreateTime, h.ID, s.kind.Event(record, fields))
	if err != nil {
		return err
	}
	_, err = s.db.NamedExec(ctx, s.sql.announce, struct {
		events.Event
		AggregateID uuid.UUID `db:"aggregate_id"`
	}{e, e.Aggregate})
	return err
}
