package casefile

import (
	"context"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/services/voice/internal/recall"
)

const (
	// Causes lead from customer to customer, and so two who hold different customers could close a circle together: one after the other, after the customers.
	oneAtATime = `select pg_advisory_xact_lock(hashtextextended('voice.case_links', 0))`

	// Whether the target leads back to the case, by links of the kind.
	leadsBack = `with recursive way (id) as (
			select cast($2 as uuid) union select l.other_case_id from way join case_links l on l.case_id = way.id and l.kind = $3
		) select exists (select from way where id = $1)`

	selectLink   = `select exists (select from case_links where customer_id = $1 and case_id = $2 and kind = $3 and other_case_id = $4)`
	otherInPlace = `select exists (select from case_links where customer_id = $1 and case_id = $2 and kind = 1)`

	insertLink = `insert into case_links (customer_id, case_id, kind, other_customer_id, other_case_id, author, create_time)
	values (:customer_id, :case_id, :kind, :other_customer_id, :other_case_id, :author, :create_time)`
	deleteLink = `delete from case_links where customer_id = $1 and case_id = $2 and kind = $3 and other_case_id = $4`

	selectLinks = `select l.customer_id, l.case_id, l.kind, l.other_customer_id, l.other_case_id, l.author, l.create_time
	from case_links l join customers a on a.customer_id = l.customer_id join customers b on b.customer_id = l.other_customer_id
	where (l.customer_id = $1 and l.case_id = $2 or l.other_customer_id = $1 and l.other_case_id = $2) and guanxi_covers(a.territory, $3) and guanxi_covers(b.territory, $3)
	order by l.create_time, l.case_id, l.other_case_id, l.kind limit 1000`

	setRecall = `update cases set recall_id = $3 where customer_id = $1 and case_id = $2`
)

// both lets do work on a case and on another one, whose customers are held.
func (s *Store) both(ctx context.Context, id, other uuid.UUID, do func(ctx context.Context, from, to *Case) ([]history.Record, error)) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		from, err := s.Get(ctx, id) // before anything is said of the customers
		if err != nil {
			return err
		}
		to, err := s.Get(ctx, other)
		if err != nil {
			return err
		}
		held, err := aggregate.Hold(ctx, s.db, []uuid.UUID{from.Customer, to.Customer})
		if err != nil {
			return err
		}
		for _, customer := range []uuid.UUID{from.Customer, to.Customer} {
			if h := held[customer]; h == nil || h.Deleted {
				return aggregate.Explain(ctx, s.db, customer)
			}
		}
		if from, err = s.Get(ctx, id); err != nil { // as it is now that the customers are held
			return err
		}
		if to, err = s.Get(ctx, other); err != nil {
			return err
		}
		records, err := do(ctx, from, to)
		if err != nil {
			return err
		}
		return aggregate.Record(ctx, s.db, held, records)
	})
}

// Link links a case to another one. A link that is there already stays.
func (s *Store) Link(ctx context.Context, id, other uuid.UUID, kind LinkKind) (*Link, error) {
	var made *Link
	err := s.both(ctx, id, other, func(ctx context.Context, from, to *Case) ([]history.Record, error) {
		if err := CheckLink(kind, from, to); err != nil {
			return nil, err
		}
		made = &Link{
			Customer: from.Customer, Case: from.ID, Kind: kind, OtherCustomer: to.Customer, Other: to.ID, Author: auth.From(ctx).Subject, Time: s.now(),
		}
		var there bool
		if err := s.db.Get(ctx, &there, selectLink, from.Customer, from.ID, kind, to.ID); err != nil || there {
			return nil, err
		}
		if err := s.checkLink(ctx, kind, from, to); err != nil {
			return nil, err
		}
		if _, err := s.db.NamedExec(ctx, insertLink, made); err != nil {
			return nil, err
		}
		return s.linked(ctx, from, linkData(kind, to.Name(), ""))
	})
	return made, err
}

