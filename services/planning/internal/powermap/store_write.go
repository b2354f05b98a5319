package powermap

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/services/planning/internal/fact"
)

const (
	countMaps = `select count(*) from power_maps where customer_id = $1`

	upsertHead = `insert into power_maps as m (customer_id, map_id, project, version, revision, sponsored, stale_day, settings_version, create_time, update_time)
	values (:customer_id, :map_id, :project, :version, :revision, :sponsored, :stale_day, :settings_version, :create_time, :update_time)
	on conflict (customer_id, map_id) do update set version = excluded.version, revision = excluded.revision, sponsored = excluded.sponsored,
		stale_day = excluded.stale_day, settings_version = excluded.settings_version, update_time = excluded.update_time`

	insertVersion = `insert into power_map_versions (customer_id, map_id, version, author, create_time) values ($1, $2, $3, $4, $5)`

	endClaims = `update power_claims set until_version = $3 where customer_id = $1 and map_id = $2 and until_version is null and claim_id = any($4)`
)

// change makes the version that next makes of the claims of the newest one, while the customer is held; when that is the same, there is no new version.
func (s *Store) change(ctx context.Context, customer uuid.UUID, project, tag string, next func(ctx context.Context, stored []Claim) ([]Claim, error)) (v *version, err error) {
	err = aggregate.Change(ctx, s.db, customer, func(ctx context.Context) ([]history.Record, error) {
		h, err := s.head(ctx, customer, project)
		if err != nil {
			return nil, err
		}
		if err := etag.Check(tag, h.Revision, h.name()); err != nil {
			return nil, err
		}
		if v, err = s.version(ctx, h, point{}); err != nil {
			return nil, err
		}
		stored := v.Claims
		if v.Claims, err = next(ctx, stored); err != nil {
			return nil, err
		}
		delta := Compare(stored, v.Claims)
		if delta.Empty() {
			return nil, nil
		}
		if err := identify(v.Claims); err != nil {
			return nil, err
		}
		delta = Compare(stored, v.Claims)
		return s.keep(ctx, v, &delta)
	})
	return v, err
}

func identify(claims []Claim) (err error) {
	for i := range claims {
		if claims[i].ID != uuid.Nil {
			continue
		}
		if claims[i].ID, err = uuid.NewV7(); err != nil {
			return fmt.Errorf("powermap: %w", err)
		}
	}
	return nil
}

// keep writes a version, whose claims are there already, and says what to announce.
func (s *Store) keep(ctx context.Context, v *version, delta *Delta) ([]history.Record, error) {
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	now := s.now()
	action := history.Changed
	if v.ID == uuid.Nil {
		action = history.Created
		if err := s.first(ctx, v); err != nil {
			return nil, err
		}
		v.CreateTime = now
	}
	v.Newest++
	v.Revision++
	v.Number, v.Author, v.Made, v.UpdateTime = v.Newest, auth.From(ctx).Subject, now, now
	turned := v.weigh(v.Claims, numbers, now)
	if _, err := s.db.NamedExec(ctx, upsertHead, v.head); err != nil {
		return nil, err
	}
	if _, err := s.db.Exec(ctx, insertVersion, v.Customer, v.ID, v.Number, v.Author, v.Made); err != nil {
		return nil, err
	}
	if err := s.store(ctx, v, delta); err != nil {
		return nil, err
	}
	changed, err := v.changed(ctx, action, delta)
	if err != nil || !turned {
		return []history.Record{changed}, err
	}
	sponsor, err := v.turned(ctx, now, numbers.Today(now), causeObservation)
	return []history.Record{changed, sponsor}, err
}

// first makes room for a map that was never written.
func (s *Store) first(ctx context.Context, v *version) error {
	var count int
	if err := s.db.Get(ctx, &count, countMaps, v.Customer); err != nil {
		return err
	}
	if count >= MaxMaps {
		return fault.New(codes.FailedPrecondition, "TOO_MANY_MAPS", fault.Text{
			En: fmt.Sprintf("%s has %d power maps already", aggregate.Name(v.Customer), count), Zh: fmt.Sprintf("%s 已有 %d 张权利地图", aggregate.Name(v.Customer), count),
		})
	}
	var err error
	v.ID, err = uuid.NewV7()
	return err
}

// store writes what a version changes of the claims.
func (s *Store) store(ctx context.Context, v *version, delta *Delta) error {
	ended := make([]uuid.UUID, 0, len(delta.Removed)+len(delta.Renewed))
	for _, list := range [][]Claim{delta.Removed, delta.Renewed} {
		for i := range list {
			ended = append(ended, list[i].ID)
		}
	}
	if _, err := s.db.Exec(ctx, endClaims, v.Customer, v.ID, v.Number, pq.Array(ended)); err != nil {
		return err
	}
	columns := []string{
		"customer_id", "map_id", "claim_id", "from_version", "kind", "person_id", "subject", "other_person_id", "other_subject", "value", "weight", "evidence",
	}
	var broken error
	rows := func(yield func([]any) bool) {
		for _, list := range [][]Claim{delta.Added, delta.Renewed} {
			for _, c := range list {
				evidence, err := json.Marshal(c.Evidence)
				if err != nil {
					broken = err
					return
				}
				row := []any{
					v.Customer, v.ID, c.ID, v.Number, int16(c.Kind), nullable(c.Who), c.Who.Subject, nullable(c.Other), c.Other.Subject, c.Value, c.Weight,
					string(evidence),
				}
				if !yield(row) {
					return
				}
			}
		}
	}
	if err := s.db.CopyIn(ctx, "power_claims", columns, rows); err != nil {
		return err
	}
	return broken
}

func nullable(n Node) uuid.NullUUID {
	return uuid.NullUUID{UUID: n.Person, Valid: n.Person != uuid.Nil}
}

// Unknown are those of the people whom planning does not know as the customer's.
func (s *Store) Unknown(ctx context.Context, customer uuid.UUID, people []uuid.UUID) (map[uuid.UUID]bool, error) {
	known, err := fact.Known(ctx, s.db, customer, people)
	if err != nil {
		return nil, err
	}
	unknown := map[uuid.UUID]bool{}
	for _, id := range people {
		if !known[id] {
			unknown[id] = true
		}
	}
	return unknown, nil
}
