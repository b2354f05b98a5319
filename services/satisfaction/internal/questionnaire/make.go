package questionnaire

import (
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
)

// Made are the sections of a model: one for each latent variable, in it a question for each item below. The first item from 0 to 10 becomes the question of recommendation.
func Made(m *indexmodel.Model, importance, expectation bool) []Section {
	var out []Section
	at := map[string]int{} // which section a latent variable or a dimension is asked in
	recommended := false
	for _, latent := range m.Items {
		if latent.Level == indexmodel.Latent {
			at[latent.Code] = len(out)
			out = append(out, Section{Code: latent.Code, Label: Text{En: latent.LabelEn, Zh: latent.LabelZh}})
		}
	}
	for _, item := range m.Questions() {
		x := Question{
			Code: item.Code, Kind: Scale, Text: Text{En: item.LabelEn, Zh: item.LabelZh}, Required: true, IndexItem: item.Code, Scale: item.Scale, Direction: item.Direction,
			Anchors: m.Wording(item.Scale).Grades, Importance: importance, Expectation: expectation,
		}
		if item.Scale == indexmodel.ZeroToTen && !recommended {
			x.Kind, x.Importance, x.Expectation, recommended = Recommendation, false, false, true
		}
		i := at[Latent(m, item.Code)]
		out[i].Questions = append(out[i].Questions, x)
	}
	kept := out[:0]
	for _, s := range out {
		if len(s.Questions) > 0 {
			kept = append(kept, s)
		}
	}
	return kept
}

// Latent is the latent variable that an item belongs to; empty: the model has no such item.
func Latent(m *indexmodel.Model, code string) string {
	for item := m.Item(code); item != nil; item = m.Item(item.Parent) {
		if item.Parent == "" {
			return item.Code
		}
	}
	return ""
}
