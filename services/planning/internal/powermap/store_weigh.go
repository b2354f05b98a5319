package powermap

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/schedule"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// chunk is how many maps are weighed in one transaction: it bounds memory, and how long their customers are locked.
const chunk = 20

// Jobs weigh the maps anew whose evidence went stale, early in China's day.
func Jobs(db *postgres.DB, now func() time.Time, numbers *settings.Store) []schedule.Job {
	s := NewStore(db, now, numbers)
	return []schedule.Job{{Name: "weigh-power-maps", Cron: "25 16 * * *", MaxCatchUp: 1, Run: func(ctx context.Context, _ time.Time) error { return s.Weigh(ctx) }}}
}

// weigh finds the answer that is announced, and when it may next be another; turned says that it is another already.
func (h *head) weigh(claims []Claim, numbers *settings.Numbers, now time.Time) (turned bool) {
	today := numbers.Today(now)
	before := h.Sponsored
	h.Sponsored = Analyze(claims, today, numbers.Evidence).Sponsored()
	h.StaleDay, h.Settings = nil, numbers.Version
	if next, ok := NextStale(claims, today, numbers.Evidence); ok {
		h.StaleDay = &next
	}
	return h.Sponsored != before
}

const (
	// Versions of settings only grow. The maps are gone through once, in the order of their keys, however many parts that takes.
	selectDue = heads + `m where (stale_day <= cast($1 as date) or settings_version < $2) and (customer_id, map_id) > ($3, $4)
	and exists (select from customers c where c.customer_id = m.customer_id and c.delete_time is null) order by customer_id, map_id limit $5`

	updateHead = `update power_maps set revision = :revision, sponsored = :sponsored, stale_day = :stale_day, settings_version = :settings_version, update_time = :update_time
	where customer_id = :customer_id and map_id = :map_id`
)

// Weigh weighs all maps anew of which a piece of evidence has gone stale, or that were weighed by other settings, some at a time, each time in a transaction of its own. It
// announces what has become of their sponsors once: a map that has been weighed is not due again.
func (s *Store) Weigh(ctx context.Context) error {
	ctx = s.db.Apart(events.WithCause(everywhere(ctx), "decay"))
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return err
	}
	today := numbers.Today(s.now())
	for last := (head{}); ; {
		var due []head
		err := s.db.Select(ctx, &due, selectDue, today.Format(time.DateOnly), numbers.Version, last.Customer, last.ID, chunk)
		if err != nil || len(due) == 0 {
			return err
		}
		last = due[len(due)-1]
		if err := s.db.InTx(ctx, func(ctx context.Context) error { return s.again(ctx, due, numbers, today) }); err != nil {
			return err
		}
	}
}

func everywhere(ctx context.Context) context.Context {
	return auth.With(ctx, auth.Principal{Territories: []string{auth.Anywhere}})
}

// again weighs maps that were due when it was looked.
func (s *Store) again(ctx context.Context, due []head, numbers *settings.Numbers, today time.Time) error {
	customers := make([]uuid.UUID, len(due))
	for i := range due {
		customers[i] = due[i].Customer
	}
	held, err := aggregate.Hold(ctx, s.db, customers)
	if err != nil {
		return err
	}
	var records []history.Record
	for _, old := range due {
		if c := held[old.Customer]; c == nil || c.Deleted {
			continue // gone since, and not due any more
		}
		h, err := s.head(ctx, old.Customer, old.Project) // as it is now that the customer is held
		if err != nil {
			return err
		}
		if h.ID != old.ID || h.Settings == numbers.Version && (h.StaleDay == nil || h.StaleDay.After(today)) {
			continue
		}
		cause := causeDecay
		if h.Settings != numbers.Version {
			cause = causeSettings
		}
		made, err := s.reweigh(ctx, &h, numbers, cause)
		if err != nil {
			return err
		}
		records = append(records, made...)
	}
	return aggregate.Record(ctx, s.db, held, records)
}

// reweigh weighs a map whose version stays.
func (s *Store) reweigh(ctx context.Context, h *head, numbers *settings.Numbers, cause string) ([]history.Record, error) {
	claims, err := s.claims(ctx, *h, h.Newest)
	if err != nil {
		return nil, err
	}
	now := s.now()
	turned := h.weigh(claims, numbers, now)
	h.UpdateTime = now
	if _, err := s.db.NamedExec(ctx, updateHead, h); err != nil || !turned {
		return nil, err
	}
	record, err := h.turned(ctx, now, numbers.Today(now), cause)
	return []history.Record{record}, err
}

const (
	// What is deleted is what the person is named in, in all versions.
	forgetClaims = `delete from power_claims where customer_id = $1 and (person_id = $2 or other_person_id = $2) returning map_id`

	selectMaps = heads + `where customer_id = $1 and map_id = any($2) order by map_id`
)

// Forget removes a person whom profile has removed from all versions of all maps of his customer; see fact.Forget. What others' evidence says of him in words stays.
func (s *Store) Forget(ctx context.Context, customer, person uuid.UUID) error {
	return s.db.InTx(everywhere(ctx), func(ctx context.Context) error {
		held, err := aggregate.Hold(ctx, s.db, []uuid.UUID{customer})
		if err != nil || held[customer] == nil {
			return err
		}
		var ids []uuid.UUID
		if err := s.db.Select(ctx, &ids, forgetClaims, customer, person); err != nil || len(ids) == 0 {
			return err
		}
		var maps []head
		if err := s.db.Select(ctx, &maps, selectMaps, customer, pq.Array(ids)); err != nil {
			return err
		}
		numbers, err := s.numbers.Current(ctx)
		if err != nil {
			return err
		}
		var records []history.Record
		for i := range maps {
			maps[i].Revision++
			made, err := s.reweigh(ctx, &maps[i], numbers, causePerson)
			if err != nil {
				return err
			}
			records = append(records, made...)
		}
		if held[customer].Deleted { // who is deleted changes no more
			return nil
		}
		return aggregate.Record(ctx, s.db, held, records)
	})
}
