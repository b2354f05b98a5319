package policy

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

var merging = Content{
	Items: []Item{{ID: "orders", Group: 1}, {ID: "bills", Group: 2}, {ID: "lane", Group: 3}},
	Rules: []Rule{
		{
			ID: "all", Priority: 0, Items: []string{"orders"}, SLAFactor: "1", Statements: []Statement{{1, "desk", "台"}, {7, "list", "标"}},
			Frequencies: []Frequency{{12, 0, 1, 4}},
		},
		{
			ID: "core", Priority: 30, Classes: []int16{5}, SLAFactor: "0.5", Statements: []Statement{{1, "own", "专"}},
			Frequencies: []Frequency{{4, 1, 1, 2}},
		},
		{
			ID: "vip", Priority: 20, Tiers: []int16{4, 5}, Items: []string{"lane", "bills"}, Staffing: &Staffing{Fewest: 30, Most: 40},
			Statements: []Statement{{1, "shared", "共"}, {6, "rep", "代"}}, Frequencies: []Frequency{{4, 1, 1, 3}, {4, 2, 1, 3}},
		},
		{ID: "best", Priority: 40, Classes: []int16{4, 5}, Grades: []int16{4}, Items: []string{"orders"}, SLAFactor: "0.25"},
	},
}

// given are what is granted and by which rule, as text.
func given(e Entitlements) []string {
	var out []string
	for _, g := range e.Statements {
		out = append(out, fmt.Sprintf("%d %s by %s", g.Value.Kind, g.Value.En, g.Rule.ID))
	}
	for _, g := range e.Items {
		out = append(out, g.Value.ID+" by "+g.Rule.ID)
	}
	for _, g := range e.Frequencies {
		out = append(out, fmt.Sprintf("%d/%d %d in %d by %s", g.Value.Activity, g.Value.Role, g.Value.Times, g.Value.Period, g.Rule.ID))
	}
	for _, g := range e.Staffing {
		out = append(out, fmt.Sprintf("1 for %d by %s", g.Value.Most, g.Rule.ID))
	}
	for _, g := range e.SLAFactor {
		out = append(out, g.Value+" by "+g.Rule.ID)
	}
	return out
}

func TestEntitle(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		standing Standing
		want     []string
	}{
		"not judged": {Standing{}, []string{"1 desk by all", "7 list by all", "orders by all", "12/0 1 in 4 by all", "1 by all"}},
		"the first that says something decides": {Standing{Class: 5}, []string{
			"1 own by core", "7 list by all", "orders by all", "4/1 1 in 2 by core", "12/0 1 in 4 by all", "0.5 by core",
		}},
		"items add up, frequencies by activity and role": {Standing{Class: 5, Tier: 4}, []string{
			"1 own by core", "6 rep by vip", "7 list by all", "orders by all", "bills by vip", "lane by vip",
			"4/1 1 in 2 by core", "4/2 1 in 3 by vip", "12/0 1 in 4 by all", "1 for 40 by vip", "0.5 by core",
		}},
		"all lists of a condition must hold": {Standing{Class: 3, Grade: 4}, []string{
			"1 desk by all", "7 list by all", "orders by all", "12/0 1 in 4 by all", "1 by all",
		}},
		"and do": {Standing{Class: 4, Grade: 4}, []string{
			"1 desk by all", "7 list by all", "orders by best", "12/0 1 in 4 by all", "0.25 by best",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, given(merging.Entitle(c.standing)))
		})
	}
}

// anyContent draws rules in any order over few values, so that they overlap.
func anyContent(t *rapid.T) Content {
	c := Content{}
	for i := range rapid.IntRange(0, 5).Draw(t, "items") {
		c.Items = append(c.Items, Item{ID: fmt.Sprint("item", i), Group: 1})
	}
	list := func(name string, most int16) []int16 {
		return rapid.SliceOfNDistinct(rapid.Int16Range(1, most), 0, 3, rapid.ID).Draw(t, name)
	}
	for i, priority := range rapid.SliceOfNDistinct(rapid.Int32Range(0, 50), 0, 6, rapid.ID).Draw(t, "priorities") {
		r := Rule{ID: fmt.Sprint("rule", i), Priority: priority, Classes: list("classes", 5), Tiers: list("tiers", 5), Grades: list("grades", 4)}
		for _, kind := range list("statements", 4) {
			r.Statements = append(r.Statements, Statement{Kind: kind, En: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "text")})
		}
		for _, activity := range list("activities", 4) {
			r.Frequencies = append(r.Frequencies, Frequency{Activity: activity, Role: rapid.Int16Range(0, 2).Draw(t, "role"), Times: 1, Period: 1})
		}
		for _, item := range c.Items {
			if rapid.Bool().Draw(t, "has") {
				r.Items = append(r.Items, item.ID)
			}
		}
		if rapid.Bool().Draw(t, "staffed") {
			r.Staffing = &Staffing{Fewest: 1, Most: rapid.Int32Range(1, 3).Draw(t, "most")}
		}
		r.SLAFactor = rapid.SampledFrom([]string{"", "1", "0.5"}).Draw(t, "factor")
		c.Rules = append(c.Rules, r)
	}
	return c
}

func anyStanding(t *rapid.T) Standing {
	return Standing{Class: rapid.Int16Range(0, 5).Draw(t, "class"), Tier: rapid.Int16Range(0, 5).Draw(t, "tier"), Grade: rapid.Int16Range(0, 4).Draw(t, "grade")}
}

