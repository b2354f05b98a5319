package indexmodel

import (
	"fmt"

	"github.com/shopspring/decimal"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// ToProto is the version for the API.
func (m *Model) ToProto() *satisfactionv1.IndexModel {
	out := &satisfactionv1.IndexModel{
		Name: m.Name(), LabelEn: m.LabelEn, LabelZh: m.LabelZh, DescriptionEn: m.DescriptionEn, DescriptionZh: m.DescriptionZh, Version: m.Version,
		State: satisfactionv1.IndexModel_State(m.State), Author: m.Author, Releaser: m.Releaser, CreateTime: timestamppb.New(m.CreateTime),
		UpdateTime: timestamppb.New(m.UpdateTime), Etag: etag.Of(m.Revision),
	}
	if m.ReleaseTime != nil {
		out.ReleaseTime = timestamppb.New(*m.ReleaseTime)
	}
	for i := range m.Items {
		out.Items = append(out.Items, m.Items[i].ToProto())
	}
	for _, w := range m.Wordings {
		wording := &satisfactionv1.ScaleWording{Scale: satisfactionv1.IndexScale(w.Scale)}
		for _, g := range w.Grades {
			wording.Grades = append(wording.Grades, &satisfactionv1.ScaleWording_Grade{Value: g.Value, LabelEn: g.En, LabelZh: g.Zh})
		}
		out.Scales = append(out.Scales, wording)
	}
	return out
}

// ToProto is the item for the API.
func (i *Item) ToProto() *satisfactionv1.IndexItem {
	return &satisfactionv1.IndexItem{
		Code: i.Code, ParentCode: i.Parent, Level: int32(i.Level), LabelEn: i.LabelEn, LabelZh: i.LabelZh, Weight: i.Weight.String(),
		Direction: satisfactionv1.IndexItem_Direction(i.Direction), Scale: satisfactionv1.IndexScale(i.Scale),
	}
}

// set puts what callers may write into m, whose levels and wordings are then complete.
func (m *Model) set(in *satisfactionv1.IndexModel) error {
	m.LabelEn, m.LabelZh, m.DescriptionEn, m.DescriptionZh = in.GetLabelEn(), in.GetLabelZh(), in.GetDescriptionEn(), in.GetDescriptionZh()
	m.Items, m.Wordings = nil, nil
	var wrong []fault.Violation
	for i, p := range in.GetItems() {
		weight, err := decimal.NewFromString(p.GetWeight())
		if err != nil { // the API's constraints see to it, but not in what a mask has put together
			wrong = append(wrong, fault.Field(fmt.Sprintf("items[%d].weight", i), "DECIMAL", fault.Text{En: "must be a decimal number", Zh: "须为十进制数"}))
		}
		m.Items = append(m.Items, Item{
			Code: p.GetCode(), Parent: p.GetParentCode(), LabelEn: p.GetLabelEn(), LabelZh: p.GetLabelZh(), Weight: weight,
			Direction: max(HigherIsBetter, Direction(p.GetDirection())), Scale: Scale(p.GetScale()),
		})
	}
	for _, p := range in.GetScales() {
		w := Wording{Scale: Scale(p.GetScale())}
		for _, g := range p.GetGrades() {
			w.Grades = append(w.Grades, Grade{Value: g.GetValue(), En: g.GetLabelEn(), Zh: g.GetLabelZh()})
		}
		m.Wordings = append(m.Wordings, w)
	}
	if wrong = append(wrong, m.Arrange()...); len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	return nil
}
