package quality

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/attribute"
	"github.com/guanxi-crm/guanxi/services/profile/internal/requirement"
	"github.com/guanxi-crm/guanxi/services/profile/internal/settings"
)

// Store keeps verifications and reckons scores.
type Store struct {
	db       *postgres.DB
	now      func() time.Time
	attr     *attribute.Store
	settings *settings.Store
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store {
	return &Store{db: db, now: now, attr: attribute.NewStore(db, now), settings: settings.NewStore(db, now)}
}

// rules are those in force, without the attributes above the caller's level.
func (s *Store) rules(ctx context.Context) (requirement.Rules, attribute.Declared, error) {
	numbers, err := s.settings.Current(ctx)
	if err != nil {
		return requirement.Rules{}, nil, err
	}
	declared, err := s.attr.Declared(ctx)
	if err != nil {
		return requirement.Rules{}, nil, err
	}
	caller := int32(auth.From(ctx).Level)
	all := settings.Required(numbers.GetQuality())
	within := func(of []requirement.Rule) (out []requirement.Rule) {
		for _, rule := range of {
			if levelOf(declared, rule.Field) <= caller {
				out = append(out, rule)
			}
		}
		return out
	}
	return requirement.Rules{Organization: within(all.Organization), Person: within(all.Person)}, declared, nil
}

// levelOf is the level of an attribute, and BASIC of every other field.
func levelOf(declared attribute.Declared, field string) int32 {
	id, _ := requirement.Attribute(field)
	return max(declared[id].Level, int32(typev1.Level_BASIC))
}

// stand is what fields of a customer hold.
type stand struct {
	Kind     int32          `db:"kind"`
	Revision int64          `db:"revision"`
	Filled   pq.BoolArray   `db:"filled"`
	Hashes   pq.StringArray `db:"hashes"`
	values   map[string]Value
}

// oneCustomer mentions the parameters that not every field needs, as PostgreSQL asks for their types.
const oneCustomer = `c.customer_id = $4 and cast($2 as integer) > 0 and cast($3 as timestamptz) is not null`

func (s *Store) stand(ctx context.Context, id uuid.UUID, fields []string) (*stand, error) {
	caller := auth.From(ctx)
	q := &statement{args: []any{caller.Scope(), int32(caller.Level), s.now(), id}}
	out := &stand{values: map[string]Value{}}
	err := s.db.GetDynamic(ctx, out, q.values(fields, oneCustomer), q.args...)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, aggregate.Name(id), typev1.Level_BASIC)
	}
	if err != nil {
		return nil, err
	}
	for i, field := range fields {
		out.values[field] = Value{Filled: out.Filled[i], Hash: out.Hashes[i]}
	}
	return out, nil
}

const selectVerifications = `select field, value_hash, method, verifier, verify_time, source from field_verifications where customer_id = $1 order by field`

func (s *Store) verifications(ctx context.Context, id uuid.UUID) ([]Verification, error) {
	var rows []Verification
	err := s.db.Select(ctx, &rows, selectVerifications, id)
	return rows, err
}

// Get reckons the quality of one customer within the caller's territories.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (*Quality, error) {
	rules, declared, err := s.rules(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := s.verifications(ctx, id)
	if err != nil {
		return nil, err
	}
	last, also := make(map[string]*Verification, len(rows)), make([]string, 0, len(rows))
	for i := range rows {
		if levelOf(declared, rows[i].Field) <= int32(auth.From(ctx).Level) {
			last[rows[i].Field] = &rows[i]
			also = append(also, rows[i].Field)
		}
	}
	stand, err := s.stand(ctx, id, fieldsOf(rules, also))
	if err != nil {
		return nil, err
	}
	of := rules.Person
	if stand.Kind == organization {
		of = rules.Organization
	}
	out := &Quality{}
	now, required := s.now(), map[string]bool{}
	for _, rule := range of {
		required[rule.Field] = true
		out.Fields = append(out.Fields, Judge(rule, stand.values[rule.Field], last[rule.Field], now))
	}
	for _, field := range also {
		if !required[field] && stand.values[field].Filled {
			out.Fields = append(out.Fields, Judge(requirement.Rule{Field: field}, stand.values[field], last[field], now))
		}
	}
	return out, nil
}

// organization is the number of that kind of customer.
const organization = 1

// told is a verification as the history has it.
func told(v *Verification) string {
	if v == nil {
		return ""
	}
	out, err := json.Marshal(map[string]any{"method": v.Method, "verifier": v.Verifier, "verifyTime": v.Time.UTC().Format(time.RFC3339Nano), "source": v.Source})
	if err != nil { // of texts and a number
		panic(err)
	}
	return string(out)
}