// says are the values of a rule by key.
func (c *Content) says(r *Rule) map[Key]any {
	alone := Content{Items: c.Items, Rules: []Rule{*r}}
	alone.Rules[0].Classes, alone.Rules[0].Tiers, alone.Rules[0].Grades = nil, nil, nil
	e := alone.Entitle(Standing{})
	return e.byKey()
}

// Each entitlement is what the rule of the greatest priority among those that hold and say something of it says, and there is one wherever a rule that holds
// says something.
func TestEntitleIsTheFirstWord(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, s := anyContent(t), anyStanding(t)
		e := c.Entitle(s)
		got, want, by := e.byKey(), map[Key]any{}, map[Key]int32{}
		for i := range c.Rules {
			r := &c.Rules[i]
			holds := (len(r.Classes) == 0 || slices.Contains(r.Classes, s.Class)) && (len(r.Tiers) == 0 || slices.Contains(r.Tiers, s.Tier)) &&
				(len(r.Grades) == 0 || slices.Contains(r.Grades, s.Grade))
			for key, value := range c.says(r) {
				if before, ok := by[key]; holds && (!ok || before < r.Priority) {
					want[key], by[key] = value, r.Priority
				}
			}
		}
		require.Equal(t, want, got)
	})
}

func TestCheck(t *testing.T) {
	t.Parallel()
	good := func() *Policy {
		c := Content{Items: slices.Clone(merging.Items), Rules: slices.Clone(merging.Rules)}
		return &Policy{LabelEn: "x", LabelZh: "某", Content: c}
	}
	require.Empty(t, good().Check())
	for name, c := range map[string]struct {
		spoil       func(*Policy)
		field, rule string
	}{
		"no label":             {func(p *Policy) { p.LabelEn = "" }, "label_en", "REQUIRED"},
		"no Chinese label":     {func(p *Policy) { p.LabelZh = "" }, "label_zh", "REQUIRED"},
		"an item twice":        {func(p *Policy) { p.Content.Items[1].ID = "orders"; p.Content.Rules = nil }, "service_items[1].item_id", "UNIQUE"},
		"a rule twice":         {func(p *Policy) { p.Content.Rules[2].ID = "all" }, "rules[2].rule_id", "UNIQUE"},
		"a priority twice":     {func(p *Policy) { p.Content.Rules[3].Priority = 30 }, "rules[3].priority", "UNIQUE"},
		"a statement twice":    {func(p *Policy) { p.Content.Rules[0].Statements = []Statement{{1, "a", "b"}, {1, "c", "d"}} }, "rules[0].statements[1].kind", "UNIQUE"},
		"a frequency twice":    {func(p *Policy) { p.Content.Rules[0].Frequencies = []Frequency{{4, 1, 1, 1}, {4, 1, 2, 2}} }, "rules[0].contact_frequencies[1].activity", "UNIQUE"},
		"an unknown item":      {func(p *Policy) { p.Content.Rules[0].Items = []string{"orders", "gold"} }, "rules[0].item_ids[1]", "UNKNOWN_ITEM"},
		"staffing upside down": {func(p *Policy) { p.Content.Rules[2].Staffing = &Staffing{Fewest: 3, Most: 2} }, "rules[2].staffing.most_customers", "ORDER"},
		"no time at all":       {func(p *Policy) { p.Content.Rules[0].SLAFactor = "0" }, "rules[0].sla_factor", "RANGE"},
		"too much time":        {func(p *Policy) { p.Content.Rules[0].SLAFactor = "10.1" }, "rules[0].sla_factor", "RANGE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := good()
			c.spoil(p)
			wrong := p.Check()
			require.Len(t, wrong, 1)
			require.Equal(t, []string{c.field, c.rule}, []string{wrong[0].Field, wrong[0].Rule})
		})
	}
}

func TestChanged(t *testing.T) {
	t.Parallel()
	after := Content{Items: slices.Clone(merging.Items), Rules: slices.Clone(merging.Rules)}
	require.Empty(t, Changed(&merging, &after))
	after.Items[2].NameEn = "fast lane"
	require.Equal(t, []string{"vip"}, Changed(&merging, &after), "its item has another name")
	after.Rules[0].SLAFactor = "2"
	staffing := *after.Rules[2].Staffing
	after.Rules[2].Staffing = &staffing
	after.Rules = append(after.Rules[:1:1], after.Rules[2:]...)
	after.Rules = append(after.Rules, Rule{ID: "new", Priority: 1})
	require.Equal(t, []string{"all", "core", "new", "vip"}, Changed(&merging, &after))
}

// The names of what a rule may ask for are known in both languages.
func TestReasonNamesEverything(t *testing.T) {
	t.Parallel()
	for class := range segmentationv1.CustomerClassKind_name {
		require.Equal(t, class > 0, classesZh[int16(class)] != "", class)
	}
	for tier := range segmentationv1.Tier_name {
		require.Equal(t, tier > 0, tiersZh[int16(tier)] != "", tier)
	}
	r := Rule{Classes: []int16{5, 4}, Tiers: []int16{4}, Grades: []int16{4, 3}}
	why := r.reason(Standing{Class: 4, Tier: 4, Grade: 3})
	require.Equal(t, "class IMPORTANT, tier VIP, grade A", why.GetMatchedEn())
	require.Equal(t, "分类：重要客户，阶层：VIP 客户，级别：A", why.GetMatchedZh())
	require.Equal(t, []string{"S", "A"}, why.GetCondition().GetGrades())
	require.Equal(t, "all customers", (&Rule{}).reason(Standing{}).GetMatchedEn())
}
