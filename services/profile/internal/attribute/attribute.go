// Package attribute is the company's own attributes of customers [自定义属性]: their declarations and the rules of their values.
package attribute

import (
	"maps"
	"slices"
	"time"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Type is the type of an attribute's values; the numbers are those of the API.
type Type int32

// The types.
const (
	Text Type = iota + 1
	Number
	Boolean
	Date
	Choice
)

// Attribute is a declaration.
type Attribute struct {
	ID         string     `db:"attribute_id"`
	LabelZh    string     `db:"label_zh"`
	LabelEn    string     `db:"label_en"`
	Type       Type       `db:"type"`
	Choices    []string   `db:"-"`
	Level      int32      `db:"level"`
	CreateTime time.Time  `db:"create_time"`
	DeleteTime *time.Time `db:"delete_time"`
}

// Value is the value of an attribute as a customer keeps it, with the type and level it was declared with, so that it can be read without the declaration.
type Value struct {
	Type  Type   `json:"type"`
	Level int32  `json:"level"`
	Value string `json:"value"` // text or choice as it is, number as a decimal, boolean as true or false, date as 2006-01-02
}

// Check holds a declaration to its rules.
func (a *Attribute) Check() error {
	switch {
	case a.Type == Choice && len(a.Choices) == 0:
		return fault.Invalid(fault.Field("attribute.choices", "CHOICES_MISSING", fault.Text{En: "a CHOICE needs choices", Zh: "选项型属性必须给出选项"}))
	case a.Type != Choice && len(a.Choices) > 0:
		return fault.Invalid(fault.Field("attribute.choices", "CHOICES_NOT_ALLOWED", fault.Text{En: "only a CHOICE has choices", Zh: "只有选项型属性可以有选项"}))
	}
	return nil
}

// Declared are the declarations in force, by id.
type Declared map[string]Attribute

// Check holds the values to their declarations and gives each the level that was declared, a wrong one too: above the caller's level he must not hear what is
// wrong with it. A value that the customer carries already stays as it is,
// declared or not: it was right when it was written. What is wrong is named in the order of the ids.
func (d Declared) Check(values, stored map[string]Value) []fault.Violation {
	var wrong []fault.Violation
	for _, id := range slices.Sorted(maps.Keys(values)) {
		v := values[id]
		if old, ok := stored[id]; ok && old.Type == v.Type && old.Value == v.Value {
			values[id] = old
			continue
		}
		declared, ok := d[id]
		if !ok {
			wrong = append(wrong, violation(id, "ATTRIBUTE_NOT_DECLARED", fault.Text{En: "is not declared", Zh: "未声明"}))
			continue
		}
		v.Level = declared.Level
		values[id] = v
		if text, ok := declared.accepts(v); !ok {
			wrong = append(wrong, violation(id, "ATTRIBUTE_VALUE", text))
		}
	}
	return wrong
}

func (a *Attribute) accepts(v Value) (fault.Text, bool) {
	switch {
	case v.Type != a.Type:
		return fault.Text{En: "is not of the declared type", Zh: "与声明的类型不符"}, false
	case a.Type == Choice && !slices.Contains(a.Choices, v.Value):
		return fault.Text{En: "is not one of the choices", Zh: "不在可选项之中"}, false
	case a.Type == Date:
		if _, err := time.Parse(time.DateOnly, v.Value); err != nil {
			return fault.Text{En: "is not a full calendar date", Zh: "不是完整的日历日期"}, false
		}
	}
	return fault.Text{}, true
}

func violation(id, rule string, text fault.Text) fault.Violation {
	return fault.Field(`attributes["`+id+`"]`, rule, text)
}
