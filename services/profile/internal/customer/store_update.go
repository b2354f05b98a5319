package customer

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/alias"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/services/profile/internal/blend"
	"github.com/guanxi-crm/guanxi/services/profile/internal/contact"
)

const (
	lockedColumns = columns + `, exists (select from merges m where m.survivor_id = customers.customer_id and m.unmerge_time is null) as blended`
	lockCustomer  = `select ` + lockedColumns + ` from customers where customer_id = $1 and guanxi_covers(territory, $2) for update`
)

const bump = `update customers set sequence = sequence + 1, revision = revision + 1, update_time = :update_time`

const updateCustomer = `with bumped as (
	` + bump + `, ` + setFields + `
	where customer_id = :customer_id
	returning customer_id as aggregate_id, sequence as version
), ` + history.Write

const setFields = `display_name = :display_name, relations = :relations, legal_name = :legal_name, alternative_names = :alternative_names,
		registration_number = :registration_number, industry = :industry, employee_count = :employee_count, territory = :territory, owner = :owner,
		source = :source, tags = :tags, attributes = :attributes, addresses = :addresses, channels = :channels, external_ids = :external_ids,
		time_zone = :time_zone, language = :language, words = cast(:words as tsvector)`

// Update lets change alter a customer and stores what came of it with its history and event. An alteration that makes no difference is not stored.
func (s *Store) Update(ctx context.Context, id uuid.UUID, tag string, change func(*Customer) error) (*Customer, error) {
	return s.locked(ctx, id, tag, func(ctx context.Context, c *Customer) error {
		if c.DeleteTime != nil {
			return gone(c)
		}
		before, stored, parent := ToProto(c), c.Attributes, c.Parent
		ids := c.ExternalIDs
		if err := change(c); err != nil {
			return err
		}
		if err := s.check(ctx, c, stored); err != nil {
			return err
		}
		now := s.now()
		record, differs, err := changed(ctx, now, before, c)
		if err != nil || !differs {
			return err
		}
		if err := s.moveParent(ctx, c, parent); err != nil {
			return err
		}
		c.Revision++
		c.UpdateTime = now
		if _, err := s.db.NamedExec(ctx, updateCustomer, newWritten(c, record)); err != nil {
			return err
		}
		if err := s.replaceIDs(ctx, c, ids); err != nil {
			return err
		}
		return blend.Edited(ctx, s.db, id, c.Blended, before, ToProto(c))
	})
}

// gone says why a customer takes no changes.
func gone(c *Customer) error {
	if c.MergedInto.Valid {
		return aggregate.MergedError(c.ID)
	}
	return aggregate.GoneError(c.ID)
}

const deleteCustomer = `with bumped as (
	` + bump + `, delete_time = :update_time, purge_time = :purge_time
	where customer_id = :customer_id
	returning customer_id as aggregate_id, sequence as version
), ` + history.Write

// Delete marks a customer as deleted.
func (s *Store) Delete(ctx context.Context, id uuid.UUID, tag string) (*Customer, error) {
	return s.locked(ctx, id, tag, func(ctx context.Context, c *Customer) error {
		if c.DeleteTime != nil {
			return gone(c)
		}
		numbers, err := s.settings.Current(ctx)
		if err != nil {
			return err
		}
		now := s.now()
		purge := now.AddDate(0, 0, int(numbers.GetDeletedCustomerDays()))
		c.DeleteTime, c.PurgeTime = &now, &purge
		record, err := deleted(ctx, now, c)
		if err != nil {
			return err
		}
		return s.bump(ctx, c, deleteCustomer, record)
	})
}

const undeleteCustomer = `with bumped as (
	` + bump + `, delete_time = null, purge_time = null
	where customer_id = :customer_id
	returning customer_id as aggregate_id, sequence as version
), ` + history.Write

// Undelete takes a deletion back.
func (s *Store) Undelete(ctx context.Context, id uuid.UUID, tag string) (*Customer, error) {
	return s.locked(ctx, id, tag, func(ctx context.Context, c *Customer) error {
		if c.DeleteTime == nil {
			return fault.New(codes.FailedPrecondition, "NOT_DELETED", fault.Text{En: aggregate.Name(id) + " is not deleted", Zh: aggregate.Name(id) + " 未被删除"})
		}
		if c.MergedInto.Valid {
			return aggregate.MergedError(id)
		}
		c.DeleteTime, c.PurgeTime = nil, nil
		record, err := undeleted(ctx, s.now(), c)
		if err != nil {
			return err
		}
		return s.bump(ctx, c, undeleteCustomer, record)
	})
}

func (s *Store) bump(ctx context.Context, c *Customer, statement string, record history.Record) error {
	c.Revision++
	c.UpdateTime = record.Time
	_, err := s.db.NamedExec(ctx, statement, written{row: newRow(c), Record: record})
	return err
}

// locked reads a customer and keeps others from changing it until fn is done and committed.
func (s *Store) locked(ctx context.Context, id uuid.UUID, tag string, fn func(context.Context, *Customer) error) (*Customer, error) {
	var c *Customer
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		var err error
		if c, err = s.read(ctx, lockCustomer, id); err != nil {
			return err
		}
		if err := etag.Check(tag, c.Revision, aggregate.Name(id)); err != nil {
			return err
		}
		return fn(ctx, c)
	})
	if err != nil {
		return nil, err
	}
	return c, s.hideParents(ctx, c)
}

const (
	dropIDs = `delete from customer_external_ids where customer_id = :customer_id
		and (system, external_id) not in (select k.system, k.id from unnest(cast(:id_systems as text[]), cast(:id_values as text[])) as k (system, id))`
	addIDs = `insert into customer_external_ids (system, external_id, customer_id, via)
		select system, external_id, cast(:customer_id as uuid), cast(:via as uuid)
		from unnest(cast(:id_systems as text[]), cast(:id_values as text[])) as given (system, external_id)
		where not exists (select 1 from customer_external_ids k
			where k.system = given.system and k.external_id = given.external_id and k.customer_id = :customer_id)`
)

func (s *Store) replaceIDs(ctx context.Context, c *Customer, before []contact.ExternalID) error {
	if slices.Equal(before, c.ExternalIDs) {
		return nil
	}
	w := newWritten(c, history.Record{})
	w.Via = alias.Via(ctx, c.ID)
	if _, err := s.db.NamedExec(ctx, dropIDs, w); err != nil {
		return err
	}
	_, err := s.db.NamedExec(ctx, addIDs, w)
	return taken(err)
}
