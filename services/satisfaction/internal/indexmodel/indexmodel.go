// Package indexmodel is what satisfaction is measured by [三级测评指标体系]: latent variables, dimensions and items with their weights, as versions that are frozen when they are
// released.
package indexmodel

import (
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/resource"
)

// Shipped is the id of the model that every installation has, version 1 of it released.
var Shipped = uuid.MustParse("019a0000-0000-7000-8000-000000000001")

// State is how far a version is; the numbers of this and of the following are those of the API.
type State int16

// The states.
const (
	Draft State = iota + 1
	Released
)

// Direction is what a high answer means.
type Direction int16

// The directions.
const (
	HigherIsBetter Direction = iota + 1
	LowerIsBetter
)

// Scale is what an item is answered on; 0 none.
type Scale int16

// The scales.
const (
	FiveGrades Scale = iota + 1
	SevenGrades
	ZeroToTen
)

// Bounds are the least and the most that can be answered.
func (s Scale) Bounds() (least, most int32) {
	switch s {
	case FiveGrades:
		return 1, 5
	case SevenGrades:
		return 1, 7
	case ZeroToTen:
		return 0, 10
	}
	return 0, 0
}

// Levels of items.
const (
	Latent = iota + 1
	Dimension
	Question
)

// Model is a version of a model.
type Model struct {
	ID            uuid.UUID  `db:"model_id"`
	Version       int32      `db:"version"`
	State         State      `db:"state"`
	LabelEn       string     `db:"label_en"`
	LabelZh       string     `db:"label_zh"`
	DescriptionEn string     `db:"description_en"`
	DescriptionZh string     `db:"description_zh"`
	Author        string     `db:"author"`
	Releaser      string     `db:"releaser"`
	CreateTime    time.Time  `db:"create_time"`
	UpdateTime    time.Time  `db:"update_time"`
	ReleaseTime   *time.Time `db:"release_time"`
	Revision      int64      `db:"revision"`
	Items         []Item     `db:"-"`
	Wordings      []Wording  `db:"-"`
}

// Item is an indicator.
type Item struct {
	Code      string          `db:"item_code"`
	Parent    string          `db:"parent_code"` // empty for level 1
	Level     int16           `db:"level"`
	LabelZh   string          `db:"label_zh"`
	LabelEn   string          `db:"label_en"`
	Weight    decimal.Decimal `db:"weight"`
	Direction Direction       `db:"direction"`
	Scale     Scale           `db:"scale"`
}

// Wording is what the grades of a scale are called.
type Wording struct {
	Scale  Scale   `json:"scale"`
	Grades []Grade `json:"grades"`
}

// Grade is one that can be chosen.
type Grade struct {
	Value int32  `json:"value"`
	En    string `json:"en"`
	Zh    string `json:"zh"`
}

// Name is the resource name.
func Name(id uuid.UUID) string { return resource.Name("indexModels", id) }

// Name is the resource name.
func (m *Model) Name() string { return Name(m.ID) }

// Item is the one of that code; nil when there is none.
func (m *Model) Item(code string) *Item {
	for i := range m.Items {
		if m.Items[i].Code == code {
			return &m.Items[i]
		}
	}
	return nil
}

// Questions are the items of level 3, in order.
func (m *Model) Questions() []Item {
	var out []Item
	for _, i := range m.Items {
		if i.Level == Question {
			out = append(out, i)
		}
	}
	return out
}

// Wording is what the grades of a scale are called in this version, or else in the source.
func (m *Model) Wording(s Scale) Wording {
	for _, w := range m.Wordings {
		if w.Scale == s {
			return w
		}
	}
	return Usual(s)
}

// Usual is the wording of the source for 5 and 7 grades [5 个级度、7 个级度], and ours for 0 to 10.
func Usual(s Scale) Wording {
	switch s {
	case FiveGrades:
		return Wording{s, []Grade{{5, "Very satisfied", "很满意"}, {4, "Satisfied", "满意"}, {3, "Neutral", "一般"}, {2, "Dissatisfied", "不满意"}, {1, "Very dissatisfied", "极不满意"}}}
	case SevenGrades:
		return Wording{s, []Grade{
			{7, "Very satisfied", "很满意"},
			{6, "Satisfied", "满意"},
			{5, "Fairly satisfied", "较满意"},
			{4, "Neutral", "一般"},
			{3, "Fairly dissatisfied", "不太满意"},
			{2, "Dissatisfied", "不满意"},
			{1, "Very dissatisfied", "极不满意"},
		}}
	case ZeroToTen:
		return Wording{s, []Grade{{10, "Extremely likely", "非常可能"}, {0, "Not at all likely", "完全不可能"}}}
	}
	return Wording{Scale: s}
}
