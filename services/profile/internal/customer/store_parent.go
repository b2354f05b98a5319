package customer

import (
	"context"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
)

const (
	// Parents change one after another in the whole database, so that two changes cannot make a circle that neither of them is.
	lockParents = `select pg_advisory_xact_lock(hashtextextended('guanxi.customers.parent', 0))`

	parentFits = `select exists (select from customers where customer_id = $1 and guanxi_covers(territory, $2) and kind = 1 and delete_time is null)`

	// Whether a customer ($2) is above another one ($1), or is it.
	isAbove = `with recursive above as (
			select cast($1 as uuid) as customer_id
			union select s.customer_id from subsidiaries s join above a on s.child_id = a.customer_id
		) select exists (select from above where customer_id = $2)`
)

// checkParent holds the company that a customer belongs to, if it is another one than before, to the rules: it is a living organization within the caller's territories,
// and none that belongs to the customer.
func (s *Store) checkParent(ctx context.Context, c *Customer, before uuid.NullUUID) error {
	if !c.Parent.Valid || c.Parent == before {
		return nil
	}
	var fits, circle bool
	if err := s.db.Get(ctx, &fits, parentFits, c.Parent.UUID, auth.From(ctx).Scope()); err != nil {
		return err
	}
	if !fits {
		return parentError("CUSTOMER_UNKNOWN", fault.Text{
			En: "is not an organization within your territories, or is deleted", Zh: "不是您权限区域内的单位，或已被删除",
		})
	}
	if err := s.db.Get(ctx, &circle, isAbove, c.Parent.UUID, c.ID); err != nil {
		return err
	}
	if circle {
		return parentError("CIRCLE", fault.Text{En: "would make the customer belong to itself, directly or through others", Zh: "会使该客户直接或间接隶属于自身"})
	}
	return nil
}

func parentError(rule string, text fault.Text) error {
	return fault.Invalid(fault.Field("customer.parent", rule, text))
}

const (
	dropParent = `delete from subsidiaries where child_id = $1`
	putParent  = `insert into subsidiaries (customer_id, child_id) values ($1, $2) on conflict (child_id) do update set customer_id = excluded.customer_id`
)

// moveParent has a locked customer belong to its parent, if that is another one than before.
func (s *Store) moveParent(ctx context.Context, c *Customer, before uuid.NullUUID) error {
	if c.Parent == before {
		return nil
	}
	if _, err := s.db.Exec(ctx, lockParents); err != nil {
		return err
	}
	if err := s.checkParent(ctx, c, before); err != nil {
		return err
	}
	return s.storeParent(ctx, c)
}

func (s *Store) storeParent(ctx context.Context, c *Customer) error {
	if !c.Parent.Valid {
		_, err := s.db.Exec(ctx, dropParent, c.ID)
		return err
	}
	_, err := s.db.Exec(ctx, putParent, c.Parent.UUID, c.ID)
	return err
}

// rewriteParent is moveParent for a merge. What came with the other customer and would make a circle now is left out; what the merge's own moving of rows has to say of the
// parent stays.
func (s *Store) rewriteParent(ctx context.Context, c *Customer) error {
	if c.Parent == c.lockedParent {
		return nil
	}
	if _, err := s.db.Exec(ctx, lockParents); err != nil {
		return err
	}
	if c.Parent.Valid {
		var circle bool
		if err := s.db.Get(ctx, &circle, isAbove, c.Parent.UUID, c.ID); err != nil {
			return err
		}
		if circle {
			c.Parent = c.lockedParent
			return nil
		}
	}
	return s.storeParent(ctx, c)
}

const covered = `select customer_id from customers where customer_id = any($1) and guanxi_covers(territory, $2)`

// hideParents leaves out the companies that customers belong to where these are out of the caller's reach.
func (s *Store) hideParents(ctx context.Context, customers ...*Customer) error {
	var parents []uuid.UUID
	for _, c := range customers {
		if c.Parent.Valid {
			parents = append(parents, c.Parent.UUID)
		}
	}
	if len(parents) == 0 || auth.From(ctx).Everywhere() {
		return nil
	}
	var known []uuid.UUID
	if err := s.db.Select(ctx, &known, covered, pq.Array(parents), auth.From(ctx).Scope()); err != nil {
		return err
	}
	seen := make(map[uuid.UUID]bool, len(known))
	for _, id := range known {
		seen[id] = true
	}
	for _, c := range customers {
		if !seen[c.Parent.UUID] {
			c.Parent = uuid.NullUUID{}
		}
	}
	return nil
}
