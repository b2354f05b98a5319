package merge

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/seal"
	"github.com/guanxi-crm/guanxi/services/profile/internal/person"
)

// tighten lets the stricter consent of two people who are one hold for both. All of them are the survivor's by now.
func (s *Store) tighten(ctx context.Context, merge, customer uuid.UUID, twins []person.Twin) error {
	for _, t := range twins {
		for _, pair := range [][2]uuid.UUID{{t.Ours, t.Theirs}, {t.Theirs, t.Ours}} {
			if err := s.tightenOne(ctx, merge, customer, pair[0], pair[1]); err != nil {
				return err
			}
		}
	}
	return nil
}

// What was before is kept also where nothing had to be changed: an earlier merge may have changed it, and be taken back before this one.
const insertConsent = `insert into merge_consents (merge_id, person_id, medium, purpose, before, after) values ($1, $2, $3, $4, $5, $6) on conflict do nothing`

// tightenOne takes the refusals of one person over to another.
func (s *Store) tightenOne(ctx context.Context, merge, customer, from, to uuid.UUID) error {
	strict, err := s.people.Get(ctx, customer, from)
	if err != nil {
		return err
	}
	other, err := s.people.Get(ctx, customer, to)
	if err != nil {
		return err
	}
	for _, c := range strict.Consents {
		if c.State != person.Denied {
			continue
		}
		own := other.Consent(c.Medium, c.Purpose)
		after := c
		if own != nil && own.State == person.Denied {
			after = *own
		}
		if err := s.keepConsent(ctx, merge, to, own, &after); err != nil {
			return err
		}
		if own != nil && own.State == person.Denied {
			continue
		}
		if err := s.setConsent(ctx, customer, to, c, &after); err != nil {
			return err
		}
	}
	return nil
}

// The uses that consents are sealed for.
const (
	forBefore = "merge_consents.before"
	forAfter  = "merge_consents.after"
)

// keepConsent keeps what a person had said, if anything, and holds to now.
func (s *Store) keepConsent(ctx context.Context, merge, id uuid.UUID, before, after *person.Consent) error {
	key, err := s.box.Key(ctx, id)
	if err != nil {
		return err
	}
	was, errWas := json.Marshal(before)
	is, errIs := json.Marshal(after)
	if err := errors.Join(errWas, errIs); err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, insertConsent, merge, id, after.Medium, after.Purpose, key.Seal(forBefore, was), key.Seal(forAfter, is))
	return err
}

// setConsent makes what a person has said of the medium and purpose of one consent another one.
func (s *Store) setConsent(ctx context.Context, customer, id uuid.UUID, of person.Consent, c *person.Consent) error {
	_, err := s.people.Update(ctx, customer, id, "", func(p *person.Person) error {
		p.SetConsent(of.Medium, of.Purpose, c)
		return nil
	})
	return err
}

const (
	selectConsents = `select person_id, medium, purpose, before, after from merge_consents where merge_id = $1 order by person_id, medium, purpose`
	// The next merge that asks for the same strictness.
	selectHeir = `select c.merge_id from merge_consents c join merges m on m.merge_id = c.merge_id
		join merges gone on gone.merge_id = $1 and gone.survivor_id = m.survivor_id and gone.survivor_version < m.survivor_version
		where c.person_id = $2 and c.medium = $3 and c.purpose = $4 and m.unmerge_time is null
		order by m.survivor_version limit 1`
	bequeath       = `update merge_consents set before = $5 where merge_id = $1 and person_id = $2 and medium = $3 and purpose = $4`
	personThere    = `select exists (select from people where customer_id = $1 and person_id = $2)`
	deleteConsents = `delete from merge_consents where merge_id = $1`
)

type keptConsent struct {
	PersonID uuid.UUID `db:"person_id"`
	Medium   int32     `db:"medium"`
	Purpose  int32     `db:"purpose"`
	Before   []byte    `db:"before"`
	After    []byte    `db:"after"`
}

// open says what the person had said, nil for nothing, and what he was held to.
func (k keptConsent) open(key seal.Key) (before, after *person.Consent, err error) {
	was, errWas := key.Open(forBefore, k.Before)
	is, errIs := key.Open(forAfter, k.After)
	if err := errors.Join(errWas, errIs); err != nil {
		return nil, nil, err
	}
	return before, after, errors.Join(json.Unmarshal(was, &before), json.Unmarshal(is, &after))
}

// loosen takes back what tighten did, where nobody has said something else since and no later merge asks for the same. The people are the survivor's still.
func (s *Store) loosen(ctx context.Context, merge, customer uuid.UUID) error {
	var rows []keptConsent
	if err := s.db.Select(ctx, &rows, selectConsents, merge); err != nil {
		return err
	}
	for _, r := range rows {
		if err := s.loosenOne(ctx, merge, customer, r); err != nil {
			return err
		}
	}
	_, err := s.db.Exec(ctx, deleteConsents, merge)
	return err
}

func (s *Store) loosenOne(ctx context.Context, merge, customer uuid.UUID, r keptConsent) error {
	var heir uuid.UUID
	err := s.db.Get(ctx, &heir, selectHeir, merge, r.PersonID, r.Medium, r.Purpose)
	if err == nil {
		_, err = s.db.Exec(ctx, bequeath, heir, r.PersonID, r.Medium, r.Purpose, r.Before)
		return err
	}
	if !errors.Is(err, postgres.ErrNoRows) {
		return err
	}
	var there bool
	if err := s.db.Get(ctx, &there, personThere, customer, r.PersonID); err != nil || !there {
		return err
	}
	key, err := s.box.Key(ctx, r.PersonID)
	if err != nil {
		return err
	}
	before, after, err := r.open(key)
	if err != nil {
		return err
	}
	p, err := s.people.Get(ctx, customer, r.PersonID)
	if err != nil || !sameConsent(p.Consent(r.Medium, r.Purpose), after) {
		return err
	}
	return s.setConsent(ctx, customer, r.PersonID, *after, before)
}

func sameConsent(a, b *person.Consent) bool {
	if a == nil || b == nil {
		return a == b
	}
	one, other := *a, *b
	sameTime := (one.Time == nil) == (other.Time == nil) && (one.Time == nil || one.Time.Equal(*other.Time))
	one.Time, other.Time = nil, nil
	return sameTime && reflect.DeepEqual(one, other)
}
