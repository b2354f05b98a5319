package analysis

import (
	"slices"

	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
)

// hundred is the most of a score.
const hundred = 100

// Leaf is a question that measures an item of the index model.
type Leaf struct {
	// Position is where its answers stand in the scores, from 1 on.
	Position int
	Item     string
	// A and B put an answer on 0 to 100, the better the higher: A x + B.
	A, B float64
	// Top is from which grade on an answer is counted as one of the upper ones.
	Top                     int32
	Most                    int32
	Grades                  int // 5 or 7; else 0
	Importance, Expectation bool
	Recommendation          bool
	// Competitor is where the answers to the same question of a competitor stand; 0: it is not asked.
	Competitor int
	// Weight is its part of the whole.
	Weight float64
}

// Node is an indicator that is asked of, at any level; the first one is all together.
type Node struct {
	Code, Parent     string
	LabelEn, LabelZh string
	Level            int
	Weight           float64
	Leaves           []int
	above            int // where the one above it stands
}

// Frame is what of the answers to a questionnaire is computed with.
type Frame struct {
	Leaves         []Leaf
	Nodes          []Node // an indicator comes after the one above it
	Overall        int    // the leaf that asks of satisfaction all in all; -1: none
	Recommendation bool
	Behaviour      []Behaviour
}

// Behaviour is a leaf that tells of a behaviour.
type Behaviour struct {
	Indicator int32
	Leaf      int
}

// NewFrame finds what of a questionnaire measures a model. It has no leaves when nothing does.
func NewFrame(q *questionnaire.Questionnaire, m *indexmodel.Model, rules *settings.Analysis) *Frame {
	f := &Frame{Overall: -1}
	items := q.Items()
	positions := map[string]int{}
	for i, x := range items {
		positions[x.Code] = i + 1
		f.Recommendation = f.Recommendation || x.Recommendation
	}
	for i, x := range items {
		if m.Item(x.IndexItem) == nil {
			continue
		}
		l := leafOf(x)
		l.Position, l.Competitor = i+1, positions[x.Code+rules.CompetitorSuffix]
		f.Leaves = append(f.Leaves, l)
	}
	f.grow(m)
	f.weigh(m)
	f.mark(rules)
	return f
}

func leafOf(x questionnaire.Item) Leaf {
	least, most := x.Scale.Bounds()
	length := float64(most - least)
	l := Leaf{
		Item: x.IndexItem, Most: most, Importance: x.Importance, Expectation: x.Expectation, Recommendation: x.Recommendation,
		A: hundred / length, B: -hundred / length * float64(least),
	}
	if x.Direction == indexmodel.LowerIsBetter {
		l.A, l.B = -hundred/length, hundred/length*float64(most)
	}
	switch x.Scale {
	case indexmodel.FiveGrades:
		l.Grades, l.Top = 5, 4
	case indexmodel.SevenGrades:
		l.Grades, l.Top = 7, 5
	case indexmodel.ZeroToTen:
		l.Top = 9
	}
	return l
}

// grow makes the nodes: all together, and each item of the model that has a leaf below it.
func (f *Frame) grow(m *indexmodel.Model) {
	f.Nodes = []Node{{LabelEn: "All together", LabelZh: "综合", above: -1}}
	below := map[string][]int{}
	for i, l := range f.Leaves {
		f.Nodes[0].Leaves = append(f.Nodes[0].Leaves, i)
		for code := l.Item; code != ""; code = m.Item(code).Parent {
			below[code] = append(below[code], i)
		}
	}
	at := map[string]int{"": 0}
	for level := indexmodel.Latent; level <= indexmodel.Question; level++ { // whatever the order of the model's items
		for _, x := range m.Items {
			if int(x.Level) == level && len(below[x.Code]) > 0 {
				at[x.Code] = len(f.Nodes)
				f.Nodes = append(f.Nodes, Node{
					Code: x.Code, Parent: x.Parent, LabelEn: x.LabelEn, LabelZh: x.LabelZh, Level: level, Leaves: below[x.Code], above: at[x.Parent],
				})
			}
		}
	}
}

// weigh shares one out from above to below, among siblings by the model's weights, and among the questions of an item alike.
func (f *Frame) weigh(m *indexmodel.Model) {
	siblings := make([]float64, len(f.Nodes))
	own := func(n *Node) float64 { return m.Item(n.Code).Weight.InexactFloat64() }
	for i := 1; i < len(f.Nodes); i++ {
		siblings[f.Nodes[i].above] += own(&f.Nodes[i])
	}
	f.Nodes[0].Weight = 1
	for i := 1; i < len(f.Nodes); i++ {
		n := &f.Nodes[i]
		n.Weight = f.Nodes[n.above].Weight * own(n) / siblings[n.above]
		if n.Level == indexmodel.Question {
			for _, l := range n.Leaves {
				f.Leaves[l].Weight = n.Weight / float64(len(n.Leaves))
			}
		}
	}
}

// Reweigh takes other weights of the leaves: none is negative, and one is above zero.
func (f *Frame) Reweigh(weights []float64) {
	var sum float64
	for _, w := range weights {
		sum += w
	}
	for i := range f.Leaves {
		f.Leaves[i].Weight = weights[i] / sum
	}
	for i := range f.Nodes {
		f.Nodes[i].Weight = 0
		for _, l := range f.Nodes[i].Leaves {
			f.Nodes[i].Weight += f.Leaves[l].Weight
		}
	}
}

// mark finds the leaves that the settings name.
func (f *Frame) mark(rules *settings.Analysis) {
	find := func(item string) int {
		for i, l := range f.Leaves {
			if l.Item == item {
				return i
			}
		}
		return -1
	}
	for _, item := range rules.Overall {
		if f.Overall < 0 {
			f.Overall = find(item)
		}
	}
	seen := map[int32]bool{}
	for _, b := range rules.Behaviour {
		if l := find(b.Item); l >= 0 && !seen[b.Indicator] {
			seen[b.Indicator] = true
			f.Behaviour = append(f.Behaviour, Behaviour{b.Indicator, l})
		}
	}
}

// Driver says whether a node is an item that satisfaction may come of, and not what comes of it: it is neither of the latent variable that asks of satisfaction all in all, nor
// the question whether one would recommend us.
func (f *Frame) Driver(n int) bool {
	x := &f.Nodes[n]
	return x.Level == indexmodel.Question && !f.Leaves[x.Leaves[0]].Recommendation && (f.Overall < 0 || f.latent(n) != f.latentOf(f.Overall))
}

// latent is the node of level 1 that a node is below.
func (f *Frame) latent(n int) int {
	for f.Nodes[n].Level > indexmodel.Latent {
		n = f.Nodes[n].above
	}
	return n
}

func (f *Frame) latentOf(leaf int) int {
	for i := range f.Nodes {
		if f.Nodes[i].Level == indexmodel.Latent && slices.Contains(f.Nodes[i].Leaves, leaf) {
			return i
		}
	}
	return -1
}
