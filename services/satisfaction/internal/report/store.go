package report

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/level"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/analysis"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// store reads what reports are written from.
type store struct {
	db             *postgres.DB
	now            func() time.Time
	numbers        *settings.Store
	surveys        *survey.Store
	questionnaires *questionnaire.Store
	models         *indexmodel.Store
	analyses       *analysis.Store
}

// mostWaves is how many waves are looked back at.
const mostWaves = 6

// source reads what the report of a survey is written from.
func (s *store) source(ctx context.Context, id uuid.UUID, o analysis.Options, published bool) (*Source, error) {
	x, err := s.surveys.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	shown, err := x.ToProto()
	if err != nil {
		return nil, err
	}
	level.Redact(shown, auth.From(ctx).Level) // nobody redacts what is written after it is
	out := &Source{Survey: x, Purpose: shown.GetPurpose(), Numbers: numbers, Now: s.now()}
	if err := s.analyse(ctx, out, o, published); err != nil {
		return nil, err
	}
	if out.Questionnaire, err = s.questionnaires.Version(ctx, x.Questionnaire, x.QuestionnaireVersion); err != nil {
		return nil, err
	}
	if out.Model, err = s.models.Version(ctx, out.Questionnaire.Model.UUID, out.Questionnaire.ModelVersion); err != nil {
		return nil, err
	}
	if out.Pretest, err = s.pretest(ctx, out.Questionnaire); err != nil {
		return nil, err
	}
	out.Waves, err = s.waves(ctx, out)
	return out, err
}

// analyse reads the analysis and its groups; of a published one those by which it was published.
func (s *store) analyse(ctx context.Context, out *Source, o analysis.Options, published bool) (err error) {
	caller := auth.From(ctx)
	if published {
		if out.Analysis, err = s.analyses.Published(ctx, out.Survey); err != nil {
			return err
		}
		analysis.Limit(out.Analysis, caller)
		switch out.Analysis.GetBasis().GetOptions().GetGroupBy() {
		case satisfactionv1.AnalysisOptions_CLASS:
			out.Classes = out.Analysis
		case satisfactionv1.AnalysisOptions_TERRITORY:
			out.Territories = out.Analysis
		default: // there is no table of others
		}
		return nil
	}
	o.Group, o.IndexOnly = 0, false
	if out.Analysis, err = s.analyses.Analyse(ctx, out.Survey, o); err != nil {
		return err
	}
	o.IndexOnly = true
	for _, by := range []struct {
		group analysis.Group
		into  **satisfactionv1.Analysis
	}{{analysis.ByClass, &out.Classes}, {analysis.ByTerritory, &out.Territories}} {
		o.Group = by.group
		if *by.into, err = s.analyses.Analyse(ctx, out.Survey, o); err != nil {
			return err
		}
		analysis.Limit(*by.into, caller)
	}
	return nil
}

const latestPretest = `select figures from pretests where questionnaire_id = $1 and version = $2 order by create_time desc, pretest_id desc limit 1`

// pretest is the latest one of the version; nil when there was none.
func (s *store) pretest(ctx context.Context, q *questionnaire.Questionnaire) (*questionnaire.Figures, error) {
	var figures postgres.JSON[questionnaire.Figures]
	err := s.db.Get(ctx, &figures, latestPretest, q.ID, q.Version)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, nil //nolint:nilnil // none is no error
	}
	return &figures.V, err
}

// waves are the scores of this wave and of those before it that the caller sees and that tell of themselves, by the same model.
func (s *store) waves(ctx context.Context, out *Source) ([]Wave, error) {
	all := []Wave{waveOf(out.Survey, out.Analysis)}
	caller := auth.From(ctx)
	for x := out.Survey; x.Previous.Valid && len(all) < mostWaves; {
		then, err := s.surveys.Find(ctx, x.Previous.UUID)
		if err != nil || !then.Seen(caller) {
			return all, err
		}
		x = then
		a, err := s.wave(ctx, then)
		if _, known := errors.AsType[*fault.Error](err); known {
			return all, nil // it goes on, or measured nothing
		}
		if err != nil {
			return nil, err
		}
		if a.GetBasis().GetIndexModel() != out.Analysis.GetBasis().GetIndexModel() {
			return all, nil
		}
		all = append([]Wave{waveOf(then, a)}, all...)
	}
	return all, nil
}

// wave is the index of an earlier wave, as it was published where it was.
func (s *store) wave(ctx context.Context, x *survey.Survey) (*satisfactionv1.Analysis, error) {
	a, err := s.analyses.Published(ctx, x)
	if _, known := errors.AsType[*fault.Error](err); known {
		return s.analyses.Analyse(ctx, x, analysis.Options{IndexOnly: true})
	}
	return a, err
}

func waveOf(x *survey.Survey, a *satisfactionv1.Analysis) Wave {
	w := Wave{Label: x.Wave, Scores: map[string]float64{}}
	if w.Label == "" && x.CloseTime != nil {
		w.Label = x.CloseTime.Format("2006-01")
	}
	for _, f := range a.GetIndex() {
		if f.GetFigure().Score != nil {
			w.Scores[f.GetCode()] = f.GetFigure().GetScore()
		}
	}
	return w
}
