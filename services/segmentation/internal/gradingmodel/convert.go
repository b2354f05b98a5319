package gradingmodel

import (
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// Name is the resource name of a model.
func Name(id uuid.UUID) string { return resource.Name("gradingModels", id) }

// toProto translates a model for the API.
func (m *Model) toProto() *segmentationv1.GradingModel {
	out := m.body()
	out.Name, out.Etag, out.Author = Name(m.ID), etag.Of(m.Revision), m.Author
	out.CreateTime, out.UpdateTime = timestamppb.New(m.CreateTime), timestamppb.New(m.UpdateTime)
	out.State = segmentationv1.GradingModel_DRAFT
	if m.Published() {
		out.State, out.EffectiveDate = segmentationv1.GradingModel_PUBLISHED, civil.Date(*m.EffectiveDay)
		out.PublishTime = timestamppb.New(*m.PublishTime)
	}
	return out
}

// body is what a person has put into the model, and what is stored as one JSON.
func (m *Model) body() *segmentationv1.GradingModel {
	out := &segmentationv1.GradingModel{
		LabelEn: m.LabelEn, LabelZh: m.LabelZh, ProvisionalBelow: m.ProvisionalBelow.String(),
		Borders: &segmentationv1.GradeBorders{S: m.Borders[2].String(), A: m.Borders[1].String(), B: m.Borders[0].String()},
	}
	for _, points := range m.Points {
		out.LevelPoints = append(out.LevelPoints, points.String())
	}
	for i := range m.Factors {
		out.Factors = append(out.Factors, m.Factors[i].toProto())
	}
	return out
}

func (f *Factor) toProto() *segmentationv1.GradingFactor {
	out := &segmentationv1.GradingFactor{
		Id: f.ID, LabelEn: f.LabelEn, LabelZh: f.LabelZh, Kind: segmentationv1.GradingFactor_Kind(f.Kind),
		Measure: segmentationv1.Measure(f.Measure), LowerIsBetter: f.LowerIsBetter, Weight: f.Weight.String(),
	}
	for level := Levels; level >= 1; level-- {
		text := f.Descriptions[level-1]
		l := &segmentationv1.FactorLevel{Level: int32(level), DescriptionEn: text.En, DescriptionZh: text.Zh}
		if f.Measurable() && level > 1 {
			l.Edge = f.Edges[level-2].String()
		}
		out.Levels = append(out.Levels, l)
	}
	return out
}
