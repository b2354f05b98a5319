package quality

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/attribute"
	"github.com/guanxi-crm/guanxi/services/profile/internal/requirement"
)

const upsert = `insert into field_verifications (customer_id, field, value_hash, method, verifier, verify_time, source)
	select $1, field, value_hash, $4, $5, $6, $7 from unnest(cast($2 as text[]), cast($3 as text[])) as given (field, value_hash)
	on conflict (customer_id, field) do update set value_hash = excluded.value_hash, method = excluded.method, verifier = excluded.verifier,
		verify_time = excluded.verify_time, source = excluded.source`

// Verify notes that fields were compared, with history and event.
func (s *Store) Verify(ctx context.Context, id uuid.UUID, tag string, c Comparison) error {
	now := s.now()
	if c.Time.IsZero() {
		c.Time = now
	}
	if wrong := c.Check(now); len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	declared, err := s.attr.Declared(ctx)
	if err != nil {
		return err
	}
	if err := withinLevel(ctx, declared, c.Fields); err != nil {
		return err
	}
	return aggregate.Change(ctx, s.db, id, func(ctx context.Context) ([]history.Record, error) {
		stand, err := s.stand(ctx, id, c.Fields)
		if err != nil {
			return nil, err
		}
		if err := etag.Check(tag, stand.Revision, aggregate.Name(id)); err != nil {
			return nil, err
		}
		hashes, err := stand.hashes(c.Fields)
		if err != nil {
			return nil, err
		}
		before, err := s.verifications(ctx, id)
		if err != nil {
			return nil, err
		}
		if _, err := s.db.Exec(ctx, upsert, id, pq.Array(c.Fields), pq.Array(hashes), c.Method, auth.From(ctx).Subject, c.Time, c.Source); err != nil {
			return nil, err
		}
		record, err := verified(ctx, now, id, before, declared, c)
		return []history.Record{record}, err
	})
}

// withinLevel refuses attributes above the caller's level. Whoever does not see all attributes cannot tell one above him from one that there is not.
func withinLevel(ctx context.Context, declared attribute.Declared, fields []string) error {
	caller := auth.From(ctx).Level
	for i, field := range fields {
		id, attr := requirement.Attribute(field)
		_, known := declared[id]
		if levelOf(declared, field) > int32(caller) || attr && !known && caller < typev1.Level_EXECUTIVE {
			return fault.Denied("FIELD_LEVEL", fault.Text{En: field + " is above your permission level", Zh: field + " 超出您的权限级别"}).With("field", at(i))
		}
	}
	return nil
}

// hashes are those of the fields, each of which must have something to be right.
func (s *stand) hashes(fields []string) ([]string, error) {
	out := make([]string, len(fields))
	var wrong []fault.Violation
	for i, field := range fields {
		out[i] = s.values[field].Hash
		if !s.values[field].Filled {
			wrong = append(wrong, Empty(i, field))
		}
	}
	if len(wrong) > 0 {
		return nil, fault.Invalid(wrong...)
	}
	return out, nil
}

// verified is the record of a comparison. An event has no field above BASIC, and the history each at its level.
func verified(ctx context.Context, now time.Time, id uuid.UUID, before []Verification, declared attribute.Declared, c Comparison) (history.Record, error) {
	last := make(map[string]*Verification, len(before))
	for i := range before {
		last[before[i].Field] = &before[i]
	}
	var fields []history.Field
	var open []string
	for _, field := range c.Fields {
		made := Verification{Method: c.Method, Verifier: auth.From(ctx).Subject, Time: c.Time, Source: c.Source}
		l := typev1.Level(levelOf(declared, field))
		fields = append(fields, history.Field{Path: field, From: told(last[field]), To: told(&made), Level: l})
		if l == typev1.Level_BASIC {
			open = append(open, field)
		}
	}
	event, err := events.New(ctx, now, id, announcement(id, open, c))
	return history.NewRecord(event, history.Changed, typev1.Level_BASIC, fields), err
}
