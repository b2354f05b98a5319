package gradingmodel

import (
	"cmp"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/fault"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// What is left out of a model.
var (
	usualPoints      = [Levels]string{"25", "50", "75", "100"}
	usualBorders     = [3]string{"50", "70", "85"}
	usualProvisional = "0.6"
	usualWeight      = "1"
)

// reading collects what cannot even be read while a message is turned into a model.
type reading struct{ wrong violations }

// fromProto reads what callers may set, and holds it to the rules.
func fromProto(in *segmentationv1.GradingModel) (*Model, error) {
	r := &reading{}
	m := &Model{LabelEn: in.GetLabelEn(), LabelZh: in.GetLabelZh(), Factors: make([]Factor, len(in.GetFactors()))}
	for i, f := range in.GetFactors() {
		m.Factors[i] = r.factor(fmt.Sprintf("factors[%d]", i), f)
	}
	points := in.GetLevelPoints()
	if len(points) != 0 && len(points) != Levels {
		r.wrong.add("level_points", "LEVEL_COUNT", "must be left out or have four entries", "须留空或给出四项")
	}
	for i := range m.Points {
		given := ""
		if len(points) == Levels {
			given = points[i]
		}
		m.Points[i] = r.decimal(fmt.Sprintf("level_points[%d]", i), cmp.Or(given, usualPoints[i]))
	}
	for i, given := range []struct{ name, value string }{
		{"borders.b", in.GetBorders().GetB()}, {"borders.a", in.GetBorders().GetA()}, {"borders.s", in.GetBorders().GetS()},
	} {
		m.Borders[i] = r.decimal(given.name, cmp.Or(given.value, usualBorders[i]))
	}
	m.ProvisionalBelow = r.decimal("provisional_below", cmp.Or(in.GetProvisionalBelow(), usualProvisional))
	if len(r.wrong) == 0 {
		r.wrong = m.Check()
	}
	if len(r.wrong) > 0 {
		return nil, fault.Invalid(r.wrong...)
	}
	return m, nil
}

func (r *reading) factor(path string, in *segmentationv1.GradingFactor) Factor {
	f := Factor{
		ID: in.GetId(), LabelEn: in.GetLabelEn(), LabelZh: in.GetLabelZh(), Kind: Kind(in.GetKind()), Measure: Measure(in.GetMeasure()),
		LowerIsBetter: in.GetLowerIsBetter(), Weight: r.decimal(path+".weight", cmp.Or(in.GetWeight(), usualWeight)),
	}
	if len(in.GetLevels()) != Levels {
		r.wrong.add(path+".levels", "LEVEL_COUNT", "must be the four levels 4, 3, 2, 1", "必须依次为 4、3、2、1 四级")
		return f
	}
	for i, l := range in.GetLevels() {
		r.level(fmt.Sprintf("%s.levels[%d]", path, i), &f, Levels-i, l)
	}
	return f
}

func (r *reading) level(path string, f *Factor, level int, in *segmentationv1.FactorLevel) {
	if int(in.GetLevel()) != level {
		r.wrong.add(path+".level", "ORDER", fmt.Sprintf("must be %d: levels come in the order 4, 3, 2, 1", level), fmt.Sprintf("必须为 %d:须按 4、3、2、1 的顺序", level))
	}
	f.Descriptions[level-1] = Description{En: in.GetDescriptionEn(), Zh: in.GetDescriptionZh()}
	switch wanted := f.Measurable() && level > 1; {
	case wanted && in.GetEdge() == "":
		r.wrong.add(path+".edge", "REQUIRED", "is required where something is measured", "可计量的因素必填")
	case !wanted && in.GetEdge() != "":
		r.wrong.add(path+".edge", "NOT_ALLOWED", "is for the levels 4, 3 and 2 of what is measured only", "仅可用于可计量因素的 4、3、2 级")
	case wanted:
		f.Edges[level-2] = r.decimal(path+".edge", in.GetEdge())
	}
}

// decimal reads plain decimals only: validation has refused exponents and endless digits on the wire.
func (r *reading) decimal(path, text string) decimal.Decimal {
	d, err := decimal.NewFromString(text)
	if err != nil {
		r.wrong.add(path, "DECIMAL", "is not a decimal number", "不是十进制数")
	}
	return d
}
