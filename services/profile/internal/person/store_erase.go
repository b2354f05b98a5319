package person

import (
	"context"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
)

const (
	removePerson = `delete from people where customer_id = $1 and person_id = $2`

	// What a history tells of a person who was removed, and of what belonged to him: that it happened, not what it said of him.
	forgetHistory = `update changes set fields = '[]' where ` + historyOf + ` or ` + historyBelow

	// forgetMerges removes what merges of customers have kept of the person's consents.
	forgetMerges = `delete from merge_consents where person_id = $1`

	// An import that refused a row says why, and quotes what it could not read.
	forgetRefusals = `update import_rejections set reason_en = '', reason_zh = '' where reason_en ilike any ($1) or reason_zh ilike any ($1)`

	keepErasure = `insert into vault.erasures (person_id, customer_id, basis, reference, actor, erase_time)
		values (:person_id, :customer_id, :basis, :reference, :actor, :erase_time)
		on conflict (person_id) do update set basis = excluded.basis, reference = excluded.reference, actor = excluded.actor, erase_time = excluded.erase_time`
)

// Erase destroys what is held on a person of a living customer or a deleted one, and records it.
func (s *Store) Erase(ctx context.Context, customerID, id uuid.UUID, tag string, e *Erasure) error {
	return s.locked(ctx, customerID, id, tag, func(ctx context.Context, p *Person) error {
		held, err := aggregate.Hold(ctx, s.db, []uuid.UUID{customerID})
		if err != nil {
			return err
		}
		e.PersonID, e.CustomerID, e.Actor, e.Time = id, customerID, auth.From(ctx).Subject, s.now()
		record, err := erased(ctx, e.Time, p)
		if err != nil {
			return err
		}
		if _, err := s.db.Exec(ctx, removePerson, customerID, id); err != nil {
			return err
		}
		if err := s.forget(ctx, p, e); err != nil {
			return err
		}
		return aggregate.Record(ctx, s.db, held, []history.Record{record})
	})
}

// forget makes what was sealed of somebody unreadable for good, wherever it is. Answers that are remembered of calls about him are among it.
func (s *Store) forget(ctx context.Context, p *Person, e *Erasure) error {
	if _, err := s.db.Exec(ctx, forgetRefusals, pq.Array(p.said().patterns())); err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, forgetHistory, e.CustomerID, e.PersonID); err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, forgetMerges, e.PersonID); err != nil {
		return err
	}
	if err := s.box.Destroy(ctx, e.PersonID); err != nil {
		return err
	}
	_, err := s.db.NamedExec(ctx, keepErasure, e)
	return err
}

const erasureColumns = `e.person_id, e.customer_id, e.basis, e.reference, e.actor, e.erase_time`

type erasureRow struct {
	listing.Cursor
	Erasure
}

// erasures reads a page of what was erased within the caller's territories. A customer who is not there any more is in none.
func (s *Store) erasures(ctx context.Context, plan *listing.Plan) ([]erasureRow, string, error) {
	query, args := plan.Query(erasureColumns, "vault.erasures e left join customers c on c.customer_id = e.customer_id",
		"e.basis > 0 and guanxi_covers(coalesce(c.territory, ''), $1)", auth.From(ctx).Scope())
	var rows []erasureRow
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	return listing.Page(plan, rows)
}
