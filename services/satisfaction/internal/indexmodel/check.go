package indexmodel

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

var (
	required = fault.Text{En: "must be given", Zh: "必须填写"}
	twice    = fault.Text{En: "stands twice", Zh: "重复"}
)

// mostWeight bounds weights, WeightPlaces is how many decimals they have at most.
var mostWeight = decimal.New(1, 6)

// WeightPlaces is how many decimals weights have at most.
const WeightPlaces = 6

// Arrange gives items their levels and scales their wording, and says what is wrong with the version. Completeness is asked for when it is released, see Gap.
func (m *Model) Arrange() []fault.Violation {
	var wrong []fault.Violation
	add := func(broken bool, field, rule string, text fault.Text) {
		if broken {
			wrong = append(wrong, fault.Field(field, rule, text))
		}
	}
	add(m.LabelEn == "", "label_en", "REQUIRED", required)
	add(m.LabelZh == "", "label_zh", "REQUIRED", required)
	codes := make(map[string]int, len(m.Items))
	for i, item := range m.Items {
		if _, there := codes[item.Code]; there {
			add(true, at(i, "code"), "UNIQUE", twice)
			continue
		}
		codes[item.Code] = i
	}
	for i := range m.Items {
		item := &m.Items[i]
		item.Level = m.level(codes, i)
		add(item.Level == 0, at(i, "parent_code"), "PARENT", fault.Text{
			En: "must be the code of an item of level 1 or 2 that is not below this one", Zh: "须为一级或二级指标的代码，且不在本指标之下",
		})
		add(!item.Weight.IsPositive() || item.Weight.GreaterThan(mostWeight) || !item.Weight.Equal(item.Weight.Round(WeightPlaces)), at(i, "weight"), "RANGE",
			fault.Text{En: "must be above 0 and at most 1,000,000, with at most 6 decimals", Zh: "须大于 0 且不超过 1,000,000，小数不超过 6 位"})
		add(item.Level == Question && item.Scale == 0, at(i, "scale"), "SCALE", fault.Text{En: "must be given for an item of level 3", Zh: "三级指标必须给出量表"})
		add(item.Level != Question && item.Level != 0 && item.Scale != 0, at(i, "scale"), "SCALE",
			fault.Text{En: "must not be given for an item above level 3", Zh: "一级、二级指标不得有量表"})
	}
	return append(wrong, m.arrangeWordings()...)
}

func at(i int, field string) string { return fmt.Sprintf("items[%d].%s", i, field) }

// level is how deep an item is, 0 when its parents do not lead up to level 1 within three steps.
func (m *Model) level(codes map[string]int, i int) int16 {
	for depth := int16(1); depth <= Question; depth++ {
		if m.Items[i].Parent == "" {
			return depth
		}
		parent, there := codes[m.Items[i].Parent]
		if !there {
			return 0
		}
		i = parent
	}
	return 0
}

// arrangeWordings checks what is said of scales, and fills in what is not said of those that items have.
func (m *Model) arrangeWordings() []fault.Violation {
	var wrong []fault.Violation
	said := map[Scale]bool{}
	for i, w := range m.Wordings {
		field := fmt.Sprintf("scales[%d]", i)
		if said[w.Scale] {
			wrong = append(wrong, fault.Field(field+".scale", "UNIQUE", twice))
		}
		said[w.Scale] = true
		if !w.Complete() {
			wrong = append(wrong, fault.Field(field+".grades", "WORDING", fault.Text{
				En: "must have each grade of the scale once; of 0 to 10 at least both ends", Zh: "须包含该量表的每个级度且各一次；0 至 10 量表至少包含两端",
			}))
		}
	}
	for _, item := range m.Items {
		if item.Scale != 0 && !said[item.Scale] {
			said[item.Scale] = true
			m.Wordings = append(m.Wordings, Usual(item.Scale))
		}
	}
	return wrong
}

// Complete says whether the grades are those of the scale: all of five or seven, both ends of 0 to 10.
func (w Wording) Complete() bool {
	least, most := w.Scale.Bounds()
	seen := map[int32]bool{}
	for _, g := range w.Grades {
		if g.Value < least || g.Value > most || seen[g.Value] {
			return false
		}
		seen[g.Value] = true
	}
	return seen[least] && seen[most] && (w.Scale == ZeroToTen || len(seen) == int(most-least)+1)
}

// Gap says what a version lacks to be released; ok is false when it lacks nothing.
func (m *Model) Gap() (gap fault.Text, ok bool) {
	if len(m.Items) == 0 {
		return fault.Text{En: "The model has no items.", Zh: "指标体系没有指标。"}, true
	}
	below := map[string]bool{}
	for _, i := range m.Items {
		below[i.Parent] = true
	}
	for _, i := range m.Items {
		if i.Level != Question && !below[i.Code] {
			return fault.Text{En: "The item " + i.Code + " has none below it.", Zh: "指标 " + i.Code + " 没有下级指标。"}, true
		}
	}
	return fault.Text{}, false
}
