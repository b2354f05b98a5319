package customer

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/alias"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/mask"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/blend"
	"github.com/guanxi-crm/guanxi/services/profile/internal/contact"
)

const lockMany = `select ` + columns + ` from customers where customer_id = any($1) and guanxi_covers(territory, $2) order by customer_id for update`

// Lock reads those of the customers that are within the caller's territories, deleted and merged ones too, and keeps others from changing them until ctx's transaction ends.
func (s *Store) Lock(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]*Customer, error) {
	var rows []row
	if err := s.db.Select(ctx, &rows, lockMany, pq.Array(ids), auth.From(ctx).Scope()); err != nil {
		return nil, err
	}
	out := make(map[uuid.UUID]*Customer, len(rows))
	for i := range rows {
		one := rows[i].customer()
		one.lockedParent = one.Parent
		out[one.ID] = one
	}
	return out, nil
}

// Above says whether another customer is above a locked one through a third.
func (s *Store) Above(ctx context.Context, c *Customer, upper uuid.UUID) (above bool, err error) {
	if !c.Parent.Valid || c.Parent.UUID == upper {
		return false, nil
	}
	err = s.db.Get(ctx, &above, isAbove, c.Parent.UUID, upper)
	return above, err
}

const rewriteCustomer = `update customers set revision = :revision, update_time = :update_time, delete_time = :delete_time, purge_time = :purge_time, merged_into = :merged_into,
	` + setFields + ` where customer_id = :customer_id`

// Rewrite stores a locked customer as it is, without history and events and without its external ids: a merge writes these itself.
func (s *Store) Rewrite(ctx context.Context, c *Customer) error {
	if err := s.rewriteParent(ctx, c); err != nil {
		return err
	}
	_, err := s.db.NamedExec(ctx, rewriteCustomer, newWritten(c, history.Record{}))
	return err
}

const (
	// Those that came with an earlier merge keep the name that they came under.
	giveIDs = `update customer_external_ids set customer_id = $2, via = coalesce(via, $1) where customer_id = $1`
	// Of whom the ids are meanwhile that two customers want to have.
	takenIDs = `select system, external_id from customer_external_ids
		where customer_id <> all($1) and (system, external_id) in (select k.system, k.id from unnest(cast($2 as text[]), cast($3 as text[])) as k (system, id))`
	backIDs = `insert into customer_external_ids as k (system, external_id, customer_id)
		select system, external_id, cast(:customer_id as uuid) from unnest(cast(:id_systems as text[]), cast(:id_values as text[])) as given (system, external_id)
		on conflict (system, external_id) do update set customer_id = excluded.customer_id, via = nullif(k.via, excluded.customer_id)`
)

// GiveIDs gives the external ids of one customer to another one.
func (s *Store) GiveIDs(ctx context.Context, from, to uuid.UUID) error {
	_, err := s.db.Exec(ctx, giveIDs, from, to)
	return err
}

// SplitIDs gives each of two customers the external ids that it has now, all of which the first one had until now. Those that others have meanwhile are taken out of both and
// returned.
func (s *Store) SplitIDs(ctx context.Context, a, b *Customer) ([]contact.ExternalID, error) {
	var systems, ids []string
	for _, e := range append(append([]contact.ExternalID(nil), a.ExternalIDs...), b.ExternalIDs...) {
		systems, ids = append(systems, e.System), append(ids, e.ID)
	}
	var rows []struct {
		System string `db:"system"`
		ID     string `db:"external_id"`
	}
	if err := s.db.Select(ctx, &rows, takenIDs, pq.Array([]uuid.UUID{a.ID, b.ID}), pq.Array(systems), pq.Array(ids)); err != nil {
		return nil, err
	}
	kept := map[contact.ExternalID]bool{}
	out := make([]contact.ExternalID, len(rows))
	for i, r := range rows {
		out[i] = contact.ExternalID{System: r.System, ID: r.ID}
		kept[out[i]] = true
	}
	for _, c := range []*Customer{b, a} {
		c.ExternalIDs = freeOf(c.ExternalIDs, kept)
		if _, err := s.db.NamedExec(ctx, backIDs, newWritten(c, history.Record{})); err != nil {
			return nil, err
		}
	}
	_, err := s.db.NamedExec(ctx, dropIDs, newWritten(a, history.Record{}))
	return out, err
}

func freeOf(ids []contact.ExternalID, kept map[contact.ExternalID]bool) []contact.ExternalID {
	var out []contact.ExternalID
	for _, id := range ids {
		if !kept[id] {
			out = append(out, id)
		}
	}
	return out
}

// state is what facts make of a customer. What another system says of a customer that was merged into this one fills what is empty, and changes nothing else: the two
// systems would else undo each other's word with every import.
func state(ctx context.Context, id uuid.UUID, before, facts *profilev1.Customer) (*profilev1.Customer, error) {
	if !alias.Via(ctx, id).Valid {
		out := proto.CloneOf(before)
		return out, mask.Apply("customer", out, facts, nil, auth.From(ctx).Level)
	}
	said := &profilev1.Customer{Kind: before.GetKind()} // which cannot be changed
	if err := mask.Apply("customer", said, facts, nil, auth.From(ctx).Level); err != nil {
		return nil, err
	}
	return blend.Join(before, said), nil
}

// learn keeps what another system says of a customer that was merged into this one, for the day when that is taken back.
func (in *intake) learn(ctx context.Context, id uuid.UUID, facts *profilev1.Customer) error {
	via := alias.Via(ctx, id)
	if !via.Valid {
		return nil
	}
	return blend.Learn(ctx, in.store.db, via.UUID, func(own *profilev1.Customer) error {
		if err := mask.Apply("customer", own, facts, nil, auth.From(ctx).Level); err != nil {
			return err
		}
		own.AlternativeNames = slices.DeleteFunc(own.AlternativeNames, func(name string) bool { return name == own.GetDisplayName() || name == own.GetLegalName() })
		return nil
	})
}
