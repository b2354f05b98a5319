package attribute

import (
	"fmt"
	"strconv"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/types/known/timestamppb"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// ToProto translates the values of a customer.
func ToProto(in map[string]Value) map[string]*profilev1.AttributeValue {
	if len(in) == 0 {
		return nil
	}
	out := make(map[string]*profilev1.AttributeValue, len(in))
	for id, v := range in {
		out[id] = v.toProto()
	}
	return out
}

func (v Value) toProto() *profilev1.AttributeValue {
	p := &profilev1.AttributeValue{Level: typev1.Level(v.Level)}
	switch v.Type {
	case Text:
		p.Value = &profilev1.AttributeValue_Text{Text: v.Value}
	case Number:
		p.Value = &profilev1.AttributeValue_Number{Number: v.Value}
	case Boolean:
		p.Value = &profilev1.AttributeValue_Boolean{Boolean: v.Value == "true"}
	case Date:
		d := &date.Date{}
		if _, err := fmt.Sscanf(v.Value, "%d-%d-%d", &d.Year, &d.Month, &d.Day); err == nil {
			p.Value = &profilev1.AttributeValue_Date{Date: d}
		}
	case Choice:
		p.Value = &profilev1.AttributeValue_Choice{Choice: v.Value}
	}
	return p
}

// FromProto is the way back. The level is the declaration's to give.
func FromProto(in map[string]*profilev1.AttributeValue) map[string]Value {
	out := make(map[string]Value, len(in))
	for id, p := range in {
		out[id] = valueFromProto(p)
	}
	return out
}

func valueFromProto(p *profilev1.AttributeValue) Value {
	switch v := p.GetValue().(type) {
	case *profilev1.AttributeValue_Text:
		return Value{Type: Text, Value: v.Text}
	case *profilev1.AttributeValue_Number:
		return Value{Type: Number, Value: v.Number}
	case *profilev1.AttributeValue_Boolean:
		return Value{Type: Boolean, Value: strconv.FormatBool(v.Boolean)}
	case *profilev1.AttributeValue_Date:
		return Value{Type: Date, Value: fmt.Sprintf("%04d-%02d-%02d", v.Date.GetYear(), v.Date.GetMonth(), v.Date.GetDay())}
	case *profilev1.AttributeValue_Choice:
		return Value{Type: Choice, Value: v.Choice}
	default:
		return Value{}
	}
}

func (a *Attribute) toProto() *profilev1.Attribute {
	return &profilev1.Attribute{
		Name: "attributes/" + a.ID, LabelZh: a.LabelZh, LabelEn: a.LabelEn, Type: profilev1.Attribute_Type(a.Type),
		Choices: a.Choices, Level: typev1.Level(a.Level), CreateTime: timestamppb.New(a.CreateTime),
	}
}

func fromProto(id string, p *profilev1.Attribute) *Attribute {
	return &Attribute{
		ID: id, LabelZh: p.GetLabelZh(), LabelEn: p.GetLabelEn(), Type: Type(p.GetType()),
		Choices: p.GetChoices(), Level: int32(max(p.GetLevel(), typev1.Level_BASIC)),
	}
}
