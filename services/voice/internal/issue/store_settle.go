package issue

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

const (
	// A candidate has enough cases when so many were received within the window that ends with one of them.
	form = `update issue_groups g set state = 2, form_time = $4 from (
		select distinct group_id from (
			select m.group_id, count(*) over (partition by m.group_id order by m.received_time range between cast($3 as interval) preceding and current row) as n
			from issue_members m join issue_groups c using (group_id)
			where c.group_id = any($1) and c.state = 1 and c.size >= $2
		) counted where n >= $2
	) f where g.group_id = f.group_id returning g.group_id, g.size, g.announced, g.product_line, g.product_code, g.first_time, g.last_time`

	selectFormed = `select group_id, size, announced, product_line, product_code, first_time, last_time from issue_groups where group_id = any($1) and state = 2 order by group_id`
	setAnnounced = `update issue_groups set announced = $2 where group_id = $1`

	announce = `with bumped as (
		update issue_groups set sequence = sequence + 1 where group_id = :aggregate_id returning group_id as aggregate_id, sequence as version
	)` + events.Insert
)

// size is a group as its growth is looked at.
type size struct {
	ID        uuid.UUID `db:"group_id"`
	Size      int       `db:"size"`
	Announced int       `db:"announced"`
	Line      string    `db:"product_line"`
	Code      string    `db:"product_code"`
	First     time.Time `db:"first_time"`
	Last      time.Time `db:"last_time"`
}

// settle does what follows from the new size of groups: keywords, formation, growth.
func (s *Store) settle(ctx context.Context, r *settings.Issue, ids []uuid.UUID) error {
	if _, err := s.db.Exec(ctx, setKeywords, pq.Array(ids)); err != nil {
		return err
	}
	var formed []size
	if err := s.db.Select(ctx, &formed, form, pq.Array(ids), r.Cases, interval(r.Window), s.now()); err != nil {
		return err
	}
	fresh := map[uuid.UUID]bool{}
	for _, g := range formed {
		fresh[g.ID] = true
		if err := s.announce(ctx)(g.formed(ctx, s.now())); err != nil {
			return err
		}
	}
	var all []size
	if err := s.db.Select(ctx, &all, selectFormed, pq.Array(ids)); err != nil {
		return err
	}
	for _, g := range all {
		step := Step(r.Steps, g.Size)
		if step <= g.Announced {
			continue
		}
		if _, err := s.db.Exec(ctx, setAnnounced, g.ID, step); err != nil {
			return err
		}
		if fresh[g.ID] { // how large it is was said just now
			continue
		}
		if err := s.announce(ctx)(g.grown(ctx, s.now(), step)); err != nil {
			return err
		}
	}
	return nil
}

// announce writes an event under the group's next number.
func (s *Store) announce(ctx context.Context) func(e events.Event, err error) error {
	return func(e events.Event, err error) error {
		if err != nil {
			return err
		}
		_, err = s.db.NamedExec(ctx, announce, struct {
			events.Event
			AggregateID uuid.UUID `db:"aggregate_id"`
		}{e, e.Aggregate})
		return err
	}
}
