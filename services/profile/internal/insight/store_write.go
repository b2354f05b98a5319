package insight

import (
	"context"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/services/profile/internal/dossier"
)

const (
	insert = `insert into insights (customer_id, insight_id, revision, insight_date, source_kind, source, reliability, title, body, url, sections, tags, author, create_time,
			update_time)
		values (:customer_id, :insight_id, :revision, :insight_date, :source_kind, :source, :reliability, :title, :body, :url, :sections, :tags, :author, :create_time,
			:update_time)`
	update = `update insights set revision = :revision, insight_date = :insight_date, source_kind = :source_kind, source = :source, reliability = :reliability,
			title = :title, body = :body, url = :url, sections = :sections, tags = :tags, update_time = :update_time
		where customer_id = :customer_id and insight_id = :insight_id`
	remove = `delete from insights where customer_id = $1 and insight_id = $2`
	// What a history tells of an insight that was removed: that it happened, not what it said.
	forgetHistory = `update changes set fields = '[]' where aggregate_id = $1 and resource = $2`
)

// Create records an insight; its author is the caller.
func (s *Store) Create(ctx context.Context, i *Insight) error {
	if err := s.check(ctx, i, nil); err != nil {
		return err
	}
	return aggregate.Change(ctx, s.db, i.Customer, func(ctx context.Context) ([]history.Record, error) {
		var err error
		if i.ID, err = uuid.NewV7(); err != nil {
			return nil, err
		}
		now := s.now()
		i.Revision, i.Author, i.CreateTime, i.UpdateTime = 1, auth.From(ctx).Subject, now, now
		if _, err := s.db.NamedExec(ctx, insert, rowOf(i)); err != nil {
			return nil, err
		}
		return i.recorded(ctx)
	})
}

func (s *Store) check(ctx context.Context, i *Insight, before []string) error {
	entries, _, err := s.dossiers.Outline(ctx)
	if err != nil {
		return err
	}
	known := func(code string) bool { return dossier.Find(entries, code) != nil }
	if wrong := i.Check(s.now(), known, before); len(wrong) > 0 {
		return fault.Prefix(fault.Invalid(wrong...), "insight")
	}
	return nil
}

// Update lets change alter an insight and stores what came of it with its history and event.
func (s *Store) Update(ctx context.Context, customer, id uuid.UUID, tag string, change func(*Insight) error) (*Insight, error) {
	return s.locked(ctx, customer, id, tag, func(ctx context.Context, i *Insight) ([]history.Record, error) {
		before := i.toProto()
		if err := change(i); err != nil {
			return nil, err
		}
		if err := s.check(ctx, i, before.GetSections()); err != nil {
			return nil, err
		}
		unchanged := i.UpdateTime
		i.UpdateTime = s.now()
		records, err := i.changed(ctx, before)
		if err != nil || len(records) == 0 {
			i.UpdateTime = unchanged
			return nil, err
		}
		i.Revision++
		_, err = s.db.NamedExec(ctx, update, rowOf(i))
		return records, err
	})
}

// Delete removes an insight for good.
func (s *Store) Delete(ctx context.Context, customer, id uuid.UUID, tag string) error {
	_, err := s.locked(ctx, customer, id, tag, func(ctx context.Context, i *Insight) ([]history.Record, error) {
		if _, err := s.db.Exec(ctx, remove, customer, id); err != nil {
			return nil, err
		}
		if _, err := s.db.Exec(ctx, forgetHistory, customer, i.name()); err != nil {
			return nil, err
		}
		return i.deleted(ctx, s.now())
	})
	return err
}

// locked reads an insight anew while its customer is held.
func (s *Store) locked(ctx context.Context, customer, id uuid.UUID, tag string, do func(context.Context, *Insight) ([]history.Record, error)) (i *Insight, err error) {
	if _, err := s.Get(ctx, customer, id); err != nil { // before anything is said of the customer
		return nil, err
	}
	err = aggregate.Change(ctx, s.db, customer, func(ctx context.Context) ([]history.Record, error) {
		if i, err = s.Get(ctx, customer, id); err != nil {
			return nil, err
		}
		if err := etag.Check(tag, i.Revision, i.name()); err != nil {
			return nil, err
		}
		return do(ctx, i)
	})
	return i, err
}
