package duplicate

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

const (
	// mostCandidates are shown of one customer.
	mostCandidates = 20
	// recent is how many customers are looked at that have changed since the last search.
	recent = 2000
	// overlap is how long a change may take from its time to its commit.
	overlap = time.Minute
)

// Candidate is a customer that another one may be a duplicate of.
type Candidate struct {
	ID          uuid.UUID
	DisplayName string
	Dismissed   bool
	Match
}

const (
	selectFacts = `select ` + factColumns + ` from customers c where c.customer_id = $1 and guanxi_covers(c.territory, $2)`

	// One more than a crowd shows that it is one.
	selectHolders = `select k.key, array(select m.holder from match_keys m where m.key = k.key limit $2) as holders from unnest(cast($1 as bigint[])) as k (key)`

	reachable = `c.delete_time is null and guanxi_covers(c.territory, $2) and c.kind = $3`

	selectHeld = `select ` + factColumns + ` from customers c where c.customer_id = any($1) and ` + reachable

	// Those whose keys are not what they were.
	selectRecent = `select ` + factColumns + ` from customers c where c.update_time >= $1 and ` + reachable + `
		and (select m.revision from match_states m where m.holder = c.customer_id) is distinct from c.revision
		order by c.update_time desc limit $4`

	selectHorizon = `select known_time from match_horizon`
)

// facts reads what is compared of a customer within the caller's territories.
func (s *Store) facts(ctx context.Context, id uuid.UUID) (*factRow, error) {
	var row factRow
	err := s.db.Get(ctx, &row, selectFacts, id, auth.From(ctx).Scope())
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, aggregate.Name(id), typev1.Level_BASIC)
	}
	return &row, err
}

// Check finds the customers within the caller's territories that one may be a duplicate of, by what the caller may see of them. One that is stored has an id.
func (s *Store) Check(ctx context.Context, row *factRow) ([]Candidate, error) {
	rules, err := s.rules(ctx)
	if err != nil {
		return nil, err
	}
	own := row.keys()
	hidden := func(k *Keys, key Key) bool { return auth.From(ctx).Level < typev1.Level_MANAGER && k.IsPrivate(key) }
	// In this order: of whom a search makes the keys meanwhile is then found twice, not missed.
	others, err := s.changed(ctx, row.Kind)
	if err != nil {
		return nil, err
	}
	ids, crowds, err := s.holders(ctx, rules, own)
	if err != nil {
		return nil, err
	}
	holding, err := s.held(ctx, row.Kind, ids)
	if err != nil {
		return nil, err
	}
	others = append(others, holding...)
	var out []Candidate
	seen := map[uuid.UUID]bool{row.ID: true}
	for i := range others {
		o := &others[i]
		if seen[o.ID] {
			continue
		}
		seen[o.ID] = true
		keys := o.keys()
		m := rules.Compare(own, keys, func(k Key) bool { return crowds[k] || hidden(own, k) || hidden(keys, k) })
		if rules.Proposed(m) {
			out = append(out, Candidate{ID: o.ID, DisplayName: o.DisplayName, Match: m})
		}
	}
	slices.SortFunc(out, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), slices.Compare(a.ID[:], b.ID[:]))
	})
	out = out[:min(len(out), mostCandidates)]
	return out, s.markDismissed(ctx, row.ID, out)
}

// holders are the customers that have one of the keys by which a duplicate can be found, as the last search saw them, and the keys that a crowd has.
func (s *Store) holders(ctx context.Context, rules Rules, own *Keys) (ids []uuid.UUID, crowds map[Key]bool, err error) {
	var rows []struct {
		Key     Key            `db:"key"`
		Holders pq.StringArray `db:"holders"`
	}
	if err := s.db.Select(ctx, &rows, selectHolders, numbers(own.All), rules.Crowd+1); err != nil {
		return nil, nil, err
	}
	leading := rules.Leading()
	crowds = map[Key]bool{}
	for _, r := range rows {
		if len(r.Holders) > rules.Crowd {
			crowds[r.Key] = true
			continue
		}
		if !slices.Contains(leading, r.Key.Kind()) {
			continue
		}
		for _, text := range r.Holders {
			id, err := uuid.Parse(text)
			if err != nil {
				return nil, nil, err
			}
			ids = append(ids, id)
		}
	}
	return ids, crowds, nil
}

// changed are the customers that the caller may see and that have changed last, since their keys were made.
func (s *Store) changed(ctx context.Context, kind int32) (rows []factRow, err error) {
	var horizon time.Time
	if err := s.db.Get(ctx, &horizon, selectHorizon); err != nil && !errors.Is(err, postgres.ErrNoRows) {
		return nil, err
	}
	err = s.db.Select(ctx, &rows, selectRecent, horizon.Add(-overlap), auth.From(ctx).Scope(), kind, recent)
	return rows, err
}

// held reads those of the customers that the caller may see, as they are now.
func (s *Store) held(ctx context.Context, kind int32, ids []uuid.UUID) (rows []factRow, err error) {
	err = s.db.Select(ctx, &rows, selectHeld, pq.Array(ids), auth.From(ctx).Scope(), kind)
	return rows, err
}

const selectDismissed = `select case when first_id = $1 then second_id else first_id end as other, keys from duplicate_dismissals
	where first_id = $1 and second_id = any($2) or second_id = $1 and first_id = any($2)`

func (s *Store) markDismissed(ctx context.Context, id uuid.UUID, of []Candidate) error {
	if id == uuid.Nil || len(of) == 0 {
		return nil
	}
	ids := make([]uuid.UUID, len(of))
	for i := range of {
		ids[i] = of[i].ID
	}
	var rows []struct {
		Other uuid.UUID     `db:"other"`
		Keys  pq.Int64Array `db:"keys"`
	}
	if err := s.db.Select(ctx, &rows, selectDismissed, id, pq.Array(ids)); err != nil {
		return err
	}
	for _, r := range rows {
		at := slices.Index(ids, r.Other)
		of[at].Dismissed = within(of[at].Keys, keysOf(r.Keys))
	}
	return nil
}

// within says whether all of the keys are among others.
func within(keys, others []Key) bool {
	return !slices.ContainsFunc(keys, func(k Key) bool { return !slices.Contains(others, k) })
}

// dismissed is a dismissal, as far as there is one.
type dismissed struct {
	Reason sql.NullString `db:"dismiss_reason"`
	Actor  sql.NullString `db:"dismiss_actor"`
	Time   sql.NullTime   `db:"dismiss_time"`
	Holds  bool           `db:"dismiss_holds"`
}
