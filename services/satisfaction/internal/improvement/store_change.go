package improvement

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/analysis"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// Create keeps one of an indicator that its survey asks of, with its score as it is now.
func (s *Store) Create(ctx context.Context, i *Improvement) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		x, err := s.surveys.Hold(ctx, i.Survey)
		if err != nil {
			return err
		}
		d, found, err := s.analyses.Item(ctx, x, i.Item)
		if err != nil {
			return err
		}
		if found == nil {
			return itemError()
		}
		i.LabelEn, i.LabelZh = found.LabelEn, found.LabelZh
		if d != nil {
			i.Score = &d.Mean
		}
		return s.insert(ctx, i)
	})
}

const itemsOf = `select item_code from improvements where survey_id = $1`

// Propose keeps those of the urgent items of a survey of which there is none yet, the most important first.
func (s *Store) Propose(ctx context.Context, id uuid.UUID, o analysis.Options) (made []*Improvement, err error) {
	o.Group, o.IndexOnly = 0, false
	return made, s.db.InTx(ctx, func(ctx context.Context) error {
		x, err := s.surveys.Hold(ctx, id)
		if err != nil {
			return err
		}
		var there []string
		if err := s.db.Select(ctx, &there, itemsOf, x.ID); err != nil {
			return err
		}
		a, err := s.analyses.Analyse(ctx, x, o)
		if err != nil {
			return err
		}
		urgent := slices.DeleteFunc(a.GetItems(), func(p *satisfactionv1.PlacedItem) bool {
			return p.GetQuadrant() != satisfactionv1.PlacedItem_URGENT || slices.Contains(there, p.GetItemCode())
		})
		slices.SortStableFunc(urgent, func(a, b *satisfactionv1.PlacedItem) int { return cmp.Compare(b.GetImportance(), a.GetImportance()) })
		for _, p := range urgent {
			i := &Improvement{Survey: x.ID, Item: p.GetItemCode(), State: Proposed, Score: &p.Performance}
			for _, f := range a.GetIndex() {
				if f.GetCode() == i.Item {
					i.LabelEn, i.LabelZh = f.GetLabelEn(), f.GetLabelZh()
				}
			}
			if err := s.insert(ctx, i); err != nil {
				return err
			}
			made = append(made, i)
		}
		return nil
	})
}

// hold locks one whose survey the caller may change: first the survey, then the improvement.
func (s *Store) hold(ctx context.Context, id uuid.UUID) (*Improvement, *survey.Survey, error) {
	i, err := s.Get(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	x, err := s.surveys.Hold(ctx, i.Survey)
	if err != nil {
		return nil, nil, err
	}
	i, err = s.read(ctx, lock, id)
	return i, x, err
}

// Change holds the caller to an etag, and stores what set made of one; changed is false when it made nothing of it.
func (s *Store) Change(ctx context.Context, id uuid.UUID, tag string, set func(i *Improvement) (changed bool, err error)) (*Improvement, error) {
	var out *Improvement
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		i, _, err := s.hold(ctx, id)
		if err != nil {
			return err
		}
		if err := etag.Check(tag, i.Revision, i.Name()); err != nil {
			return err
		}
		if i.State == Verified {
			return stateError(i, "is verified, and stays as it is", "已验证，不能更改")
		}
		before := i.Due
		changed, err := set(i)
		out = i
		if err != nil || !changed {
			return err
		}
		if !sameDay(before, i.Due) {
			i.DueTime = nil
		}
		return s.put(ctx, i)
	})
	return out, err
}

func sameDay(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}

const (
	nextWave = `select survey_id from surveys where previous_id = $1 order by close_time nulls last, survey_id limit 1`

	// Waves are a chain by the wave before; a loop, which nobody can make, would end by itself.
	laterWave = `with recursive wave as (
		select survey_id, previous_id from surveys where survey_id = $2
		union
		select s.survey_id, s.previous_id from surveys s join wave w on s.survey_id = w.previous_id
	)
	select exists (select from wave where survey_id = $1) and $1 <> $2`
)

// wave finds the later wave by which one is verified.
func (s *Store) wave(ctx context.Context, i *Improvement, given uuid.NullUUID) (*survey.Survey, error) {
	if given.Valid {
		x, err := s.surveys.Get(ctx, given.UUID)
		if err != nil {
			return nil, err
		}
		var later bool
		if err := s.db.Get(ctx, &later, laterWave, i.Survey, x.ID); err != nil {
			return nil, err
		}
		if !later {
			return nil, waveError()
		}
		return x, nil
	}
	var id uuid.UUID
	err := s.db.Get(ctx, &id, nextWave, i.Survey)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, errNoWave
	}
	if err != nil {
		return nil, err
	}
	return s.surveys.Get(ctx, id)
}

// Verify compares the item's score in a later wave with the one that it comes from.
func (s *Store) Verify(ctx context.Context, id uuid.UUID, given uuid.NullUUID) (*Improvement, error) {
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	var out *Improvement
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		i, from, err := s.hold(ctx, id)
		if err != nil {
			return err
		}
		if i.State == Verified || i.State == Dropped {
			return stateError(i, "is verified already, or dropped", "已验证或已取消")
		}
		to, err := s.wave(ctx, i, given)
		if err != nil {
			return err
		}
		if i.Verdict, i.Change, err = s.compare(ctx, i, from, to, numbers.Confidence); err != nil {
			return err
		}
		now := s.now()
		i.State, i.VerifyTime, i.VerifiedSurvey = Verified, &now, uuid.NullUUID{UUID: to.ID, Valid: true}
		if i.Due == nil { // it was only proposed, and moved all the same
			day := numbers.Today(now)
			i.Due = &day
		}
		out = i
		if err := s.put(ctx, i); err != nil {
			return err
		}
		return s.announce(ctx)(i.verified(ctx))
	})
	return out, err
}

func (s *Store) compare(ctx context.Context, i *Improvement, from, to *survey.Survey, confidence float64) (Verdict, *Change, error) {
	if to.State != survey.Closed {
		return 0, nil, failed("NOT_CLOSED", to.Name()+" is not closed", to.Name()+" 尚未结束")
	}
	before, then, err := s.analyses.Item(ctx, from, i.Item)
	if err != nil {
		return 0, nil, err
	}
	after, now, err := s.analyses.Item(ctx, to, i.Item)
	if err != nil {
		return 0, nil, err
	}
	if then == nil || now == nil || then.Model != now.Model {
		return 0, nil, errNotAsked
	}
	if before == nil || after == nil {
		return 0, nil, analysis.WithheldError(to)
	}
	verdict, change, err := Judge(before, after, confidence)
	if err != nil { // a single answer tells of no spread
		return 0, nil, analysis.WithheldError(to)
	}
	return verdict, change, nil
}
