package issue

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/etag"
)

const (
	update = `update issue_groups set name_zh = :name_zh, name_en = :name_en, cause = :cause, action = :action, update_time = :update_time, revision = revision + 1
	where group_id = :group_id`

	ownersOf    = `select distinct customer_id from issue_members where group_id = any($1)`
	setMembers  = `update issue_members set group_id = $1, pinned = true where group_id = any($2)`
	pointCases  = `update cases c set issue_group_id = $1 from issue_members m where m.group_id = $1 and c.customer_id = m.customer_id and c.case_id = m.case_id and c.issue_group_id is distinct from $1`
	setMerged   = `update issue_groups set state = 3, merged_into = $1, revision = revision + 1, update_time = $3 where group_id = any($2)`
	followMerge = `update issue_groups set merged_into = $1 where merged_into = any($2)`
)

// hold reads a group that the caller may change, all groups being locked.
func (s *Store) hold(ctx context.Context, id uuid.UUID, tag string) (*Group, error) {
	g, err := s.Get(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case g.State == Merged:
		return nil, mergedError(g)
	case g.Seen < g.Size:
		return nil, territoryError()
	}
	return g, etag.Check(tag, g.Revision, g.Name())
}

// Change stores what set made of a group; fields are those that it changed, none when nothing did.
func (s *Store) Change(ctx context.Context, id uuid.UUID, tag string, set func(g *Group) (fields []string, err error)) (changed *Group, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, lock); err != nil {
			return err
		}
		g, err := s.hold(ctx, id, tag)
		if err != nil {
			return err
		}
		changed = g
		fields, err := set(g)
		if err != nil || len(fields) == 0 {
			return err
		}
		g.UpdateTime = s.now()
		g.Revision++
		if _, err := s.db.NamedExec(ctx, update, g); err != nil {
			return err
		}
		return s.announce(ctx)(g.changed(ctx, g.UpdateTime, fields))
	})
	return changed, err
}

// Merge makes other groups part of one.
func (s *Store) Merge(ctx context.Context, id uuid.UUID, sources []uuid.UUID, tag string) (*Group, error) {
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, lock); err != nil {
			return err
		}
		into, err := s.hold(ctx, id, tag)
		if err != nil {
			return err
		}
		groups := make([]*Group, len(sources))
		for i, source := range sources {
			if groups[i], err = s.hold(ctx, source, ""); err != nil {
				return err
			}
		}
		if err := s.absorb(ctx, into, sources); err != nil {
			return err
		}
		for _, g := range groups {
			if err := s.announce(ctx)(g.merged(ctx, s.now(), into)); err != nil {
				return err
			}
		}
		return s.settle(ctx, &numbers.Issue, []uuid.UUID{id})
	})
	if err != nil {
		return nil, err
	}
	return s.Get(ctx, id)
}

func (s *Store) absorb(ctx context.Context, into *Group, sources []uuid.UUID) error {
	var owners []uuid.UUID
	if err := s.db.Select(ctx, &owners, ownersOf, pq.Array(sources)); err != nil {
		return err
	}
	if _, err := aggregate.Hold(ctx, s.db, owners); err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, setMembers, into.ID, pq.Array(sources)); err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, pointCases, into.ID); err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, setMerged, into.ID, pq.Array(sources), s.now()); err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, followMerge, into.ID, pq.Array(sources)); err != nil {
		return err
	}
	return s.rebuild(ctx, append(slices.Clone(sources), into.ID))
}
