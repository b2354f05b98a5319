package issue

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/casefile"
)

const (
	selectCase = `select c.customer_id, c.case_id, c.received_time, ` + textOf + ` as body, ` + digestOf + ` as digest, c.product_line, c.product_code, c.cause
	from cases c join customers o using (customer_id) where c.case_id = $1 and guanxi_covers(o.territory, $2)`

	memberOf = `select group_id from issue_members where customer_id = $1 and case_id = $2`

	newGroup = `insert into issue_groups (group_id, state, product_line, product_code, common_cause, size, square, first_time, last_time, create_time, update_time)
	values ($1, 1, '', '', '', 0, 0, $2, $2, $3, $3)`

	putMember = `insert into issue_members (customer_id, case_id, group_id, received_time, digest, terms, similarity, pinned, join_time)
	values ($1, $2, $3, $4, $5, $6, 1, true, $7)
	on conflict (customer_id, case_id) do update set group_id = excluded.group_id, similarity = 1, pinned = true`

	pinMember = `update issue_members set pinned = true where customer_id = $1 and case_id = $2`
)

// Move puts a case into a group, where it stays; resource.Any is a new group of its own.
func (s *Store) Move(ctx context.Context, target, id uuid.UUID) (*Group, error) {
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, lock); err != nil {
			return err
		}
		if target != resource.Any {
			g, err := s.Get(ctx, target)
			if err != nil {
				return err
			}
			if g.State == Merged {
				return mergedError(g)
			}
		}
		c, err := s.held(ctx, id)
		if err != nil {
			return err
		}
		if target == resource.Any {
			target = uuid.Must(uuid.NewV7())
			if _, err := s.db.Exec(ctx, newGroup, target, c.Received, s.now()); err != nil {
				return err
			}
		}
		return s.put(ctx, c, target)
	})
	if err != nil {
		return nil, err
	}
	return s.Get(ctx, target)
}

// held reads a case that the caller may see, whose customer is held.
func (s *Store) held(ctx context.Context, id uuid.UUID) (*row, error) {
	var c row
	err := s.db.Get(ctx, &c, selectCase, id, auth.From(ctx).Scope())
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, casefile.Name(id), typev1.Level_BASIC)
	}
	if err != nil {
		return nil, err
	}
	held, err := aggregate.Hold(ctx, s.db, []uuid.UUID{c.Customer})
	if err != nil {
		return nil, err
	}
	if h := held[c.Customer]; h == nil || h.Deleted {
		return nil, aggregate.Explain(ctx, s.db, c.Customer)
	}
	return &c, nil
}

func (s *Store) put(ctx context.Context, c *row, target uuid.UUID) error {
	var before uuid.UUID
	err := s.db.Get(ctx, &before, memberOf, c.Customer, c.Case)
	switch {
	case errors.Is(err, postgres.ErrNoRows):
	case err != nil:
		return err
	case before == target:
		_, err := s.db.Exec(ctx, pinMember, c.Customer, c.Case)
		return err
	}
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return err
	}
	terms := Terms(c.Body)
	slices.Sort(terms)
	if _, err := s.db.Exec(ctx, putMember, c.Customer, c.Case, target, c.Received, c.Digest, pq.Array(postgres.OrEmpty(terms)), s.now()); err != nil {
		return err
	}
	one := []uuid.UUID{c.Case}
	if before == uuid.Nil {
		if _, err := s.db.Exec(ctx, countTerms, pq.Array([]uuid.UUID{c.Customer}), pq.Array(one)); err != nil {
			return err
		}
	}
	if _, err := s.db.Exec(ctx, setGroups, pq.Array([]uuid.UUID{c.Customer}), pq.Array(one), pq.Array([]uuid.UUID{target})); err != nil {
		return err
	}
	if err := s.cases.Note(ctx, c.Customer, c.Case, casefile.Entry{Kind: casefile.LinkEntry, Data: map[string]string{"issue_group": Name(target)}}); err != nil {
		return err
	}
	if err := s.rebuild(ctx, []uuid.UUID{before, target}); err != nil {
		return err
	}
	return s.settle(ctx, &numbers.Issue, []uuid.UUID{target})
}
