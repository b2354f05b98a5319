package rule

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/calendar"
)

// Store keeps rules.
type Store struct {
	db        *postgres.DB
	now       func() time.Time
	Calendars *calendar.Store
	shipped   atomic.Bool // what is shipped is known to be stored

	mu   sync.Mutex
	book Book // as of the mark
	mark mark
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store {
	return &Store{db: db, now: now, Calendars: calendar.NewStore(db, now)}
}

const (
	columns  = `r.rule_id, r.code, v.version, v.body, v.author, v.create_time`
	newest   = `response_rules r join response_rule_versions v on v.rule_id = r.rule_id and v.version = r.version`
	versions = `response_rules r join response_rule_versions v on v.rule_id = r.rule_id`
)

type row struct {
	ID         uuid.UUID `db:"rule_id"`
	Code       string    `db:"code"`
	Version    int32     `db:"version"`
	Body       string    `db:"body"`
	Author     string    `db:"author"`
	CreateTime time.Time `db:"create_time"`
	listing.Cursor
}

func (w *row) rule() (*Rule, error) {
	body := &voicev1.ResponseRule{}
	// A field of a newer release that shares the database is passed over.
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal([]byte(w.Body), body); err != nil {
		return nil, fmt.Errorf("rule: body of %s: %w", w.ID, err)
	}
	r := &Rule{ID: w.ID, Version: w.Version, Author: w.Author, CreateTime: w.CreateTime}
	for i, name := range r.set(body) {
		ids, err := resource.Parse("calendar", name, calendar.Collection)
		if err != nil {
			return nil, fmt.Errorf("rule: calendar of %s: %s", w.ID, err) //nolint:errorlint // ours to mend, not a caller's INVALID_ARGUMENT
		}
		r.Targets[i].Calendar = ids[0]
	}
	r.Code = w.Code
	return r, nil
}

const (
	selectNewest  = `select ` + columns + ` from ` + newest + ` where r.rule_id = $1`
	selectVersion = `select ` + columns + ` from ` + versions + ` where r.rule_id = $1 and v.version = $2`
	idOf          = `select rule_id from response_rules where code = $1`
)

// Get reads a version of a rule; 0 is the newest.
func (s *Store) Get(ctx context.Context, id uuid.UUID, version int32) (*Rule, error) {
	if err := s.Ship(ctx); err != nil {
		return nil, err
	}
	var r row
	var err error
	if version == 0 {
		err = s.db.Get(ctx, &r, selectNewest, id)
	} else {
		err = s.db.Get(ctx, &r, selectVersion, id, version)
	}
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, fault.NotFound(Name(id))
	}
	if err != nil {
		return nil, err
	}
	return r.rule()
}

// Find reads the id out of a name, responseRules/{id} or responseRules/{code}. One that is not there is NOT_FOUND.
func (s *Store) Find(ctx context.Context, field, name string) (id uuid.UUID, err error) {
	text, ok := strings.CutPrefix(name, Collection+"/")
	if id, err := uuid.Parse(text); ok && err == nil && id != uuid.Nil && id.String() == text {
		return id, nil
	}
	if !ok || !calendar.Code(text) {
		return uuid.Nil, fault.Invalid(fault.Field(field, "RESOURCE_NAME", fault.Text{
			En: "must be responseRules/{id} with an id or a code", Zh: "必须是 responseRules/{id} 形式的资源名，id 为标识或代码",
		}))
	}
	if err := s.Ship(ctx); err != nil {
		return uuid.Nil, err
	}
	err = s.db.Get(ctx, &id, idOf, text)
	if errors.Is(err, postgres.ErrNoRows) {
		return uuid.Nil, fault.NotFound(name)
	}
	return id, err
}

// mark tells whether rules have changed: versions are only ever added.
type mark struct {
	Rules    int64 `db:"rules"`
	Versions int64 `db:"versions"`
}

const (
	selectMark = `select count(*) as rules, coalesce(sum(version), 0) as versions from response_rules`
	selectAll  = `select ` + columns + ` from ` + newest + ` where v.active`
)

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
	var rows []row
	if err := s.db.Select(ctx, &rows, selectAll); err != nil {
		return nil, err
	}
	rules := make([]*Rule, len(rows))
	for i := range rows {
		var err error
		if rules[i], err = rows[i].rule(); err != nil {
			return nil, err
		}
	}
	s.book, s.mark = NewBook(rules), m
	return s.book, nil
}

// List reads a page of the rules in their newest versions.
func (s *Store) List(ctx context.Context, plan *listing.Plan) ([]*Rule, string, error) {
	if err := s.Ship(ctx); err != nil {
		return nil, "", err
	}
	query, args := plan.Query(columns, newest, "true")
	return s.page(ctx, plan, query, args)
}

// Versions reads a page of the versions of a rule.
func (s *Store) Versions(ctx context.Context, plan *listing.Plan, id uuid.UUID) ([]*Rule, string, error) {
	query, args := plan.Query(columns, versions, "r.rule_id = $1", id)
	return s.page(ctx, plan, query, args)
}

func (s *Store) page(ctx context.Context, plan *listing.Plan, query string, args []any) ([]*Rule, string, error) {
	var rows []row
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	if err != nil {
		return nil, "", err
	}
	out := make([]*Rule, len(rows))
	for i := range rows {
		if out[i], err = rows[i].rule(); err != nil {
			return nil, "", err
		}
	}
	return out, next, nil
}
