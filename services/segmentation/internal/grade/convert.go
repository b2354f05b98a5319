package grade

import (
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
)

func (o *overriding) name() string {
	return resource.Name("customers", o.Customer, "gradeOverrides", o.ID)
}

func (o *overriding) toProto() *segmentationv1.GradeOverride {
	out := &segmentationv1.GradeOverride{
		Name: o.name(), Grade: o.Grade.String(), Reason: o.Reason, EffectiveDate: civil.Date(o.SetDay.UTC()),
		ExpireDate: civil.Date(o.ExpireDay.UTC()), Author: o.Author, CreateTime: timestamppb.New(o.CreateTime), ClearAuthor: o.ClearAuthor,
	}
	if o.ClearTime != nil {
		out.ClearTime = timestamppb.New(*o.ClearTime)
	}
	return out
}

// toProto translates an assessment with the model that it was made by.
func (a *assessed) toProto(name string, m *gradingmodel.Model) *segmentationv1.Grade {
	result := gradingmodel.Result{Points: a.Points, Weight: a.Weight}
	out := &segmentationv1.Grade{
		Name: name, Grade: a.Grade.String(), Score: text(result.Score()), Provisional: a.Provisional, KnownShare: share(a.Weight, m),
		CalculatedGrade: a.Calculated.String(), Model: gradingmodel.Name(m.ID), Assessment: a.name(), EffectiveDate: civil.Date(a.Day),
		RecordTime: timestamppb.New(a.RecordTime), Cause: a.Cause, Reference: a.Reference,
	}
	if a.Override.V != nil {
		out.Override = a.Override.V.toProto()
	}
	for i := range m.Factors {
		out.Factors = append(out.Factors, a.factor(&m.Factors[i], m, i))
	}
	return out
}

func (a *assessed) name() string { return resource.Name("customers", a.Customer, "assessments", a.ID) }

func (a *assessed) factor(f *gradingmodel.Factor, m *gradingmodel.Model, i int) *segmentationv1.FactorGrade {
	source := segmentationv1.FactorGrade_Source(a.Sources[i])
	var value *decimal.Decimal
	if a.Measured[i].Valid {
		value = &a.Measured[i].Decimal
	}
	out := factorToProto(f, m, int16(a.Levels[i]), source, value)
	if source == segmentationv1.FactorGrade_SOURCE_UNSPECIFIED {
		return out
	}
	out.Date = civil.Date(a.Day)
	if observed, err := time.Parse(time.DateOnly, a.Days[i].String); err == nil {
		out.Date = civil.Date(observed)
	}
	if id := a.Evidence[i]; id.Valid {
		out.Evidence = evidence(a.Customer, source, id.UUID)
	}
	return out
}

func evidence(customer uuid.UUID, source segmentationv1.FactorGrade_Source, id uuid.UUID) string {
	if source == segmentationv1.FactorGrade_JUDGEMENT {
		return resource.Name("customers", customer, "judgements", id)
	}
	return resource.Name("customers", customer, "signals", id)
}

// factorToProto explains a factor. Of a factor that is measured the whole entry asks for the level of the figure: to know the level is to know its bounds.
func factorToProto(
	f *gradingmodel.Factor, m *gradingmodel.Model, level int16, source segmentationv1.FactorGrade_Source, value *decimal.Decimal,
) *segmentationv1.FactorGrade {
	out := &segmentationv1.FactorGrade{
		Factor: f.ID, LabelEn: f.LabelEn, LabelZh: f.LabelZh, Source: source, Level: int32(level), Weight: f.Weight.String(),
		PermissionLevel: typev1.Level_BASIC,
	}
	var points decimal.Decimal
	if level > 0 {
		points = m.Points[level-1]
		out.Points, out.LevelEn, out.LevelZh = points.String(), f.Descriptions[level-1].En, f.Descriptions[level-1].Zh
	}
	if source != segmentationv1.FactorGrade_JUDGEMENT {
		out.Measure, out.PermissionLevel = segmentationv1.Measure(f.Measure), typev1.Level(f.Measure.PermissionLevel())
		out.Value = text(value)
	} else {
		value = nil
	}
	why := explain(f, points, level, value)
	out.ExplanationEn, out.ExplanationZh = why.En, why.Zh
	return out
}

// share is how much of a model's weight is known.
func share(weight decimal.Decimal, m *gradingmodel.Model) string {
	return weight.DivRound(m.Total(), gradingmodel.DisplayPlaces).String()
}

// text writes a decimal, nothing for none.
func text(d *decimal.Decimal) string {
	if d == nil {
		return ""
	}
	return d.String()
}
