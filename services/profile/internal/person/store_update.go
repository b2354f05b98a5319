package person

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
)

const updatePerson = aggregate.Bump + `, key as (
	update vault.person_keys set name_blind = cast(:name_blind as bytea), blinds = cast(:blinds as bytea[]), days = cast(:days as smallint[])
	from bumped
	where person_id = :person_id
), person as (
	update people set revision = revision + 1, position = :position, department = :department, reports_to = :reports_to, senior = :senior, language = :language,
		consents = :consents, sealed = :sealed, update_time = :update_time
	from bumped
	where customer_id = aggregate_id and person_id = :person_id
), ` + history.Write

// A person who becomes senior, or is no longer, takes his history along.
const moveHistory = `update changes set level = $3 where ` + historyOf

const (
	// historyOf is the history of the person $2 of the customer $1, also where it stands with a customer that this one was merged with and under that one's name.
	historyOf = `(aggregate_id in (select guanxi_kin($1)) and resource = 'customers/' || aggregate_id || '/people/' || cast($2 as uuid))`
	// historyBelow is that of what belongs to him.
	historyBelow = `(aggregate_id in (select guanxi_kin($1)) and resource like 'customers/' || aggregate_id || '/people/' || cast($2 as uuid) || '/%')`
)

// Update lets change alter a person and stores what came of it with its history and event.
func (s *Store) Update(ctx context.Context, customerID, id uuid.UUID, tag string, change func(*Person) error) (*Person, error) {
	var p *Person
	err := s.locked(ctx, customerID, id, tag, func(ctx context.Context, found *Person) error {
		p = found
		before, senior, superior, had, said := ToProto(p), p.Senior, p.ReportsTo, p.ExternalIDs, p.Consents
		if err := change(p); err != nil {
			return err
		}
		if wrong := p.Check(); len(wrong) > 0 {
			return fault.Prefix(fault.Invalid(wrong...), "person")
		}
		record, differs, err := changed(ctx, s.now(), before, p)
		if err != nil || !differs {
			return err
		}
		p.Revision++
		p.UpdateTime = record.Time
		if err := s.write(ctx, updatePerson, p, record); err != nil {
			return err
		}
		if senior != p.Senior {
			if _, err := s.db.Exec(ctx, moveHistory, customerID, id, int32(p.level())); err != nil {
				return err
			}
		}
		if err := s.followConsents(ctx, said, p); err != nil {
			return err
		}
		return s.checkOthers(ctx, p, superior, had)
	})
	if err != nil {
		return nil, err
	}
	return p, s.hideSuperiors(ctx, []*Person{p})
}

const deletePerson = aggregate.Bump + `, person as (
	delete from people using bumped where customer_id = aggregate_id and person_id = :person_id
), ` + history.Write

// Delete removes a person for good, with his key.
func (s *Store) Delete(ctx context.Context, customerID, id uuid.UUID, tag string) error {
	return s.locked(ctx, customerID, id, tag, func(ctx context.Context, p *Person) error {
		record, err := deleted(ctx, s.now(), p)
		if err != nil {
			return err
		}
		if err := s.write(ctx, deletePerson, p, record); err != nil {
			return err
		}
		return s.forget(ctx, p, &Erasure{PersonID: id, CustomerID: customerID, Basis: deletedOnly, Actor: record.Actor, Time: record.Time})
	})
}

func (s *Store) write(ctx context.Context, statement string, p *Person, record history.Record) error {
	w, err := s.newWritten(ctx, p, record)
	if err != nil {
		return err
	}
	result, err := s.db.NamedExec(ctx, statement, w)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, aggregate.Explain(ctx, s.db, p.CustomerID))
	}
	return nil
}

const lockPerson = selectPerson + ` for update of c`

// locked locks the customer, so that the people of one customer change one at a time: the rules over several of them need it.
func (s *Store) locked(ctx context.Context, customerID, id uuid.UUID, tag string, fn func(context.Context, *Person) error) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		p, err := s.read(ctx, lockPerson, customerID, id)
		if err != nil {
			return err
		}
		if err := etag.Check(tag, p.Revision, Name(customerID, id)); err != nil {
			return err
		}
		return fn(ctx, p)
	})
}
