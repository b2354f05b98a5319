package compliance

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// Store keeps rules, register and approvals.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

const (
	ruleColumns = `rule_id, jurisdiction, benefit, measure, currency, limit_amount, approval_above, effective_date, expire_date, label_en, label_zh, replaced, author, create_time`

	insertRule = `insert into compliance_rules (` + ruleColumns + `) values (:rule_id, :jurisdiction, :benefit, :measure, :currency, :limit_amount, :approval_above,
		:effective_date, :expire_date, :label_en, :label_zh, :replaced, :author, :create_time)`

	selectRules = `select ` + ruleColumns + ` from compliance_rules order by rule_id`
	selectRule  = `select ` + ruleColumns + ` from compliance_rules where rule_id = $1`
	endRule     = `update compliance_rules set expire_date = $2 where rule_id = $1`

	announceRule = `with bumped as (
		update compliance_rules set sequence = sequence + 1 where rule_id = :aggregate_id returning rule_id as aggregate_id, sequence as version
	)` + events.Insert
)

// utc puts the dates of the database into UTC, so that days can be compared.
func (r *Rule) utc() *Rule {
	r.Effective = midnight(r.Effective)
	if r.Expire != nil {
		day := midnight(*r.Expire)
		r.Expire = &day
	}
	return r
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// Rules are all rules, ended ones too.
func (s *Store) Rules(ctx context.Context) (Rules, error) {
	var all Rules
	if err := s.db.Select(ctx, &all, selectRules); err != nil {
		return nil, err
	}
	for _, r := range all {
		r.utc()
	}
	return all, nil
}

// Rule reads one.
func (s *Store) Rule(ctx context.Context, id uuid.UUID) (*Rule, error) {
	var r Rule
	err := s.db.Get(ctx, &r, selectRule, id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, fault.NotFound(resource.Name("complianceRules", id))
	}
	return r.utc(), err
}

// ListRules reads a page of the rules.
func (s *Store) ListRules(ctx context.Context, plan *listing.Plan) ([]*Rule, string, error) {
	query, args := plan.Query(ruleColumns, "compliance_rules", "")
	var rows []struct {
		Rule
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Rule, len(rows))
	for i := range rows {
		out[i] = rows[i].utc()
	}
	return out, next, err
}

// alone runs fn in a transaction in which nobody else writes rules: that no two limit the same on one day is judged over all of them.
func (s *Store) alone(ctx context.Context, fn func(ctx context.Context) error) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, `lock table compliance_rules in share row exclusive mode`); err != nil {
			return err
		}
		return fn(ctx)
	})
}

// CreateRule stores a rule, and ends the one that it replaces.
func (s *Store) CreateRule(ctx context.Context, r *Rule) error {
	var err error
	if r.ID, err = uuid.NewV7(); err != nil {
		return err
	}
	r.Author, r.CreateTime = auth.From(ctx).Subject, s.now()
	return s.alone(ctx, func(ctx context.Context) error {
		if r.Replaced.Valid {
			if err := s.replace(ctx, r); err != nil {
				return err
			}
		}
		all, err := s.Rules(ctx)
		if err != nil {
			return err
		}
		for _, o := range all {
			if o.same(r) && o.overlaps(r) {
				return fault.New(codes.FailedPrecondition, "OVERLAP", fault.Text{
					En: o.Name() + " limits the same in that time; name it in replaces", Zh: o.Name() + " 在该期间限制相同内容；请在 replaces 中指明",
				})
			}
		}
		if _, err := s.db.NamedExec(ctx, insertRule, r); err != nil {
			return err
		}
		return s.announceRule(ctx)(r.created(ctx))
	})
}

func (s *Store) replace(ctx context.Context, r *Rule) error {
	old, err := s.Rule(ctx, r.Replaced.UUID)
	if err != nil {
		return err
	}
	if !old.same(r) {
		return fault.Invalid(fault.Field("replaces", "OTHER", fault.Text{
			En: "is of another jurisdiction, benefit or measure", Zh: "的司法辖区、利益种类或限制方式不同",
		}))
	}
	return s.end(ctx, old, r.Effective)
}

// Retire ends a rule.
func (s *Store) Retire(ctx context.Context, id uuid.UUID, day time.Time) (r *Rule, err error) {
	err = s.alone(ctx, func(ctx context.Context) error {
		if r, err = s.Rule(ctx, id); err != nil {
			return err
		}
		return s.end(ctx, r, day)
	})
	return r, err
}

func (s *Store) end(ctx context.Context, r *Rule, day time.Time) error {
	if r.Expire != nil && !r.Expire.After(day) || !r.Effective.Before(day) && !day.Equal(r.Effective) {
		return fault.New(codes.FailedPrecondition, "RETIRED", fault.Text{En: r.Name() + " is not in force then", Zh: r.Name() + " 届时并不生效"})
	}
	r.Expire = &day
	if _, err := s.db.Exec(ctx, endRule, r.ID, day); err != nil {
		return err
	}
	return s.announceRule(ctx)(r.retired(ctx, s.now()))
}

// announceRule writes an event under the rule's next number.
func (s *Store) announceRule(ctx context.Context) func(e events.Event, err error) error {
	return func(e events.Event, err error) error {
		if err != nil {
			return err
		}
		_, err = s.db.NamedExec(ctx, announceRule, struct {
			events.Event
			AggregateID uuid.UUID `db:"aggregate_id"`
		}{e, e.Aggregate})
		return err
	}
}
