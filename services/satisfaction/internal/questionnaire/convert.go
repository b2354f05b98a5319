package questionnaire

import (
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/resource"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
)

// ToProto is the version for the API.
func (q *Questionnaire) ToProto() *satisfactionv1.Questionnaire {
	out := &satisfactionv1.Questionnaire{
		Name: q.Name(), LabelEn: q.LabelEn, LabelZh: q.LabelZh, IntroductionEn: q.Body.Introduction.En, IntroductionZh: q.Body.Introduction.Zh,
		InstructionsEn: q.Body.Instructions.En, InstructionsZh: q.Body.Instructions.Zh, Version: q.Version, State: satisfactionv1.Questionnaire_State(q.State), Author: q.Author,
		Releaser: q.Releaser, OverruleReason: q.OverruleReason, CreateTime: timestamppb.New(q.CreateTime), UpdateTime: timestamppb.New(q.UpdateTime), Etag: etag.Of(q.Revision),
	}
	if q.Model.Valid {
		out.IndexModel, out.IndexModelVersion = indexmodel.Name(q.Model.UUID), q.ModelVersion
	}
	if q.ReleaseTime != nil {
		out.ReleaseTime = timestamppb.New(*q.ReleaseTime)
	}
	for i := range q.Body.Sections {
		s := &q.Body.Sections[i]
		section := &satisfactionv1.QuestionSection{Code: s.Code, LabelEn: s.Label.En, LabelZh: s.Label.Zh, Respondent: s.Respondent}
		for j := range s.Questions {
			section.Questions = append(section.Questions, s.Questions[j].ToProto())
		}
		out.Sections = append(out.Sections, section)
	}
	return out
}

// ToProto is the question for the API.
func (x *Question) ToProto() *satisfactionv1.Question {
	out := &satisfactionv1.Question{
		Code: x.Code, Kind: satisfactionv1.Question_Kind(x.Kind), TextEn: x.Text.En, TextZh: x.Text.Zh, Required: x.Required, IndexItem: x.IndexItem,
		Scale: satisfactionv1.IndexScale(x.Scale), Direction: satisfactionv1.IndexItem_Direction(x.Direction), Importance: x.Importance, Expectation: x.Expectation,
	}
	for _, g := range x.Anchors {
		out.Anchors = append(out.Anchors, &satisfactionv1.ScaleWording_Grade{Value: g.Value, LabelEn: g.En, LabelZh: g.Zh})
	}
	for _, o := range x.Options {
		out.Options = append(out.Options, &satisfactionv1.QuestionOption{Code: o.Code, LabelEn: o.Label.En, LabelZh: o.Label.Zh})
	}
	for _, c := range x.Conditions {
		out.Conditions = append(out.Conditions, &satisfactionv1.QuestionCondition{Question: c.Question, Choices: c.Choices, Least: c.Least, Most: c.Most})
	}
	return out
}

// set puts what callers may write into q, as it is; Arrange says what is wrong with it. Model and its version are set when it is made.
func (q *Questionnaire) set(in *satisfactionv1.Questionnaire) {
	q.LabelEn, q.LabelZh = in.GetLabelEn(), in.GetLabelZh()
	q.Body = Body{
		Introduction: Text{En: in.GetIntroductionEn(), Zh: in.GetIntroductionZh()}, Instructions: Text{En: in.GetInstructionsEn(), Zh: in.GetInstructionsZh()},
	}
	for _, s := range in.GetSections() {
		section := Section{Code: s.GetCode(), Label: Text{En: s.GetLabelEn(), Zh: s.GetLabelZh()}, Respondent: s.GetRespondent()}
		for _, p := range s.GetQuestions() {
			section.Questions = append(section.Questions, questionOf(p))
		}
		q.Body.Sections = append(q.Body.Sections, section)
	}
}

