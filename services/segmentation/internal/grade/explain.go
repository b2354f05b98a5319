package grade

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
)

// explain says in a sentence why a factor has its level. value is nil for a judgement.
func explain(f *gradingmodel.Factor, points decimal.Decimal, level int16, value *decimal.Decimal) fault.Text {
	if level == 0 {
		return fault.Text{En: f.LabelEn + ": not known, does not count", Zh: f.LabelZh + ":未知,不计入"}
	}
	why := fault.Text{En: "judged by a person", Zh: "由人工评定"}
	if value != nil {
		why = band(f, level, *value)
	}
	return fault.Text{
		En: fmt.Sprintf("%s: %s, level %d, %s points with weight %s", f.LabelEn, why.En, level, points, f.Weight),
		Zh: fmt.Sprintf("%s:%s,%d 级,计 %s 分,权重 %s", f.LabelZh, why.Zh, level, points, f.Weight),
	}
}

// band says on which side of which edge a value lies.
func band(f *gradingmodel.Factor, level int16, value decimal.Decimal) fault.Text {
	switch {
	case level == 1 && f.LowerIsBetter:
		return fault.Text{En: fmt.Sprintf("%s is above %s", value, f.Edges[0]), Zh: fmt.Sprintf("%s 高于 %s", value, f.Edges[0])}
	case level == 1:
		return fault.Text{En: fmt.Sprintf("%s is below %s", value, f.Edges[0]), Zh: fmt.Sprintf("%s 低于 %s", value, f.Edges[0])}
	case f.LowerIsBetter:
		return fault.Text{En: fmt.Sprintf("%s is at most %s", value, f.Edges[level-2]), Zh: fmt.Sprintf("%s 不高于 %s", value, f.Edges[level-2])}
	default:
		return fault.Text{En: fmt.Sprintf("%s is at least %s", value, f.Edges[level-2]), Zh: fmt.Sprintf("%s 不低于 %s", value, f.Edges[level-2])}
	}
}
