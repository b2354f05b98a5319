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

const updatePerson = aggregate.Bump + `, person as (
	update people set revision = revision + 1, display_name = :display_name, position = :position, department = :department, reports_to = :reports_to,
		senior = :senior, channels = :channels, language = :language, birthday = :birthday, special_dates = :special_dates, hobbies = :hobbies,
		family = :family, consents = :consents, external_ids = :external_ids, external_keys = :external_keys, update_time = :update_time
	from bumped
	where customer_id = aggregate_id and person_id = :person_id
), ` + history.Write

// A person who becomes senior, or is no longer, takes his history along.
const moveHistory = `update changes set level = $3 where aggregate_id = $1 and resource = $2`

// Update lets change alter a person and stores what came of it with its history and event.
func (s *Store) Update(ctx context.Context, customerID, id uuid.UUID, tag string, change func(*Person) error) (*Person, error) {
	var p *Person
	err := s.locked(ctx, customerID, id, tag, func(ctx context.Context, found *Person) error {
		p = found
		before, senior, superior := ToProto(p), p.Senior, p.ReportsTo
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
			if _, err := s.db.Exec(ctx, moveHistory, customerID, Name(customerID, id), int32(p.level())); err != nil {
				return err
			}
		}
		return s.checkOthers(ctx, p, superior)
	})
	if err != nil {
		return nil, err
	}
	return p, s.hideSuperiors(ctx, []*Person{p})
}

const deletePerson = aggregate.Bump + `, person as (
	delete from people using bumped where customer_id = aggregate_id and person_id = :person_id
), ` + history.Write

// What a history tells of a person who was removed: that it happened, not what it said of him.
const forgetHistory = `update changes set fields = '[]' where aggregate_id = $1 and resource = $2`

// Delete removes a person for good.
func (s *Store) Delete(ctx context.Context, customerID, id uuid.UUID, tag string) error {
	return s.locked(ctx, customerID, id, tag, func(ctx context.Context, p *Person) error {
		record, err := deleted(ctx, s.now(), p)
		if err != nil {
			return err
		}
		if err := s.write(ctx, deletePerson, p, record); err != nil {
			return err
		}
		_, err = s.db.Exec(ctx, forgetHistory, customerID, Name(customerID, id))
		return err
	})
}

func (s *Store) write(ctx context.Context, statement string, p *Person, record history.Record) error {
	result, err := s.db.NamedExec(ctx, statement, newWritten(ctx, p, record))
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
