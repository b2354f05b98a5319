package grade

import (
	"context"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/fault"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
)

// ExplainGrade implements GradeService.
func (s *Server) ExplainGrade(ctx context.Context, r *segmentationv1.ExplainGradeRequest) (*segmentationv1.Grade, error) {
	name := r.GetModel()
	if name == "" {
		name = "gradingModels/current"
	}
	m, err := gradingmodel.Find(ctx, s.store.models, s.today, "model", name)
	if err != nil {
		return nil, err
	}
	known, err := given(m, r.GetFactors())
	if err != nil {
		return nil, err
	}
	result := m.Evaluate(known)
	out := &segmentationv1.Grade{
		Grade: result.Grade.String(), CalculatedGrade: result.Grade.String(), Score: text(result.Score()), Provisional: result.Provisional,
		KnownShare: share(result.Weight, m), Model: gradingmodel.Name(m.ID),
	}
	for i := range m.Factors {
		f, source := &m.Factors[i], segmentationv1.FactorGrade_SOURCE_UNSPECIFIED
		switch {
		case known[i].Level > 0:
			source = segmentationv1.FactorGrade_JUDGEMENT
		case known[i].Value != nil && f.Measure.Signal() > 0:
			source = segmentationv1.FactorGrade_SIGNAL
		case known[i].Value != nil:
			source = segmentationv1.FactorGrade_FACTS
		}
		entry := factorToProto(f, m, result.Levels[i], source, known[i].Value)
		entry.PermissionLevel = typev1.Level_BASIC // the caller brought the figures
		out.Factors = append(out.Factors, entry)
	}
	return out, nil
}

// given puts what a caller knows into the model's order.
func given(m *gradingmodel.Model, factors []*segmentationv1.GivenFactor) ([]gradingmodel.Known, error) {
	known := make([]gradingmodel.Known, len(m.Factors))
	seen := map[int]bool{}
	var wrong []fault.Violation
	refuse := func(i int, field, rule, english, chinese string) {
		wrong = append(wrong, fault.Field(fmt.Sprintf("factors[%d].%s", i, field), rule, fault.Text{En: english, Zh: chinese}))
	}
	for i, g := range factors {
		at := m.Find(g.GetFactor())
		switch {
		case at < 0:
			refuse(i, "factor", "FACTOR", "is not a factor of the model", "不是该模型的因素")
			continue
		case seen[at]:
			refuse(i, "factor", "DUPLICATE", "is there twice", "重复")
		case g.GetValue() == "" && g.GetLevel() == 0:
			refuse(i, "value", "REQUIRED", "a value or a level is required", "须给出数值或级别")
		case g.GetValue() != "" && !m.Factors[at].Measurable():
			refuse(i, "value", "NOT_MEASURED", "is for factors that are measured; this one is judged", "仅用于可计量的因素,该因素由人工评定")
		case g.GetLevel() != 0 && !m.Factors[at].Judgeable():
			refuse(i, "level", "NOT_JUDGED", "is for factors that are judged; this one is measured", "仅用于人工评定的因素,该因素由计量得出")
		}
		seen[at] = true
		known[at].Level = int16(g.GetLevel())
		if g.GetValue() == "" {
			continue
		}
		value, err := decimal.NewFromString(g.GetValue())
		if err != nil {
			refuse(i, "value", "DECIMAL", "is not a decimal number", "不是十进制数")
		}
		known[at].Value = &value
	}
	if len(wrong) > 0 {
		return nil, fault.Invalid(wrong...)
	}
	return known, nil
}
