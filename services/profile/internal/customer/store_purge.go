package customer

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/events"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// purgeChunk bounds the memory of a purge, not its reach.
const purgeChunk = 500

const (
	// Those that were merged into one that is purged go with it.
	selectPurged = `with recursive gone (id) as (
			(select customer_id from customers where purge_time <= $1 order by customer_id limit $2)
			union select c.customer_id from customers c join gone g on c.merged_into = g.id
		)
		select customer_id, sequence from customers where customer_id in (select id from gone) order by customer_id for update`
	// What the history of another customer tells of their people, from a time when the two were merged.
	forgetPeople = `update changes h set fields = '[]'
		from unnest(cast($1 as uuid[])) as c (id) cross join lateral guanxi_kin(c.id) as kin (id) join people p on p.customer_id = c.id
		where kin.id <> all($1) and h.aggregate_id = kin.id and h.resource = 'customers/' || kin.id || '/people/' || p.person_id`
	shutPeople   = `delete from vault.person_keys k using people p where p.person_id = k.person_id and p.customer_id = any($1)`
	purge        = `delete from customers where customer_id = any($1)` // people, orders, payments go with them
	forget       = `delete from changes where aggregate_id = any($1)`
	forgetMerges = `with gone as (delete from merges where survivor_id = any($1) or merged_id = any($1) returning merge_id),
			moved as (delete from rekeyed where merge_id in (select merge_id from gone))
		delete from rekey_aside where merge_id in (select merge_id from gone)`
	forgetNames = `delete from aliases where customer_id = any($1)`
)

// Purge removes the customers whose time to be undeleted is over, with all that belongs to them, and announces each.
func (s *Store) Purge(ctx context.Context, due time.Time) error {
	return s.db.InTx(events.WithCause(ctx, "retention"), func(ctx context.Context) error {
		for {
			var gone []aggregate.Held
			if err := s.db.Select(ctx, &gone, selectPurged, due, purgeChunk); err != nil || len(gone) == 0 {
				return err
			}
			if err := s.purge(ctx, gone); err != nil {
				return err
			}
		}
	})
}

func (s *Store) purge(ctx context.Context, gone []aggregate.Held) error {
	ids := make([]uuid.UUID, len(gone))
	announced := make([]events.Event, len(gone))
	for i, h := range gone {
		event, err := events.New(ctx, s.now(), h.ID, &profilev1.CustomerPurged{Customer: aggregate.Name(h.ID)})
		if err != nil {
			return err
		}
		event.Version = h.Sequence + 1
		ids[i], announced[i] = h.ID, event
	}
	for _, statement := range []string{forgetPeople, shutPeople, purge, forget, forgetMerges, forgetNames} {
		if _, err := s.db.Exec(ctx, statement, pq.Array(ids)); err != nil {
			return err
		}
	}
	return events.InsertAll(ctx, s.db, announced)
}
