package seal

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// ErrNoKey says that there is no key of this person: it was destroyed, or there never was one.
var ErrNoKey = errors.New("seal: the person has no key")

// Box seals and opens with the keys that are kept in a service's database, of which it asks that there be a table
//
//	vault.person_keys (person_id uuid, wrapped bytea, wrapped_by text, ...)
type Box struct {
	*Keys
	db *postgres.DB
}

// NewBox makes a box.
func NewBox(db *postgres.DB, keys *Keys) *Box { return &Box{Keys: keys, db: db} }

const (
	selectKeys = `select person_id, wrapped, wrapped_by from vault.person_keys where person_id = any($1)`
	destroy    = `delete from vault.person_keys where person_id = any($1)`
)

// Of gives the keys of people, of those who have one.
func (b *Box) Of(ctx context.Context, people []uuid.UUID) (map[uuid.UUID]Key, error) {
	keys := make(map[uuid.UUID]Key, len(people))
	if len(people) == 0 {
		return keys, nil
	}
	var rows []Wrapped
	if err := b.db.Select(ctx, &rows, selectKeys, pq.Array(people)); err != nil {
		return nil, err
	}
	for _, row := range rows {
		key, err := b.Unwrap(row)
		if err != nil {
			return nil, err
		}
		keys[row.Person] = key
	}
	return keys, nil
}

// Key is that of one person, else ErrNoKey.
func (b *Box) Key(ctx context.Context, person uuid.UUID) (Key, error) {
	keys, err := b.Of(ctx, []uuid.UUID{person})
	if err != nil {
		return Key{}, err
	}
	if key := keys[person]; key.Valid() {
		return key, nil
	}
	return Key{}, ErrNoKey
}

// Seal seals for one use under a person's key, else ErrNoKey.
func (b *Box) Seal(ctx context.Context, person uuid.UUID, use string, plain []byte) ([]byte, error) {
	key, err := b.Key(ctx, person)
	if err != nil {
		return nil, err
	}
	return key.Seal(use, plain), nil
}

// Open opens what Seal sealed, else ErrNoKey or ErrUnreadable.
func (b *Box) Open(ctx context.Context, person uuid.UUID, use string, sealed []byte) ([]byte, error) {
	key, err := b.Key(ctx, person)
	if err != nil {
		return nil, err
	}
	return key.Open(use, sealed)
}

// Destroy destroys the keys of people, in the caller's transaction. It is not taken back.
func (b *Box) Destroy(ctx context.Context, people ...uuid.UUID) error {
	_, err := b.db.Exec(ctx, destroy, pq.Array(people))
	return err
}

// forHistory is the use of what changed, as the history keeps it.
const forHistory = "history"

type envelope struct {
	Sealed []byte `json:"sealed"`
}

// SealHistory seals the fields of an entry of the history: JSON in, JSON out. An entry without fields stays as it is.
func (k Key) SealHistory(fields string) (string, error) {
	if fields == "[]" {
		return fields, nil
	}
	out, err := json.Marshal(envelope{Sealed: k.Seal(forHistory, []byte(fields))})
	return string(out), err
}

// Entry is one of the history, to be opened.
type Entry struct {
	Resource string
	Fields   json.RawMessage
}

// OpenHistory opens the fields of entries that are sealed. Of a person whose key was destroyed there are none left.
func (b *Box) OpenHistory(ctx context.Context, entries []*Entry) error {
	of := map[*Entry]uuid.UUID{}
	var people []uuid.UUID
	for _, e := range entries {
		if len(e.Fields) == 0 || e.Fields[0] != '{' {
			continue
		}
		id, ok := PersonIn(e.Resource)
		if !ok {
			return errors.New("seal: a sealed entry of the history is of no person: " + e.Resource)
		}
		of[e], people = id, append(people, id)
	}
	keys, err := b.Of(ctx, people)
	if err != nil {
		return err
	}
	for e, id := range of {
		if e.Fields, err = keys[id].openHistory(e.Fields); err != nil {
			return err
		}
	}
	return nil
}

// PersonIn is the person that a resource name is of, or is below: customers/{customer}/people/{person}/...
func PersonIn(name string) (uuid.UUID, bool) {
	_, rest, _ := strings.Cut(name, "/people/")
	id, _, _ := strings.Cut(rest, "/")
	person, err := uuid.Parse(id)
	return person, err == nil
}

func (k Key) openHistory(fields json.RawMessage) (json.RawMessage, error) {
	if !k.Valid() {
		return json.RawMessage("[]"), nil
	}
	var sealed envelope
	if err := json.Unmarshal(fields, &sealed); err != nil {
		return nil, err
	}
	return k.Open(forHistory, sealed.Sealed)
}
