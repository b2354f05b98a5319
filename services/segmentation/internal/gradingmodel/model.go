// Package gradingmodel is the models that customers are graded by [分级模型]: factors with their levels, weights and borders, kept as drafts and published versions, and
// the arithmetic of a grade.
package gradingmodel

import (
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// Model is one version. What is published never changes.
type Model struct {
	ID       uuid.UUID
	Revision int64
	LabelEn  string
	LabelZh  string
	Factors  []Factor
	// Points are what the levels 1 to 4 are worth.
	Points [Levels]decimal.Decimal
	// Borders are the scores from which on the grades B, A and S are given.
	Borders [3]decimal.Decimal
	// ProvisionalBelow is the share of the weight below which a grade is provisional.
	ProvisionalBelow decimal.Decimal

	EffectiveDay *time.Time // midnight UTC; nil: a draft
	PublishTime  *time.Time
	Author       string
	CreateTime   time.Time
	UpdateTime   time.Time
}

// Levels is how many levels a factor has.
const Levels = 4

// Kind is where the level of a factor comes from; the numbers are those of the API.
type Kind int32

// The kinds.
const (
	Measured Kind = iota + 1
	Judged
	Either
)

// Factor is one thing that a grade depends on.
type Factor struct {
	ID            string
	LabelEn       string
	LabelZh       string
	Kind          Kind
	Measure       Measure
	LowerIsBetter bool
	Weight        decimal.Decimal
	// Edges are those of the levels 2 to 4, inclusive. Of a factor that is judged only they are not used.
	Edges [Levels - 1]decimal.Decimal
	// Descriptions say what the levels 1 to 4 mean.
	Descriptions [Levels]Description
}

// Description is what a level means.
type Description struct{ En, Zh string }

// Judgeable says whether people may judge the factor.
func (f *Factor) Judgeable() bool { return f.Kind == Judged || f.Kind == Either }

// Measurable says whether the factor can be measured.
func (f *Factor) Measurable() bool { return f.Kind == Measured || f.Kind == Either }

// Published says whether the model can no longer change.
func (m *Model) Published() bool { return m.EffectiveDay != nil }

// Total is the sum of all weights.
func (m *Model) Total() decimal.Decimal {
	var sum decimal.Decimal
	for i := range m.Factors {
		sum = sum.Add(m.Factors[i].Weight)
	}
	return sum
}

// Find is the position of a factor, -1 when the model has none of the id.
func (m *Model) Find(id string) int {
	for i := range m.Factors {
		if m.Factors[i].ID == id {
			return i
		}
	}
	return -1
}
