package analysis

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// Analyse computes the analysis of a survey that the caller has been found to see. Groups by territory are those that he reaches.
func (s *Store) Analyse(ctx context.Context, x *survey.Survey, o Options) (out *satisfactionv1.Analysis, err error) {
	return out, s.db.InTx(s.db.Apart(ctx), func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, begin); err != nil {
			return err
		}
		out, err = s.analyse(ctx, x, o)
		return err
	})
}

func (s *Store) analyse(ctx context.Context, x *survey.Survey, o Options) (*satisfactionv1.Analysis, error) {
	subject, err := s.subject(ctx, x, o)
	if err != nil {
		return nil, err
	}
	if err := subject.complete(); err != nil {
		return nil, err
	}
	r, err := s.index(ctx, subject)
	if err != nil {
		return nil, err
	}
	out := &satisfactionv1.Analysis{Name: Name(x), Basis: r.basis()}
	var before *reading
	if !o.IndexOnly {
		if before, err = s.before(ctx, subject); err != nil {
			return nil, err
		}
		if before != nil {
			out.Basis.PreviousSurvey = before.survey.Name()
		}
	}
	r.total(out, before)
	if o.Group != 0 {
		r.segments(out, before)
	}
	if o.IndexOnly {
		return out, nil
	}
	return out, s.fill(ctx, r, out)
}

// fill tells of what takes more reading.
func (s *Store) fill(ctx context.Context, r *reading, out *satisfactionv1.Analysis) error {
	rest, err := s.others(ctx, r.survey.ID)
	if err != nil {
		return err
	}
	for _, o := range rest {
		if o.State == 1 {
			out.Basis.StartedResponses = o.N
			continue
		}
		out.Basis.VoidResponses = append(out.Basis.VoidResponses, &satisfactionv1.VoidCount{Reason: o.Reason, Count: o.N})
	}
	m, err := s.more(ctx, r.subject)
	if err != nil {
		return err
	}
	r.rest(out, m)
	return s.behaviour(ctx, r, m, out)
}

// basis is what it is computed from.
func (r *reading) basis() *satisfactionv1.AnalysisBasis {
	o := r.options
	b := &satisfactionv1.AnalysisBasis{
		IndexModel: indexmodel.Name(r.model.ID), IndexModelVersion: r.model.Version, Questionnaire: questionnaire.Name(r.questionnaire.ID),
		QuestionnaireVersion: r.questionnaire.Version, SettingsVersion: r.numbers.Version, Confidence: r.numbers.Confidence, MinimumGroup: r.survey.MinimumGroup,
		Strata: int32(len(r.layers)), Options: o.toProto(),
	}
	for _, l := range r.layers {
		b.Responses += l.answered
	}
	if r.last != nil {
		b.ResponseTime = timestamppb.New(*r.last)
	}
	return b
}

// before reads the index of the wave before; nil when there is none that can be compared: of the same model, and seen by the caller.
func (s *Store) before(ctx context.Context, x *subject) (*reading, error) {
	if !x.survey.Previous.Valid {
		return nil, nil //nolint:nilnil // none is no error
	}
	then, err := s.surveys.Find(ctx, x.survey.Previous.UUID)
	if errors.Is(err, postgres.ErrNoRows) || err == nil && !then.Seen(auth.From(ctx)) {
		return nil, nil //nolint:nilnil // as above
	}
	if err != nil {
		return nil, err
	}
	return s.compared(ctx, then, x)
}

// compared reads the index of another survey by the same options; nil when it cannot be compared.
func (s *Store) compared(ctx context.Context, other *survey.Survey, x *subject) (*reading, error) {
	o, err := s.subject(ctx, other, x.options)
	if err == nil && o.model.ID == x.model.ID {
		r, err := s.index(ctx, o)
		if err == nil || fault.From(err).Code() != codes.InvalidArgument {
			return r, err
		}
		return nil, nil //nolint:nilnil // importance was not asked then
	}
	if _, known := errors.AsType[*fault.Error](err); err == nil || known {
		return nil, nil //nolint:nilnil // nothing was measured, or by another model, or it goes on
	}
	return nil, err
}

// Asked is an indicator that a survey asks of.
type Asked struct {
	LabelEn, LabelZh string
	Model            uuid.UUID
}

// Item is the score of an indicator in a survey, by the model's weights: nil when nobody said anything, or too few; asked is nil when it was not asked of.
func (s *Store) Item(ctx context.Context, x *survey.Survey, code string) (d *stats.Domain, asked *Asked, err error) {
	o, err := s.subject(ctx, x, Options{Weighting: ByModel})
	if err != nil {
		return nil, nil, err
	}
	r, err := s.index(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	n := r.find(code)
	if n < 0 {
		return nil, nil, nil
	}
	if d = r.estimate(r.layers, r.nodes[n], nil); d != nil && d.N < int64(x.MinimumGroup) {
		d = nil
	}
	return d, &Asked{r.frame.Nodes[n].LabelEn, r.frame.Nodes[n].LabelZh, o.model.ID}, nil
}

// survey finds that of an analysis's name, which the caller sees.
func (s *Store) survey(ctx context.Context, name, singleton string) (*survey.Survey, error) {
	ids, err := resource.ParseSingleton("name", name, singleton, "surveys")
	if err != nil {
		return nil, err
	}
	return s.surveys.Get(ctx, ids[0])
}
