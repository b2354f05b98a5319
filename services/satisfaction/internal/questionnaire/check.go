package questionnaire

import (
	"fmt"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
)

var (
	required = fault.Text{En: "must be given", Zh: "必须填写"}
	twice    = fault.Text{En: "stands twice", Zh: "重复"}
	unfit    = fault.Text{En: "does not belong to a question of this kind", Zh: "不适用于该题型"}
)

// faults gathers what is wrong.
type faults []fault.Violation

func (f *faults) add(broken bool, field, rule string, text fault.Text) {
	if broken {
		*f = append(*f, fault.Field(field, rule, text))
	}
}

// both asks for a text in both languages or in none.
func (f *faults) both(field string, text Text) {
	f.add(text.En == "" && text.Zh != "", field+"_en", "REQUIRED", required)
	f.add(text.Zh == "" && text.En != "", field+"_zh", "REQUIRED", required)
}

// Arrange fills in what follows from the model (nil: freely written) and the kinds of the questions, and says what is wrong with the version. Completeness is asked for when it is
// released, see Gap.
func (q *Questionnaire) Arrange(model *indexmodel.Model) []fault.Violation {
	var wrong faults
	wrong.add(q.LabelEn == "", "label_en", "REQUIRED", required)
	wrong.add(q.LabelZh == "", "label_zh", "REQUIRED", required)
	wrong.both("introduction", q.Body.Introduction)
	wrong.both("instructions", q.Body.Instructions)
	sections, before := map[string]bool{}, map[string]*Question{}
	items, recommendations := map[string]bool{}, 0
	for i := range q.Body.Sections {
		section := &q.Body.Sections[i]
		field := fmt.Sprintf("sections[%d].", i)
		wrong.add(sections[section.Code], field+"code", "UNIQUE", twice)
		sections[section.Code] = true
		for j := range section.Questions {
			x := &section.Questions[j]
			field := fmt.Sprintf("%squestions[%d].", field, j)
			x.arrange(&wrong, field, model)
			x.arrangeConditions(&wrong, field, before)
			wrong.add(before[x.Code] != nil, field+"code", "UNIQUE", twice)
			wrong.add(x.IndexItem != "" && items[x.IndexItem], field+"index_item", "UNIQUE", twice)
			if x.Kind == Recommendation {
				recommendations++
			}
			wrong.add(x.Kind == Recommendation && recommendations > 1, field+"kind", "KIND",
				fault.Text{En: "must not be RECOMMENDATION twice in a questionnaire", Zh: "一份问卷中只能有一个推荐意愿题"})
			before[x.Code], items[x.IndexItem] = x, true
		}
	}
	if len(wrong) == 0 {
		q.reach(&wrong)
	}
	return wrong
}

// arrange holds a question to its kind, and fills in its scale.
func (x *Question) arrange(wrong *faults, field string, model *indexmodel.Model) {
	if x.IndexItem != "" {
		x.measure(wrong, field, model)
	}
	if x.Kind == Recommendation {
		wrong.add(x.Scale != 0 && x.Scale != indexmodel.ZeroToTen, field+"scale", "SCALE", fault.Text{En: "must be ZERO_TO_TEN", Zh: "须为 0 至 10"})
		x.Scale = indexmodel.ZeroToTen
	}
	if x.graded() {
		x.Direction = max(x.Direction, indexmodel.HigherIsBetter)
		wrong.add(x.Scale == 0, field+"scale", "SCALE", fault.Text{En: "must be given for a question on a scale", Zh: "量表题必须给出量表"})
	}
	wrong.add(x.Scale != 0 && !x.graded(), field+"scale", "KIND", unfit)
	wrong.add(x.Direction != 0 && !x.graded(), field+"direction", "KIND", unfit)
	wrong.add(len(x.Anchors) > 0 && !x.graded(), field+"anchors", "KIND", unfit)
	wrong.add(x.IndexItem != "" && !x.graded(), field+"index_item", "KIND", unfit)
	wrong.add(x.Importance && x.Kind != Scale, field+"importance", "KIND", unfit)
	wrong.add(x.Expectation && x.Kind != Scale, field+"expectation", "KIND", unfit)
	if x.graded() && x.Scale != 0 {
		x.word(wrong, field, model)
	}
	wrong.add(x.chosen() && len(x.Options) < 2, field+"options", "OPTIONS", fault.Text{En: "must be two at least", Zh: "至少两个选项"})
	wrong.add(!x.chosen() && len(x.Options) > 0, field+"options", "KIND", unfit)
	seen := map[string]bool{}
	for i, o := range x.Options {
		wrong.add(seen[o.Code], fmt.Sprintf("%soptions[%d].code", field, i), "UNIQUE", twice)
		seen[o.Code] = true
	}
}

