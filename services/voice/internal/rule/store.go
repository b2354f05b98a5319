package rule

import (
	"context"
	"fmt"
	"sync"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/calendar"
	"github.com/guanxi-crm/guanxi/services/voice/internal/versioned"
)

// Store keeps rules.
type Store struct {
	*versioned.Store[Rule]

	Calendars *calendar.Store
	db        *postgres.DB

	mu   sync.Mutex
	book Book // as of the mark
	mark mark
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store {
	s := &Store{db: db, Calendars: calendar.NewStore(db, now)}
	s.Store = versioned.New(db, now, versioned.Kind[Rule]{
		Collection: Collection, Field: "response_rule", Called: fault.Text{En: "rule", Zh: "规定"},
		Records: "response_rules", Versions: "response_rule_versions", ID: "rule_id",
		Head:   func(r *Rule) *versioned.Head { return &r.Head },
		Body:   func(r *Rule) proto.Message { return r.body() },
		Read:   read,
		Check:  (*Rule).Check,
		Insert: s.insertVersion,
		Event: func(r *Rule, fields []string) proto.Message {
			return &voicev1.ResponseRuleChanged{ResponseRule: Name(r.ID), Code: r.Code, Version: r.Version, Fields: fields, Active: r.Active}
		},
		Shipped: Shipped,
	})
	return s
}

func read(head versioned.Head, body []byte) (*Rule, error) {
	kept := &voicev1.ResponseRule{}
	// A field of a newer release that shares the database is passed over.
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(body, kept); err != nil {
		return nil, fmt.Errorf("rule: body of %s: %w", head.ID, err)
	}
	r := &Rule{}
	for i, name := range r.set(kept) {
		ids, err := resource.Parse("calendar", name, calendar.Collection)
		if err != nil {
			return nil, fmt.Errorf("rule: calendar of %s: %s", head.ID, err) //nolint:errorlint // ours to mend, not a caller's INVALID_ARGUMENT
		}
		r.Targets[i].Calendar = ids[0]
	}
	r.Head = head
	return r, nil
}

const insertVersion = `insert into response_rule_versions (rule_id, version, body, active, priority, author, create_time) values ($1, $2, $3, $4, $5, $6, $7)`

func (s *Store) insertVersion(ctx context.Context, r *Rule, body string) error {
	_, err := s.db.Exec(ctx, insertVersion, r.ID, r.Version, body, r.Active, r.Priority, r.Author, r.CreateTime)
	return err
}

// mark tells whether rules have changed: versions are only ever added.
type mark struct {
	Rules    int64 `db:"rules"`
	Versions int64 `db:"versions"`
}

const selectMark = `select count(*) as rules, coalesce(sum(version), 0) as versions from response_rules`

// Book are the rules as they are now. They are read again only after one has changed.
func (s *Store) Book(ctx context.Context) (Book, error) {
	if err := s.Ship(ctx); err != nil {
		return nil, err
	}
	var m mark
	if err := s.db.Get(ctx, &m, selectMark); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.book != nil && s.mark == m {
		return s.book, nil
	}
	rules, err := s.Select(ctx, "v.active")
	if err != nil {
		return nil, err
	}
	s.book, s.mark = NewBook(rules), m
	return s.book, nil
}
