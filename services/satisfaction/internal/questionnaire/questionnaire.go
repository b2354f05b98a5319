// Package questionnaire is what people are asked [问卷]: sections of questions in both languages, each shown when earlier answers meet its conditions, as versions that are frozen
// when they are released; and the pretests [预调查] that tell whether the questions hold together.
package questionnaire

import (
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
)

// State is how far a version is; the numbers of this and of the following are those of the API.
type State int16

// The states.
const (
	Draft     State = iota + 1
	Pretested       // a draft whose latest pretest passed, and that has not been changed since
	Released
)

// Kind is how a question is answered.
type Kind int16

// The kinds.
const (
	Scale          Kind = iota + 1 // by a grade
	Single                         // by one choice
	Multiple                       // by any choices
	Open                           // in words
	Recommendation                 // by 0 to 10
)

// Questionnaire is a version of a questionnaire.
type Questionnaire struct {
	ID             uuid.UUID     `db:"questionnaire_id"`
	Version        int32         `db:"version"`
	State          State         `db:"state"`
	LabelEn        string        `db:"label_en"`
	LabelZh        string        `db:"label_zh"`
	Model          uuid.NullUUID `db:"model_id"` // null: freely written
	ModelVersion   int32         `db:"model_version"`
	Author         string        `db:"author"`
	Releaser       string        `db:"releaser"`
	OverruleReason string        `db:"overrule_reason"`
	CreateTime     time.Time     `db:"create_time"`
	UpdateTime     time.Time     `db:"update_time"`
	ReleaseTime    *time.Time    `db:"release_time"`
	Revision       int64         `db:"revision"`
	Body           Body          `db:"-"`
}

// Text is what people read.
type Text struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}

// Body is what is shown.
type Body struct {
	Introduction Text      `json:"introduction"`
	Instructions Text      `json:"instructions"`
	Sections     []Section `json:"sections"`
}

// Section is questions under one heading.
type Section struct {
	Code  string `json:"code"`
	Label Text   `json:"label"`
	// Respondent says that its questions are about who answers, and not about us [被访者资料].
	Respondent bool       `json:"respondent,omitempty"`
	Questions  []Question `json:"questions"`
}

// Question is one of them.
type Question struct {
	Code     string `json:"code"`
	Kind     Kind   `json:"kind"`
	Text     Text   `json:"text"`
	Required bool   `json:"required,omitempty"`
	// IndexItem is the code of the item of the index model that it measures; empty: none.
	IndexItem string `json:"index_item,omitempty"`
	// Scale, Direction and Anchors are of Scale and Recommendation: by which grades, what a high one means, what they are called.
	Scale     indexmodel.Scale     `json:"scale,omitempty"`
	Direction indexmodel.Direction `json:"direction,omitempty"`
	Anchors   []indexmodel.Grade   `json:"anchors,omitempty"`
	// Importance and Expectation say that these are asked beside, on the same scale; of Scale.
	Importance  bool `json:"importance,omitempty"`
	Expectation bool `json:"expectation,omitempty"`
	// Options are of Single and Multiple.
	Options []Option `json:"options,omitempty"`
	// Conditions must all be met for it to be shown.
	Conditions []Condition `json:"conditions,omitempty"`
}

// Option is a choice.
type Option struct {
	Code  string `json:"code"`
	Label Text   `json:"label"`
}

// Condition is met when the question was shown and its answer has one of the choices, or is from Least to Most.
type Condition struct {
	Question string   `json:"question"`
	Choices  []string `json:"choices,omitempty"`
	Least    int32    `json:"least,omitempty"`
	Most     int32    `json:"most,omitempty"`
}

// Item is a question that is answered by a number: those of Scale and Recommendation. Their order is frozen with the version.
type Item struct {
	Code      string
	IndexItem string // empty: it measures no item of the model
	Scale     indexmodel.Scale
	Direction indexmodel.Direction
	// Recommendation says that it is the question whether one would recommend us.
	Recommendation bool
	// Importance and Expectation say whether these are asked beside.
	Importance, Expectation bool
}

// Name is the resource name.
func Name(id uuid.UUID) string { return resource.Name("questionnaires", id) }

// Name is the resource name.
func (q *Questionnaire) Name() string { return Name(q.ID) }

// Questions are all questions, in order.
func (q *Questionnaire) Questions() []*Question {
	var out []*Question
	for i := range q.Body.Sections {
		for j := range q.Body.Sections[i].Questions {
			out = append(out, &q.Body.Sections[i].Questions[j])
		}
	}
	return out
}

// Items are those that are answered by a number, in order.
func (q *Questionnaire) Items() []Item {
	var out []Item
	for _, x := range q.Questions() {
		if x.graded() {
			out = append(out, Item{
				Code: x.Code, IndexItem: x.IndexItem, Scale: x.Scale, Direction: x.Direction, Recommendation: x.Kind == Recommendation,
				Importance: x.Importance, Expectation: x.Expectation,
			})
		}
	}
	return out
}

func (x *Question) graded() bool { return x.Kind == Scale || x.Kind == Recommendation }

func (x *Question) chosen() bool { return x.Kind == Single || x.Kind == Multiple }

func (x *Question) option(code string) bool {
	for _, o := range x.Options {
		if o.Code == code {
			return true
		}
	}
	return false
}
