package analysis

import (
	"strconv"
	"strings"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
)

// whole is the margin that all groups are parts of.
const whole = ""

// label is what a group is called.
func (x *subject) label(key string) string {
	if x.options.Group != ByStratum {
		return key
	}
	for _, s := range x.survey.Strata {
		if strconv.Itoa(int(s.Number)) == key {
			return s.Label
		}
	}
	return key
}

// margins are the sums that a group is a part of and that may be told, too: those of all, and of a stratum those of each thing that it is made of.
func (x *subject) margins(key string) []string {
	out := []string{whole}
	if x.options.Group == ByStratum {
		if parts := strings.Split(x.label(key), ","); len(parts) > 1 {
			out = append(out, parts...)
		}
	}
	return out
}

// sizes are how many answers each group has.
func (r *reading) sizes() []part {
	out := make([]part, len(r.keys))
	for i, key := range r.keys {
		out[i] = part{margins: r.margins(key)}
		for _, l := range r.layers {
			for _, c := range l.cells {
				if c.key == key {
					out[i].n += c.n
				}
			}
		}
	}
	return out
}

// told are the estimates of a measure by group, nil where it is withheld or nobody said anything; hidden says which are withheld. groups are those that are withheld altogether.
func (r *reading) told(m measure, groups []part) (out []*stats.Domain, hidden []bool) {
	least := int64(r.survey.MinimumGroup)
	own := make([]part, len(groups))
	hidden = make([]bool, len(groups))
	for i := range groups {
		d := r.estimate(r.layers, m, &r.keys[i])
		out = append(out, d)
		own[i] = part{margins: groups[i].margins, withheld: groups[i].withheld}
		if d != nil {
			own[i].n = d.N
		}
	}
	withhold(own, least)
	for i := range own {
		if hidden[i] = own[i].withheld; hidden[i] {
			out[i] = nil
		}
	}
	return out, hidden
}

// segments tells of the groups.
func (r *reading) segments(out *satisfactionv1.Analysis, before *reading) {
	groups := r.sizes()
	withhold(groups, int64(r.survey.MinimumGroup))
	for i, key := range r.keys {
		s := &satisfactionv1.AnalysisSegment{Key: r.label(key), Withheld: groups[i].withheld}
		if !s.GetWithheld() {
			s.Responses = groups[i].n
		}
		out.Segments = append(out.Segments, s)
	}
	then := before.groups()
	for n := range r.frame.Nodes {
		told, hidden := r.told(r.nodes[n], groups)
		was := before.find(r.frame.Nodes[n].Code)
		var past []*stats.Domain
		if was >= 0 {
			past, _ = before.told(before.nodes[was], then)
		}
		for i, s := range out.GetSegments() {
			if s.GetWithheld() {
				continue
			}
			x := r.indexFigure(n)
			if x.Figure = r.node(n, told[i]); hidden[i] {
				x.Figure = &satisfactionv1.Figure{Withheld: true}
			}
			if at := before.group(s.GetKey()); at >= 0 && past != nil {
				x.Figure.Change = r.change(past[at], told[i])
			}
			s.Index = append(s.Index, x)
		}
	}
	if r.frame.Recommendation {
		r.each(out, groups, r.recommendation, func(s *satisfactionv1.AnalysisSegment, key *string) { s.Recommendation = r.net(key) },
			func(s *satisfactionv1.AnalysisSegment) { s.Recommendation = &satisfactionv1.Figure{Withheld: true} })
	}
	if r.asksSatisfied() {
		r.each(out, groups, r.satisfied, func(s *satisfactionv1.AnalysisSegment, key *string) {
			s.Satisfied = r.share(r.layers, r.satisfied, key)
		},
			func(s *satisfactionv1.AnalysisSegment) { s.Satisfied = &satisfactionv1.Figure{Withheld: true} })
	}
}

// each tells of a measure in the groups that are not withheld.
func (r *reading) each(out *satisfactionv1.Analysis, groups []part, m measure, tell func(*satisfactionv1.AnalysisSegment, *string), hide func(*satisfactionv1.AnalysisSegment)) {
	_, hidden := r.told(m, groups)
	for i, s := range out.GetSegments() {
		switch {
		case s.GetWithheld():
		case hidden[i]:
			hide(s)
		default:
			tell(s, &r.keys[i])
		}
	}
}

// groups are those of the wave before, as they were told then.
func (r *reading) groups() []part {
	if r == nil {
		return nil
	}
	out := r.sizes()
	withhold(out, int64(r.survey.MinimumGroup))
	return out
}

// group is where the group of that name stands; -1 when there is none.
func (r *reading) group(label string) int {
	if r == nil {
		return -1
	}
	for i, key := range r.keys {
		if r.label(key) == label {
			return i
		}
	}
	return -1
}

// territory is that of a group, where groups are by territory.
func territory(group Group, label string) (string, bool) {
	if group == ByTerritory {
		return label, true
	}
	if group == ByStratum {
		for made := range strings.SplitSeq(label, ",") {
			if t, ok := strings.CutPrefix(made, "territory="); ok {
				return t, true
			}
		}
	}
	return "", false
}
