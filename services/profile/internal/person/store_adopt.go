package person

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/seal"
)

// adoptChunk is how many people are sealed in one transaction.
const adoptChunk = 200

const (
	selectPlain = `select customer_id, person_id, plain from people where plain is not null order by customer_id, person_id limit $1 for update skip locked`

	keepKey = `insert into vault.person_keys (person_id, wrapped, wrapped_by, name_blind, blinds, days) values ($1, $2, $3, $4, $5, $6)`

	sealPlain = `update people set sealed = $3, plain = null where customer_id = $1 and person_id = $2`

	selectPlainHistory = `select version, fields from changes
		where aggregate_id = $1 and resource = $2 and jsonb_typeof(fields) = 'array' and fields <> '[]'`

	sealPlainHistory = `update changes set fields = $3 where aggregate_id = $1 and version = $2`

	// Answers from before tell of people in plain. Who repeats a call of that day does it again.
	dropPlainAnswers = `delete from requests where method like '/guanxi.profile.v1.Person%'`

	// Whoever was erased after an older backup was made is in it, unreadable, and goes again.
	selectErased = `select p.customer_id, p.person_id, p.senior from people p join vault.erasures e on e.person_id = p.person_id
		order by p.customer_id, p.person_id limit $1 for update of p skip locked`
)

type plainRow struct {
	CustomerID uuid.UUID `db:"customer_id"`
	PersonID   uuid.UUID `db:"person_id"`
	Plain      []byte    `db:"plain"`
}

// Adopt makes ready to serve: it sees that the keys of people can be read, removes whom an older backup has brought back, and seals those who are from before people were
// sealed, with their history. Several instances may do it at once.
func (s *Store) Adopt(ctx context.Context) error {
	if err := s.box.Check(ctx); err != nil {
		return err
	}
	for _, some := range []func(context.Context) (int, error){s.eraseSome, s.adoptSome} {
		for {
			done, err := some(ctx)
			if err != nil {
				return err
			}
			if done == 0 {
				break
			}
		}
	}
	return nil
}

// eraseSome removes people again who were erased before, and announces it again: the others may have been restored from the same backup.
func (s *Store) eraseSome(ctx context.Context) (erased int, err error) {
	ctx = auth.With(events.WithCause(ctx, "retention"), auth.Principal{Territories: []string{auth.Anywhere}})
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		var people []Person
		if err := s.db.Select(ctx, &people, selectErased, adoptChunk); err != nil {
			return err
		}
		erased = len(people)
		for i := range people {
			if err := s.eraseAgain(ctx, &people[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return erased, err
}

func (s *Store) eraseAgain(ctx context.Context, p *Person) error {
	held, err := aggregate.Hold(ctx, s.db, []uuid.UUID{p.CustomerID})
	if err != nil {
		return err
	}
	record, err := erased(ctx, s.now(), p)
	if err != nil {
		return err
	}
	for _, statement := range []string{removePerson, forgetHistory} {
		if _, err := s.db.Exec(ctx, statement, p.CustomerID, p.ID); err != nil {
			return err
		}
	}
	if _, err := s.db.Exec(ctx, forgetMerges, p.ID); err != nil {
		return err
	}
	return aggregate.Record(ctx, s.db, held, []history.Record{record})
}

func (s *Store) adoptSome(ctx context.Context) (sealed int, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		var rows []plainRow
		if err := s.db.Select(ctx, &rows, selectPlain, adoptChunk); err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			if err := s.adopt(ctx, r); err != nil {
				return fmt.Errorf("seal person %s: %w", r.PersonID, err)
			}
		}
		sealed = len(rows)
		_, err := s.db.Exec(ctx, dropPlainAnswers)
		return err
	})
	return sealed, err
}

func (s *Store) adopt(ctx context.Context, r plainRow) error {
	var said said
	if err := json.Unmarshal(r.Plain, &said); err != nil {
		return err
	}
	key, wrapped, err := s.box.New(r.PersonID)
	if err != nil {
		return err
	}
	shut, err := said.shut(s.box.Keys, key)
	if err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, keepKey, r.PersonID, wrapped.Key, wrapped.By, shut.Name, shut.Blinds, shut.Days); err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, sealPlain, r.CustomerID, r.PersonID, shut.Sealed); err != nil {
		return err
	}
	return s.adoptHistory(ctx, r, key)
}

func (s *Store) adoptHistory(ctx context.Context, r plainRow, key seal.Key) error {
	var entries []struct {
		Version int64  `db:"version"`
		Fields  string `db:"fields"`
	}
	if err := s.db.Select(ctx, &entries, selectPlainHistory, r.CustomerID, Name(r.CustomerID, r.PersonID)); err != nil {
		return err
	}
	for _, e := range entries {
		fields, err := key.SealHistory(e.Fields)
		if err != nil {
			return err
		}
		if _, err := s.db.Exec(ctx, sealPlainHistory, r.CustomerID, e.Version, fields); err != nil {
			return err
		}
	}
	return nil
}
