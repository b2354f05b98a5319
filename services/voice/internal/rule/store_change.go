package rule

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

const (
	insertRule    = `insert into response_rules (rule_id, code, version, create_time) values ($1, $2, 1, $3) on conflict do nothing`
	insertVersion = `insert into response_rule_versions (rule_id, version, body, active, priority, author, create_time) values ($1, $2, $3, $4, $5, $6, $7)`
	stored        = `select exists (select from response_rules where rule_id = $1)`

	lock    = `select version from response_rules where rule_id = $1 for no key update`
	advance = `update response_rules set version = $2 where rule_id = $1`

	announce = `with bumped as (
		update response_rules set sequence = sequence + 1 where rule_id = :aggregate_id returning rule_id as aggregate_id, sequence as version
	)` + events.Insert
)

// Ship stores what a new installation has, once: what a later release ships does not change it. It does so apart from the caller's transaction, whose end does not matter to it.
func (s *Store) Ship(ctx context.Context) error {
	if s.shipped.Load() {
		return nil
	}
	ctx = s.db.Apart(ctx)
	all := Shipped()
	var there bool
	if err := s.db.Get(ctx, &there, stored, all[len(all)-1].ID); err != nil {
		return err
	}
	if there {
		s.shipped.Store(true)
		return nil
	}
	if err := s.Calendars.Ship(ctx); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context) error {
		for _, r := range all {
			r.CreateTime = s.now()
			if _, err := s.insert(ctx, r); err != nil {
				return err
			}
		}
		return nil
	})
}

// insert stores a new rule; it does not when its code or its id is taken.
func (s *Store) insert(ctx context.Context, r *Rule) (done bool, err error) {
	result, err := s.db.Exec(ctx, insertRule, r.ID, r.Code, r.CreateTime)
	if err != nil {
		return false, err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	return true, s.version(ctx, r)
}

func (s *Store) version(ctx context.Context, r *Rule) error {
	body, err := protojson.Marshal(r.body())
	if err != nil {
		return fmt.Errorf("rule: %w", err)
	}
	_, err = s.db.Exec(ctx, insertVersion, r.ID, r.Version, string(body), r.Active, r.Priority, r.Author, r.CreateTime)
	return err
}

// Create stores a rule as its first version.
func (s *Store) Create(ctx context.Context, r *Rule) (err error) {
	if err := s.Ship(ctx); err != nil {
		return err
	}
	if r.ID, err = uuid.NewV7(); err != nil {
		return err
	}
	r.Version, r.Author, r.CreateTime = 1, auth.From(ctx).Subject, s.now()
	return s.db.InTx(ctx, func(ctx context.Context) error {
		done, err := s.insert(ctx, r)
		if err != nil {
			return err
		}
		if !done {
			return fault.New(codes.AlreadyExists, "CODE_TAKEN", fault.Text{En: "there is a rule " + r.Code, Zh: "已有代码为 " + r.Code + " 的规定"})
		}
		return s.announce(ctx, r, r.CreateTime, nil)
	})
}

// Change makes what set makes of the newest version a new one; fields are those that set changed, none when nothing did.
func (s *Store) Change(ctx context.Context, id uuid.UUID, tag string, set func(ctx context.Context, r *Rule) (fields []string, err error)) (*Rule, error) {
	var changed *Rule
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, lock, id); err != nil {
			return err
		}
		r, err := s.Get(ctx, id, 0)
		if err != nil {
			return err
		}
		changed = r
		if err := etag.Check(tag, int64(r.Version), Name(id)); err != nil {
			return err
		}
		fields, err := set(ctx, r)
		if err != nil || len(fields) == 0 {
			return err
		}
		r.Version, r.Author, r.CreateTime = r.Version+1, auth.From(ctx).Subject, s.now()
		if err := s.version(ctx, r); err != nil {
			return err
		}
		if _, err := s.db.Exec(ctx, advance, id, r.Version); err != nil {
			return err
		}
		return s.announce(ctx, r, r.CreateTime, fields)
	})
	return changed, err
}

// announce writes the event under the rule's next number.
func (s *Store) announce(ctx context.Context, r *Rule, at time.Time, fields []string) error {
	e, err := events.New(ctx, at, r.ID, &voicev1.ResponseRuleChanged{ResponseRule: Name(r.ID), Code: r.Code, Version: r.Version, Fields: fields, Active: r.Active})
	if err != nil {
		return err
	}
	_, err = s.db.NamedExec(ctx, announce, struct {
		events.Event
		AggregateID uuid.UUID `db:"aggregate_id"`
	}{e, e.Aggregate})
	return err
}
