package indexmodel_test

import (
	"strconv"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
)

var one = decimal.NewFromInt(1)

// small is a complete model.
func small() *indexmodel.Model {
	return &indexmodel.Model{LabelEn: "x", LabelZh: "x", Items: []indexmodel.Item{
		{Code: "a", Weight: one}, {Code: "b", Parent: "a", Weight: one}, {Code: "c", Parent: "b", Weight: one, Scale: indexmodel.SevenGrades},
	}}
}

func TestAModelIsArranged(t *testing.T) {
	t.Parallel()
	m := small()
	require.Empty(t, m.Arrange())
	require.Equal(t, []int16{1, 2, 3}, []int16{m.Items[0].Level, m.Items[1].Level, m.Items[2].Level})
	require.Equal(t, []indexmodel.Wording{indexmodel.Usual(indexmodel.SevenGrades)}, m.Wordings)
	require.Len(t, m.Questions(), 1)
	_, lacks := m.Gap()
	require.False(t, lacks)
	require.Equal(t, "不太满意", m.Wording(indexmodel.SevenGrades).Grades[4].Zh)
	require.Equal(t, "极不满意", m.Wording(indexmodel.FiveGrades).Grades[4].Zh)
}

func TestWhatIsWrongWithAModel(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(m *indexmodel.Model)
		broken string
	}{
		"a code that stands twice": {func(m *indexmodel.Model) { m.Items[1].Code = "a" }, "items[1].code UNIQUE;items[2].parent_code PARENT;"},
		"no such parent":           {func(m *indexmodel.Model) { m.Items[2].Parent = "z" }, "items[2].parent_code PARENT;"},
		"its own parent":           {func(m *indexmodel.Model) { m.Items[2].Parent = "c" }, "items[2].parent_code PARENT;"},
		"a circle":                 {func(m *indexmodel.Model) { m.Items[0].Parent = "c" }, "items[0].parent_code PARENT;items[1].parent_code PARENT;items[2].parent_code PARENT;"},
		"a fourth level": {
			func(m *indexmodel.Model) {
				m.Items = append(m.Items, indexmodel.Item{Code: "d", Parent: "c", Weight: one, Scale: indexmodel.FiveGrades})
			}, "items[3].parent_code PARENT;",
		},
		"no weight":          {func(m *indexmodel.Model) { m.Items[1].Weight = decimal.Zero }, "items[1].weight RANGE;"},
		"too many decimals":  {func(m *indexmodel.Model) { m.Items[1].Weight = decimal.New(1, -7) }, "items[1].weight RANGE;"},
		"no scale":           {func(m *indexmodel.Model) { m.Items[2].Scale = 0 }, "items[2].scale SCALE;"},
		"a scale too many":   {func(m *indexmodel.Model) { m.Items[0].Scale = indexmodel.FiveGrades }, "items[0].scale SCALE;"},
		"no labels":          {func(m *indexmodel.Model) { m.LabelEn, m.LabelZh = "", "" }, "label_en REQUIRED;label_zh REQUIRED;"},
		"a wording too many": {func(m *indexmodel.Model) { m.Wordings = []indexmodel.Wording{indexmodel.Usual(1), indexmodel.Usual(1)} }, "scales[1].scale UNIQUE;"},
		"a grade too few": {
			func(m *indexmodel.Model) {
				w := indexmodel.Usual(indexmodel.FiveGrades)
				w.Grades = w.Grades[:4]
				m.Wordings = []indexmodel.Wording{w}
			}, "scales[0].grades WORDING;",
		},
		"a grade twice": {
			func(m *indexmodel.Model) {
				w := indexmodel.Usual(indexmodel.FiveGrades)
				w.Grades[0].Value = 1
				m.Wordings = []indexmodel.Wording{w}
			}, "scales[0].grades WORDING;",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := small()
			c.change(m)
			broken := ""
			for _, v := range m.Arrange() {
				require.NotEmpty(t, v.Text.En)
				require.NotEmpty(t, v.Text.Zh)
				broken += v.Field + " " + v.Rule + ";"
			}
			require.Equal(t, c.broken, broken)
		})
	}
}

func TestWhatAModelLacks(t *testing.T) {
	t.Parallel()
	m := small()
	m.Items = m.Items[:2]
	require.Empty(t, m.Arrange(), "a draft may lack something")
	gap, lacks := m.Gap()
	require.True(t, lacks)
	require.Contains(t, gap.En, "b")
	m.Items = nil
	_, lacks = m.Gap()
	require.True(t, lacks)
}

// However items are ordered, each has the level of its parent and one more, and nothing is wrong with a forest of three levels.
func TestLevelsDoNotDependOnTheOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := &indexmodel.Model{LabelEn: "x", LabelZh: "x"}
		levels := map[string]int16{}
		for i := range rapid.IntRange(1, 30).Draw(t, "items") {
			item := indexmodel.Item{Code: "c" + strconv.Itoa(i), Weight: one}
			level := int16(1)
			if i > 0 {
				if parent := m.Items[rapid.IntRange(0, i-1).Draw(t, "parent")]; levels[parent.Code] < 3 && rapid.Bool().Draw(t, "below") {
					item.Parent, level = parent.Code, levels[parent.Code]+1
				}
			}
			if level == 3 {
				item.Scale = indexmodel.FiveGrades
			}
			levels[item.Code] = level
			m.Items = append(m.Items, item)
		}
		m.Items = rapid.Permutation(m.Items).Draw(t, "order")
		require.Empty(t, m.Arrange())
		for _, i := range m.Items {
			require.Equal(t, levels[i.Code], i.Level)
		}
	})
}

func TestWeighing(t *testing.T) {
	t.Parallel()
	m := small()
	require.Empty(t, m.Weigh(map[string]decimal.Decimal{"a": decimal.NewFromInt(3)}))
	require.Equal(t, "3", m.Item("a").Weight.String())
	require.Equal(t, "z", m.Weigh(map[string]decimal.Decimal{"z": one}))
	require.Nil(t, m.Item("z"))
}
