package segment

import (
	"context"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/rule"
)

const updateSegment = `with bumped as (
	update segments set sequence = sequence + 1, revision = :revision, label_en = :label_en, label_zh = :label_zh, description_en = :description_en,
		description_zh = :description_zh, rule = :rule, level = :level, state = :state, round = :round, refresh_time = :refresh_time, update_time = :update_time
	where segment_id = :segment_id
	returning segment_id as aggregate_id, sequence as version
)` + events.Insert

// Update lets change alter a segment and stores what came of it. An alteration that makes no difference is not stored.
func (s *Store) Update(ctx context.Context, id uuid.UUID, tag string, change func(*Segment) error) (*Segment, error) {
	var g *Segment
	err := s.locked(ctx, id, tag, func(ctx context.Context, stored *Segment) error {
		g = stored
		before := *g
		if err := change(g); err != nil {
			return err
		}
		if err := s.review(ctx, &before, g); err != nil {
			return fault.Prefix(err, "segment")
		}
		now := s.now()
		g.UpdateTime = now
		event, differs, err := changed(ctx, now, &before, g)
		if err != nil || !differs {
			*g = before
			return err
		}
		g.Revision++
		if _, err := s.db.NamedExec(ctx, updateSegment, written{*g, event}); err != nil {
			return err
		}
		if g.Round == before.Round {
			return nil
		}
		return s.refresh(ctx, g)
	})
	return g, err
}

// review holds an alteration to the rules. A rule that stays is not looked at again: one that was right when it was written must not keep its segment from
// being paused.
func (s *Store) review(ctx context.Context, before, g *Segment) error {
	if err := g.check(); err != nil {
		return err
	}
	resumed := before.State != Active && g.State == Active
	if resumed {
		if err := s.room(ctx, g); err != nil {
			return err
		}
	}
	if g.Rule == before.Rule && !resumed {
		return nil
	}
	understood, err := rule.Compile(g.Rule)
	if err != nil {
		return err
	}
	if err := understood.Check(rule.Level(auth.From(ctx).Level)); err != nil {
		return err
	}
	// The members are those of the old rule for a while, and would give its facts away.
	g.Level = max(g.Level, understood.Level)
	g.regather()
	return nil
}

const deleteSegment = `with bumped as (
	delete from segments where segment_id = :segment_id
	returning segment_id as aggregate_id, sequence + 1 as version
)` + events.Insert

// Delete deletes a segment with its members.
func (s *Store) Delete(ctx context.Context, id uuid.UUID, tag string) error {
	return s.locked(ctx, id, tag, func(ctx context.Context, g *Segment) error {
		event, err := deleted(ctx, s.now(), g)
		if err != nil {
			return err
		}
		_, err = s.db.NamedExec(ctx, deleteSegment, written{*g, event})
		return err
	})
}
