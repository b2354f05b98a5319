package versioned

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// Kind says what is kept, and where: in a table of the records (with the columns code, version, sequence, create_time) and one of their versions (version, body, author,
// create_time), both with the same column of the id.
type Kind[T any] struct {
	Collection string     // of the resource names
	Field      string     // that requests have one in
	Called     fault.Text // what one is called
	Records    string
	Versions   string
	ID         string

	Head func(*T) *Head
	Body func(*T) proto.Message
	// Read is the record of a version, whose Body was kept as JSON.
	Read func(Head, []byte) (*T, error)
	// Check finds what a record must not be, in fields of its own.
	Check func(*T) []fault.Violation
	// Insert stores the version that the record is now, with the body as JSON.
	Insert func(ctx context.Context, record *T, body string) error
	Event  func(record *T, fields []string) proto.Message
	// Shipped are the records of a new installation; what a later release ships does not change them.
	Shipped func() []*T
}

// Store keeps the records of a kind.
type Store[T any] struct {
	kind    Kind[T]
	db      *postgres.DB
	now     func() time.Time
	shipped atomic.Bool // what is shipped is known to be stored
	sql     statements
}

// statements are those of a kind.
type statements struct {
	newest, version, idOf            string
	insert, stored                   string
	lock, advance, announce          string
	columns, fromNewest, fromVersion string
}

// New makes the store of a kind.
func New[T any](db *postgres.DB, now func() time.Time, k Kind[T]) *Store[T] {
	columns := `r.` + k.ID + ` as id, r.code, v.version, v.body, v.author, v.create_time`
	versions := k.Records + ` r join ` + k.Versions + ` v on v.` + k.ID + ` = r.` + k.ID
	newest := versions + ` and v.version = r.version`
	return &Store[T]{kind: k, db: db, now: now, sql: statements{
		newest:  `select ` + columns + ` from ` + newest + ` where r.` + k.ID + ` = $1`,
		version: `select ` + columns + ` from ` + versions + ` where r.` + k.ID + ` = $1 and v.version = $2`,
		idOf:    `select ` + k.ID + ` from ` + k.Records + ` where code = $1`,
		insert:  `insert into ` + k.Records + ` (` + k.ID + `, code, version, create_time) values ($1, $2, 1, $3) on conflict do nothing`,
		stored:  `select count(*) from ` + k.Records + ` where ` + k.ID + ` = any($1)`,
		lock:    `select version from ` + k.Records + ` where ` + k.ID + ` = $1 for no key update`,
		advance: `update ` + k.Records + ` set version = $2 where ` + k.ID + ` = $1`,
		announce: `with bumped as (
			update ` + k.Records + ` set sequence = sequence + 1 where ` + k.ID + ` = :aggregate_id returning ` + k.ID + ` as aggregate_id, sequence as version
		)` + events.Insert,
		columns: columns, fromNewest: newest, fromVersion: versions,
	}}
}

// name is the resource name of a record.
func (k Kind[T]) name(id uuid.UUID) string { return resource.Name(k.Collection, id) }