func questionOf(p *satisfactionv1.Question) Question {
	x := Question{
		Code: p.GetCode(), Kind: Kind(p.GetKind()), Text: Text{En: p.GetTextEn(), Zh: p.GetTextZh()}, Required: p.GetRequired(), IndexItem: p.GetIndexItem(),
		Scale: indexmodel.Scale(p.GetScale()), Direction: indexmodel.Direction(p.GetDirection()), Importance: p.GetImportance(), Expectation: p.GetExpectation(),
	}
	for _, g := range p.GetAnchors() {
		x.Anchors = append(x.Anchors, indexmodel.Grade{Value: g.GetValue(), En: g.GetLabelEn(), Zh: g.GetLabelZh()})
	}
	for _, o := range p.GetOptions() {
		x.Options = append(x.Options, Option{Code: o.GetCode(), Label: Text{En: o.GetLabelEn(), Zh: o.GetLabelZh()}})
	}
	for _, c := range p.GetConditions() {
		x.Conditions = append(x.Conditions, Condition{Question: c.GetQuestion(), Choices: c.GetChoices(), Least: c.GetLeast(), Most: c.GetMost()})
	}
	return x
}

// AnswersOf reads answers; twice is the code of a question that is answered twice.
func AnswersOf(in []*satisfactionv1.QuestionAnswer) (out Answers, twice string) {
	out = make(Answers, len(in))
	for _, p := range in {
		if _, there := out[p.GetQuestion()]; there {
			twice = p.GetQuestion()
		}
		out[p.GetQuestion()] = Answer{
			Value: p.Value, Importance: p.Importance, Expectation: p.Expectation, Choices: p.GetChoices(), Text: p.GetText(), Refused: p.GetRefused(),
		}
	}
	return out, twice
}

// ToProto is what was said, in the order of the questions.
func (a Answers) ToProto(q *Questionnaire) []*satisfactionv1.QuestionAnswer {
	var out []*satisfactionv1.QuestionAnswer
	for _, x := range q.Questions() {
		if s, there := a[x.Code]; there {
			out = append(out, &satisfactionv1.QuestionAnswer{
				Question: x.Code, Value: s.Value, Importance: s.Importance, Expectation: s.Expectation, Choices: s.Choices, Text: s.Text, Refused: s.Refused,
			})
		}
	}
	return out
}

func (p *Pretest) toProto() *satisfactionv1.Pretest {
	out := &satisfactionv1.Pretest{
		Name: resource.Name("questionnaires", p.Questionnaire, "pretests", p.ID), Version: p.Version, Respondents: p.Respondents, Passed: p.Passed,
		SettingsVersion: p.SettingsVersion, Author: p.Author, CreateTime: timestamppb.New(p.CreateTime),
	}
	for _, f := range p.Figures.Failures {
		out.Failures = append(out.Failures, &satisfactionv1.PretestFailure{Rule: f.Rule, IndexItem: f.IndexItem, Question: f.Question, TextEn: f.Text.En, TextZh: f.Text.Zh})
	}
	if p.Figures.Total != nil {
		out.Total = p.Figures.Total.toProto()
	}
	for i := range p.Figures.Variables {
		out.Variables = append(out.Variables, p.Figures.Variables[i].toProto())
	}
	for _, x := range p.Figures.Questions {
		out.Questions = append(out.Questions, &satisfactionv1.PretestQuestion{
			Question: x.Question, Shown: x.Shown, Answered: x.Answered, Refused: x.Refused, Missing: x.Shown - x.Answered - x.Refused, ItemTotal: x.ItemTotal, AlphaWithout: x.Without,
		})
	}
	return out
}

func (r *Reliability) toProto() *satisfactionv1.PretestReliability {
	return &satisfactionv1.PretestReliability{IndexItem: r.IndexItem, Items: r.Items, Respondents: r.Respondents, Alpha: r.Alpha, StandardizedAlpha: r.Standardized}
}

func null(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: true} }