// measure takes scale and direction from the item of the model.
func (x *Question) measure(wrong *faults, field string, model *indexmodel.Model) {
	if model == nil {
		wrong.add(true, field+"index_item", "INDEX_ITEM", fault.Text{En: "must not be given without an index model", Zh: "没有指标体系时不得填写"})
		return
	}
	item := model.Item(x.IndexItem)
	if item == nil || item.Level != indexmodel.Question {
		wrong.add(true, field+"index_item", "INDEX_ITEM", fault.Text{En: "is no item of level 3 of the index model", Zh: "不是该指标体系的三级指标"})
		return
	}
	if x.Scale == 0 {
		x.Scale = item.Scale
	}
	if x.Direction == 0 {
		x.Direction = item.Direction
	}
	wrong.add(x.Scale != item.Scale, field+"scale", "INDEX_ITEM", fault.Text{En: "must be that of the index item", Zh: "须与指标的量表一致"})
	wrong.add(x.Direction != item.Direction, field+"direction", "INDEX_ITEM", fault.Text{En: "must be that of the index item", Zh: "须与指标的方向一致"})
}

// word gives the grades their names.
func (x *Question) word(wrong *faults, field string, model *indexmodel.Model) {
	if len(x.Anchors) == 0 && model != nil {
		x.Anchors = model.Wording(x.Scale).Grades
	}
	if len(x.Anchors) == 0 {
		x.Anchors = indexmodel.Usual(x.Scale).Grades
	}
	wording := indexmodel.Wording{Scale: x.Scale, Grades: x.Anchors}
	wrong.add(!wording.Complete(), field+"anchors", "ANCHORS",
		fault.Text{En: "must have each grade of the scale once; of 0 to 10 at least both ends", Zh: "须包含该量表的每个级度且各一次；0 至 10 量表至少包含两端"})
}

// arrangeConditions holds conditions to the questions that come before.
func (x *Question) arrangeConditions(wrong *faults, field string, before map[string]*Question) {
	for i, c := range x.Conditions {
		at := fmt.Sprintf("%sconditions[%d].", field, i)
		of := before[c.Question]
		if of == nil || of.Kind == Open {
			wrong.add(true, at+"question", "CONDITION", fault.Text{En: "must be the code of an earlier question that is not OPEN", Zh: "须为前面问题的代码，且不是开放题"})
			continue
		}
		if of.chosen() {
			wrong.add(len(c.Choices) == 0, at+"choices", "CONDITION", fault.Text{En: "must be given for a question with choices", Zh: "选择题的条件必须给出选项"})
			wrong.add(c.Least != 0 || c.Most != 0, at+"most", "CONDITION", unfit)
			for _, code := range c.Choices {
				wrong.add(!of.option(code), at+"choices", "CONDITION", fault.Text{En: "has a choice that the question does not have", Zh: "包含该问题没有的选项"})
			}
			continue
		}
		least, most := of.Scale.Bounds()
		wrong.add(len(c.Choices) > 0, at+"choices", "CONDITION", unfit)
		wrong.add(c.Least > c.Most || c.Most < least || c.Least > most, at+"most", "CONDITION",
			fault.Text{En: "must be a range of which the scale has some", Zh: "范围须与该量表有重合"})
	}
}

// Gap says what a version lacks to be released; ok is false when it lacks nothing.
func (q *Questionnaire) Gap() (gap fault.Text, ok bool) {
	switch {
	case q.Body.Introduction.En == "":
		return fault.Text{En: "The questionnaire has no introduction.", Zh: "问卷没有引言。"}, true
	case len(q.Questions()) == 0:
		return fault.Text{En: "The questionnaire has no questions.", Zh: "问卷没有问题。"}, true
	}
	return fault.Text{}, false
}
