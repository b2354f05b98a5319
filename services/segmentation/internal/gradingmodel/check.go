package gradingmodel

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

const (
	maxFactors = 40
	// maxWeight keeps sums of weights and their products small enough to be shown.
	maxWeight = 9999
)

var (
	identifier = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	hundred    = decimal.NewFromInt(100)
	one        = decimal.NewFromInt(1)
)

// Check holds a model to its rules. What is wrong is named by the fields of the API. All that the SQL of grading is made from has passed here.
func (m *Model) Check() []fault.Violation {
	var wrong violations
	wrong.label("label_en", m.LabelEn)
	wrong.label("label_zh", m.LabelZh)
	if len(m.Factors) < 1 || len(m.Factors) > maxFactors {
		wrong.add("factors", "FACTOR_COUNT", fmt.Sprintf("must be 1 to %d", maxFactors), fmt.Sprintf("必须有 1 至 %d 个", maxFactors))
	}
	seen := map[string]bool{}
	for i := range m.Factors {
		f, path := &m.Factors[i], fmt.Sprintf("factors[%d]", i)
		if seen[f.ID] {
			wrong.add(path+".id", "DUPLICATE", "is there twice", "重复")
		}
		seen[f.ID] = true
		f.check(path, &wrong)
	}
	for i := range m.Points {
		if m.Points[i].GreaterThan(hundred) || m.Points[i].IsNegative() || i > 0 && !m.Points[i].GreaterThan(m.Points[i-1]) {
			wrong.add(fmt.Sprintf("level_points[%d]", i), "ORDER", "must be 0 to 100 and above the points of the level below", "必须在 0 到 100 之间,且高于下一级的分值")
		}
	}
	for i, name := range []string{"b", "a", "s"} {
		if m.Borders[i].GreaterThan(hundred) || m.Borders[i].IsNegative() || i > 0 && !m.Borders[i].GreaterThan(m.Borders[i-1]) {
			wrong.add("borders."+name, "ORDER", "must be 0 to 100 and above the border of the grade below", "必须在 0 到 100 之间,且高于下一等级的分界")
		}
	}
	if m.ProvisionalBelow.IsNegative() || m.ProvisionalBelow.GreaterThan(one) {
		wrong.add("provisional_below", "RANGE", "must be 0 to 1", "必须在 0 到 1 之间")
	}
	return wrong
}

func (f *Factor) check(path string, wrong *violations) {
	if !identifier.MatchString(f.ID) {
		wrong.add(path+".id", "IDENTIFIER", "must be snake_case of at most 40 characters", "必须为 snake_case 形式,最多 40 个字符")
	}
	wrong.label(path+".label_en", f.LabelEn)
	wrong.label(path+".label_zh", f.LabelZh)
	if f.Kind < Measured || f.Kind > Either {
		wrong.add(path+".kind", "REQUIRED", "is required", "必填")
	}
	if known := f.Measure >= LastYearGrossProfit && f.Measure <= ExpectedSales; known != f.Measurable() {
		wrong.add(path+".measure", "MEASURE", "is required for MEASURED and EITHER and refused for JUDGED", "MEASURED 与 EITHER 必填,JUDGED 不得填写")
	}
	if !f.Weight.IsPositive() || f.Weight.GreaterThan(decimal.NewFromInt(maxWeight)) || !f.Weight.Equal(f.Weight.Truncate(DisplayPlaces)) {
		wrong.add(path+".weight", "WEIGHT", "must be above 0, at most 9999, with at most 4 decimals", "必须大于 0,不超过 9999,最多 4 位小数")
	}
	if f.Measurable() {
		f.checkEdges(path, wrong)
	}
}

func (f *Factor) checkEdges(path string, wrong *violations) {
	for i := 1; i < len(f.Edges); i++ {
		if better, worse := f.Edges[i], f.Edges[i-1]; f.LowerIsBetter != better.LessThan(worse) || better.Equal(worse) {
			wrong.add(fmt.Sprintf("%s.levels[%d].edge", path, len(f.Edges)-i), "ORDER",
				"must be further from the best than the edge of the level above", "必须比上一级的分界离最优值更远")
		}
	}
}

// violations collects what is wrong.
type violations []fault.Violation

func (v *violations) add(field, rule, english, chinese string) {
	*v = append(*v, fault.Field(field, rule, fault.Text{En: english, Zh: chinese}))
}

func (v *violations) label(field, label string) {
	if strings.TrimSpace(label) == "" {
		v.add(field, "REQUIRED", "is required", "必填")
	}
}
