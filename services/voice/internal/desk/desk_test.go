package desk_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/voice/internal/desk"
)

func TestWhoIsChosen(t *testing.T) {
	t.Parallel()
	general := desk.Member{Subject: "general", Capacity: 10}
	returns := desk.Member{Subject: "returns", Capacity: 10, RequestKinds: []int16{3}}
	pumps := desk.Member{Subject: "pumps", Capacity: 10, ProductLines: []string{"pump"}, Languages: []string{"zh"}}
	loaded := func(m desk.Member, open int) desk.Member { m.Open = open; return m }
	for name, c := range map[string]struct {
		members []desk.Member
		need    desk.Need
		want    string
	}{
		"nobody there":                       {nil, desk.Need{Request: 1}, ""},
		"the one who can":                    {[]desk.Member{returns, pumps}, desk.Need{Request: 2, ProductLine: "pump", Language: "zh-CN"}, "pumps"},
		"another language":                   {[]desk.Member{pumps}, desk.Need{Request: 2, ProductLine: "pump", Language: "en"}, ""},
		"another line":                       {[]desk.Member{pumps}, desk.Need{Request: 2, ProductLine: "valve"}, ""},
		"a line that is not known":           {[]desk.Member{pumps}, desk.Need{Request: 2}, "pumps"},
		"another kind of request":            {[]desk.Member{returns}, desk.Need{Request: 1}, ""},
		"the fewest for the capacity":        {[]desk.Member{loaded(general, 4), {Subject: "small", Capacity: 2, Open: 1}}, desk.Need{Request: 1}, "general"},
		"of equal loads the one with room":   {[]desk.Member{{Subject: "a", Capacity: 2, Open: 1}, {Subject: "b", Capacity: 4, Open: 2}}, desk.Need{Request: 1}, "b"},
		"of equals the first by name":        {[]desk.Member{{Subject: "b", Capacity: 2}, {Subject: "a", Capacity: 2}}, desk.Need{Request: 1}, "a"},
		"nobody beyond his capacity":         {[]desk.Member{loaded(general, 10), {Subject: "none"}}, desk.Need{Request: 1}, ""},
		"nobody who has more than he should": {[]desk.Member{loaded(general, 12)}, desk.Need{Request: 1}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if m := desk.Choose(c.members, c.need); m != nil {
				got = m.Subject
			}
			require.Equal(t, c.want, got)
		})
	}
}

// Whoever is chosen can and has room, nobody else who can is less loaded, and the order of the members does not matter.
func TestTheChoiceIsTheBest(t *testing.T) {
	t.Parallel()
	member := rapid.Custom(func(t *rapid.T) desk.Member {
		return desk.Member{
			Subject: rapid.StringMatching(`[a-f]{1,3}`).Draw(t, "subject"), Capacity: rapid.IntRange(0, 6).Draw(t, "capacity"), Open: rapid.IntRange(0, 7).Draw(t, "open"),
			RequestKinds: rapid.SliceOfN(rapid.Int16Range(1, 4), 0, 2).Draw(t, "kinds"),
			Languages:    rapid.SliceOfN(rapid.SampledFrom([]string{"zh", "en"}), 0, 1).Draw(t, "languages"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		members := rapid.SliceOfNDistinct(member, 0, 6, func(m desk.Member) string { return m.Subject }).Draw(t, "members")
		need := desk.Need{Request: rapid.Int16Range(1, 4).Draw(t, "request"), Language: rapid.SampledFrom([]string{"", "zh-CN", "EN"}).Draw(t, "language")}
		best := desk.Choose(members, need)
		for _, m := range members {
			if m.Can(need) && m.Open < m.Capacity {
				require.NotNil(t, best)
				require.LessOrEqual(t, float64(best.Open)/float64(best.Capacity), float64(m.Open)/float64(m.Capacity))
			}
		}
		if best == nil {
			return
		}
		require.True(t, best.Can(need) && best.Open < best.Capacity)
		again := desk.Choose(rapid.Permutation(members).Draw(t, "order"), need)
		require.Equal(t, best.Subject, again.Subject)
	})
}

func TestPaths(t *testing.T) {
	t.Parallel()
	for territory, want := range map[string][]string{
		"": {""}, "cn": {"cn", ""}, "cn/south/shenzhen": {"cn/south/shenzhen", "cn/south", "cn", ""},
	} {
		require.Equal(t, want, desk.Path(territory))
	}
}

func TestWhatADeskNeeds(t *testing.T) {
	t.Parallel()
	rules := func(d desk.Desk) (out []string) {
		for _, v := range d.Check() {
			require.NotEmpty(t, v.Text.Zh)
			out = append(out, v.Field+" "+v.Rule)
		}
		return out
	}
	require.Empty(t, rules(desk.Desk{LabelEn: "x", LabelZh: "x", Members: []desk.Member{{Subject: "a"}, {Subject: "b"}}}))
	require.Equal(t, []string{"label_en REQUIRED", "label_zh REQUIRED", "members[1].subject UNIQUE"},
		rules(desk.Desk{LabelEn: " ", Members: []desk.Member{{Subject: "a"}, {Subject: "a"}}}))
}
