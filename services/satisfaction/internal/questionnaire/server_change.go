package questionnaire

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/resource"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
)

// CreateQuestionnaire implements QuestionnaireService.
func (s *Server) CreateQuestionnaire(ctx context.Context, r *satisfactionv1.CreateQuestionnaireRequest) (*satisfactionv1.Questionnaire, error) {
	if err := requireEverywhere(ctx); err != nil {
		return nil, err
	}
	given := r.GetQuestionnaire()
	q := &Questionnaire{}
	q.set(given)
	var model *indexmodel.Model
	switch {
	case given.GetIndexModel() != "":
		ids, err := resource.Parse(field+".index_model", given.GetIndexModel(), "indexModels")
		if err != nil {
			return nil, err
		}
		if model, err = s.store.choose(ctx, ids[0], given.GetIndexModelVersion()); err != nil {
			return nil, err
		}
		q.Model, q.ModelVersion = null(model.ID), model.Version
		if len(q.Body.Sections) == 0 {
			q.Body.Sections = Made(model, r.GetAskImportance(), r.GetAskExpectation())
		}
	case given.GetIndexModelVersion() != 0:
		return nil, fault.Invalid(fault.Field(field+".index_model_version", "INDEX_MODEL", fault.Text{En: "must not be given without an index model", Zh: "没有指标体系时不得填写"}))
	}
	if wrong := q.Arrange(model); len(wrong) > 0 {
		return nil, fault.Prefix(fault.Invalid(wrong...), field)
	}
	if err := s.store.Create(ctx, q); err != nil {
		return nil, err
	}
	return q.ToProto(), nil
}

// UpdateQuestionnaire implements QuestionnaireService.
func (s *Server) UpdateQuestionnaire(ctx context.Context, r *satisfactionv1.UpdateQuestionnaireRequest) (*satisfactionv1.Questionnaire, error) {
	if err := requireEverywhere(ctx); err != nil {
		return nil, err
	}
	ids, err := resource.Parse(field+".name", r.GetQuestionnaire().GetName(), collection)
	if err != nil {
		return nil, err
	}
	return answer(s.store.Change(ctx, ids[0], r.GetQuestionnaire().GetEtag(), func(q *Questionnaire, model *indexmodel.Model) (bool, error) {
		before := q.ToProto()
		after := proto.CloneOf(before)
		if err := mask.Apply(field, after, r.GetQuestionnaire(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return false, err
		}
		q.set(after)
		if wrong := q.Arrange(model); len(wrong) > 0 {
			return false, fault.Prefix(fault.Invalid(wrong...), field)
		}
		return len(history.Diff(before, q.ToProto())) > 0, nil
	}))
}

// PretestQuestionnaire implements QuestionnaireService.
func (s *Server) PretestQuestionnaire(ctx context.Context, r *satisfactionv1.PretestQuestionnaireRequest) (*satisfactionv1.Pretest, error) {
	if err := requireEverywhere(ctx); err != nil {
		return nil, err
	}
	ids, err := resource.Parse("name", r.GetName(), collection)
	if err != nil {
		return nil, err
	}
	var respondents []Answers
	for i, p := range r.GetRespondents() {
		answers, code := AnswersOf(p.GetAnswers())
		if code != "" {
			return nil, fault.Invalid(fault.Field(fmt.Sprintf("respondents[%d].%s", i, at(code)), "UNIQUE", twice))
		}
		respondents = append(respondents, answers)
	}
	p, err := s.store.Pretest(ctx, ids[0], r.GetEtag(), respondents)
	if err != nil {
		return nil, err
	}
	return p.toProto(), nil
}

// ReleaseQuestionnaire implements QuestionnaireService.
func (s *Server) ReleaseQuestionnaire(ctx context.Context, r *satisfactionv1.ReleaseQuestionnaireRequest) (*satisfactionv1.Questionnaire, error) {
	if err := requireEverywhere(ctx); err != nil {
		return nil, err
	}
	ids, err := resource.Parse("name", r.GetName(), collection)
	if err != nil {
		return nil, err
	}
	return answer(s.store.Release(ctx, ids[0], r.GetEtag(), r.GetOverruleReason()))
}

// ReviseQuestionnaire implements QuestionnaireService.
func (s *Server) ReviseQuestionnaire(ctx context.Context, r *satisfactionv1.ReviseQuestionnaireRequest) (*satisfactionv1.Questionnaire, error) {
	if err := requireEverywhere(ctx); err != nil {
		return nil, err
	}
	ids, err := resource.Parse("name", r.GetName(), collection)
	if err != nil {
		return nil, err
	}
	return answer(s.store.Revise(ctx, ids[0]))
}
