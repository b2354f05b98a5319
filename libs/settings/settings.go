// Package settings keeps the numbers that a service works by as versions that are never changed: the newest is in force, the first is the one that was shipped.
//
// A version is a message of the service's API. The service's database has for it, by a migration of the service, the table
//
//	create table settings (version integer primary key, body jsonb not null, author text not null, create_time timestamptz not null);
//
// whose body is the message as protobuf JSON without what the other columns say. Numbers that are unset in a body are zero; so a release that adds a number to the
// message comes with a migration that adds it to the stored bodies, for what an installation works by does not depend on which release reads it.
package settings

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Message is what a service's settings have beside its numbers. The store fills these fields in.
type Message interface {
	proto.Message
	// GetName is the resource name, such as "profileSettings": there is one per service.
	GetName() string
	// GetVersion counts from 1.
	GetVersion() int32
	// GetAuthor is who made the version, "" for the shipped one.
	GetAuthor() string
	// GetCreateTime is since when the version has been in force.
	GetCreateTime() *timestamppb.Timestamp
	GetEtag() string
}

// Store keeps the versions of one service's settings.
type Store[M Message] struct {
	db      *postgres.DB
	now     func() time.Time
	shipped M
	check   func(M) []fault.Violation
	table   string
	field   string
}

// NewStore makes a store. shipped has the resource's name and the numbers of version 1. It is stored when the settings are first asked for: what a later release
// ships counts for new installations only. check holds a version to the rules that the API's constraints cannot say: a partial update may leave a number out,
// a version may not. It names fields as they stand in the message.
func NewStore[M Message](db *postgres.DB, now func() time.Time, shipped M, check func(M) []fault.Violation) *Store[M] {
	return &Store[M]{db: db, now: now, shipped: shipped, check: check, table: "settings", field: "settings"}
}

// In makes the store one of further numbers of the service: kept in a table of that name, which is made like settings and has a primary key of the name
// <table>_pkey, and called by that field in the request that changes them. It is called once, before the store is used.
func (s *Store[M]) In(table, field string) *Store[M] {
	s.table, s.field = table, field
	return s
}

const columns = `version, body, author, create_time`

// Current is the version in force. It is one read by the primary key.
func (s *Store[M]) Current(ctx context.Context) (M, error) {
	return s.read(ctx, `select `+columns+` from `+s.table+` order by version desc limit 1`)
}

// At is the version that was in force at an instant; before the first one, the first.
func (s *Store[M]) At(ctx context.Context, instant time.Time) (M, error) {
	// Somebody may have asked for what was before there were settings: then as now the shipped ones counted.
	return s.read(ctx, `select `+columns+` from `+s.table+` where create_time <= $1 or version = 1 order by version desc limit 1`, instant)
}

func (s *Store[M]) read(ctx context.Context, query string, args ...any) (M, error) {
	var r row
	err := s.db.Get(ctx, &r, query, args...)
	if errors.Is(err, postgres.ErrNoRows) {
		if err = s.ship(ctx); err == nil {
			err = s.db.Get(ctx, &r, query, args...)
		}
	}
	if err != nil {
		return s.none(), err
	}
	return s.message(r)
}

func (s *Store[M]) insertVersion() string {
	return `insert into ` + s.table + ` (` + columns + `) values (:version, :body, :author, :create_time)`
}

// ship stores version 1, unless somebody else has just done so.
func (s *Store[M]) ship(ctx context.Context) error {
	first, err := s.row(s.shipped, 1, "")
	if err != nil {
		return err
	}
	_, err = s.db.NamedExec(ctx, s.insertVersion()+` on conflict do nothing`, first)
	return err
}