func (s *Store) checkLink(ctx context.Context, kind LinkKind, from, to *Case) error {
	if !kind.directed() {
		return nil
	}
	if _, err := s.db.Exec(ctx, oneAtATime); err != nil {
		return err
	}
	var wrong bool
	if err := s.db.Get(ctx, &wrong, leadsBack, from.ID, to.ID, kind); err != nil {
		return err
	}
	if wrong {
		return cycleError(from)
	}
	if kind != DuplicateOf {
		return nil
	}
	if err := s.db.Get(ctx, &wrong, otherInPlace, from.Customer, from.ID); err != nil {
		return err
	}
	if wrong {
		return originalError(from)
	}
	return nil
}

// Unlink cuts a link; one that is not there is cut already.
func (s *Store) Unlink(ctx context.Context, id, other uuid.UUID, kind LinkKind) (c *Case, err error) {
	return s.Change(ctx, id, "", func(ctx context.Context, c *Case) ([]history.Record, error) {
		result, err := s.db.Exec(ctx, deleteLink, c.Customer, c.ID, kind, other)
		if err != nil {
			return nil, err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return nil, err
		}
		return s.linked(ctx, c, linkData(kind, Name(other), "cut"))
	})
}

// LinkRecall makes a case part of a recall that the caller reaches. It is part of one: it does not leave another for it unsaid.
func (s *Store) LinkRecall(ctx context.Context, id, to uuid.UUID) (*Case, error) {
	return s.Change(ctx, id, "", func(ctx context.Context, c *Case) ([]history.Record, error) {
		if _, err := s.Recalls.Get(ctx, to); err != nil {
			return nil, err
		}
		if c.Recall.Valid && c.Recall.UUID != to {
			return nil, recallError(c)
		}
		return s.setRecall(ctx, c, uuid.NullUUID{UUID: to, Valid: true}, linkData(PartOfRecall, recall.Name(to), ""))
	})
}

// UnlinkRecall makes a case part of a recall no longer; one that it is no part of is left already.
func (s *Store) UnlinkRecall(ctx context.Context, id, from uuid.UUID) (*Case, error) {
	return s.Change(ctx, id, "", func(ctx context.Context, c *Case) ([]history.Record, error) {
		if !c.Recall.Valid || c.Recall.UUID != from {
			return nil, nil
		}
		return s.setRecall(ctx, c, uuid.NullUUID{}, linkData(PartOfRecall, recall.Name(from), "cut"))
	})
}

func (s *Store) setRecall(ctx context.Context, c *Case, to uuid.NullUUID, data map[string]string) ([]history.Record, error) {
	if c.Recall == to {
		return nil, nil
	}
	c.Recall = to
	if _, err := s.db.Exec(ctx, setRecall, c.Customer, c.ID, to); err != nil {
		return nil, err
	}
	return s.linked(ctx, c, data)
}

// linked notes and announces that the links of a case have changed.
func (s *Store) linked(ctx context.Context, c *Case, data map[string]string) ([]history.Record, error) {
	if err := s.Note(ctx, c.Customer, c.ID, Entry{Kind: LinkEntry, Data: data}); err != nil {
		return nil, err
	}
	return s.Touch(ctx, c, "links")
}

func linkData(kind LinkKind, target, how string) map[string]string {
	names := map[LinkKind]string{DuplicateOf: "DUPLICATE_OF", CausedBy: "CAUSED_BY", Related: "RELATED", PartOfRecall: "PART_OF_RECALL"}
	data := map[string]string{"kind": names[kind], "target": target}
	if how != "" {
		data["how"] = how
	}
	return data
}

// Links reads the links of a case, from it and to it, as far as the caller may see both ends.
func (s *Store) Links(ctx context.Context, id uuid.UUID) (*Case, []*Link, error) {
	c, err := s.Get(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	var links []*Link
	return c, links, s.db.Select(ctx, &links, selectLinks, c.Customer, c.ID, auth.From(ctx).Scope())
}
