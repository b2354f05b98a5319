package issue_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/voice/internal/issue"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

// shipped are the rules that the service ships.
func shipped() *settings.Issue {
	return &settings.Issue{
		Threshold: 0.4, Text: 0.7, Product: 0.2, Cause: 0.1, Cases: 3, Window: 30 * 24 * time.Hour, Steps: []int{10, 20, 50, 100}, A: 0.8, B: 0.95,
	}
}

func TestTerms(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"屏幕的亮度":                   {"屏幕", "亮度"},
		"洗衣機漏水":                   {"洗衣", "衣机", "机漏", "漏水"},
		"洗衣机漏水":                   {"洗衣", "衣机", "机漏", "漏水"},
		"ＡＢＣ－12 报错E07":            {"abc", "12", "报错", "e07"},
		"The pumps are leaking":   {"pump", "leak"},
		"Pump leaked; it leaks":   {"pump", "leak"},
		"charging, charge":        {"charg"},
		"batteries and a battery": {"battery"},
		"stopped, stopping, stop": {"stop"},
		"订单 20261129001 漏":        {"订单", "漏"},
		"你好":                      {"好"},
		"。，！ the":                 nil,
		"":                        nil,
	} {
		require.Equal(t, want, issue.Terms(text), text)
	}
	require.Equal(t, issue.Terms("開機後螢幕無法顯示"), issue.Terms("开机后萤幕无法显示"), "traditional and simplified characters are the same")
}

// document draws a case or a group.
func document(t *rapid.T, name string) *issue.Document {
	d := &issue.Document{Counts: map[string]int{}}
	for _, term := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"漏水", "屏幕", "不亮", "pump", "leak", "噪音", "e07", "x"}), 0, 8, rapid.ID[string]).Draw(t, name) {
		d.Terms = append(d.Terms, term)
		d.Counts[term] = rapid.IntRange(1, 50).Draw(t, name+" count")
	}
	slices.Sort(d.Terms)
	code := rapid.SampledFrom([]string{"", "a", "b", issue.Differ})
	d.Line, d.Code, d.Cause = code.Draw(t, name+" line"), code.Draw(t, name+" code"), code.Draw(t, name+" cause")
	return d
}

// Similarity is the same either way round, from 0 to 1, and 1 of a document and itself, whatever the weights and however often terms occur.
func TestSimilarityIsOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		weight := rapid.Float64Range(0, 10)
		r := &settings.Issue{Text: weight.Draw(t, "text") + 0.01, Product: weight.Draw(t, "product"), Cause: weight.Draw(t, "cause")}
		c := &issue.Corpus{Cases: rapid.Int64Range(0, 1e6).Draw(t, "cases"), Of: map[string]int64{}}
		for _, term := range []string{"漏水", "屏幕", "pump"} {
			c.Of[term] = rapid.Int64Range(0, c.Cases).Draw(t, term)
		}
		a, b := document(t, "a"), document(t, "b")
		c.Measure(a)
		c.Measure(b)
		s := issue.Similarity(r, c, a, b)
		require.Equal(t, s, issue.Similarity(r, c, b, a)) //nolint:testifylint // exactly
		require.GreaterOrEqual(t, s, 0.0)
		require.LessOrEqual(t, s, 1.0)
		require.InDelta(t, 1, issue.Similarity(r, c, a, a), 1e-9)
		require.InDelta(t, 1, issue.Similarity(r, c, b, b), 1e-9)
	})
}

// A group that has grown case by case is as long as one that is measured at once, and says what all of its cases do.
func TestGroupsGrow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rules := shipped()
		rules.Threshold = 0.0001
		corpus := &issue.Corpus{Cases: 100, Of: map[string]int64{"漏水": 7}}
		g := issue.NewGrouping(rules, corpus, func() uuid.UUID { return uuid.Must(uuid.NewV7()) }, nil)
		counts := map[uuid.UUID]map[string]int{}
		groups := map[uuid.UUID]*issue.Profile{}
		for range rapid.IntRange(1, 20).Draw(t, "cases") {
			text := rapid.SampledFrom([]string{"漏水", "漏水 屏幕", "pump leak", "屏幕 不亮 pump", ""}).Draw(t, "text")
			c := issue.NewCase(uuid.New(), uuid.New(), time.Unix(0, 0), text, issue.Facts{Code: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "code")})
			p := g.Place(c, nil)
			groups[p.Group.ID] = p.Group
			if counts[p.Group.ID] == nil {
				counts[p.Group.ID] = map[string]int{}
			}
			for _, term := range c.Terms {
				counts[p.Group.ID][term]++
			}
		}
		for id, p := range groups {
			want := &issue.Document{Counts: counts[id]}
			for term := range counts[id] {
				want.Terms = append(want.Terms, term)
			}
			corpus.Measure(want)
			require.InDelta(t, want.Square, p.Square, 1e-6)
			require.Equal(t, counts[id], p.Counts)
		}
	})
}

// Product and cause weigh as the rules say, and do not where they are not known of both.
func TestFactsWeigh(t *testing.T) {
	t.Parallel()
	corpus := &issue.Corpus{Of: map[string]int64{}}
	of := func(text string, facts issue.Facts) *issue.Document {
		c := issue.NewCase(uuid.New(), uuid.New(), time.Time{}, text, facts)
		corpus.Measure(&c.Document)
		return &c.Document
	}
	for _, c := range []struct {
		a, b issue.Facts
		want float64
	}{
		{issue.Facts{}, issue.Facts{}, 1},
		{issue.Facts{Code: "a"}, issue.Facts{}, 1},
		{issue.Facts{Code: "a"}, issue.Facts{Code: "a"}, 1},
		{issue.Facts{Code: "a"}, issue.Facts{Code: "b"}, 0.7 / 0.9},
		{issue.Facts{Code: "a", Line: "x"}, issue.Facts{Code: "b", Line: "x"}, 0.7 / 0.9},
		{issue.Facts{Line: "x"}, issue.Facts{Code: "b", Line: "x"}, 1},
		{issue.Facts{Code: issue.Differ}, issue.Facts{Code: "b"}, 1},
		{issue.Facts{Code: "a", Cause: "k"}, issue.Facts{Code: "b", Cause: "k"}, 0.8},
		{issue.Facts{Cause: "k"}, issue.Facts{Cause: "l"}, 0.7 / 0.8},
	} {
		require.InDelta(t, c.want, issue.Similarity(shipped(), corpus, of("漏水", c.a), of("漏水", c.b)), 1e-9)
	}
	require.InDelta(t, 0.2/0.9, issue.Similarity(shipped(), corpus, of("漏水", issue.Facts{Code: "a"}), of("pump", issue.Facts{Code: "a"})), 1e-9)
	require.Zero(t, issue.Similarity(shipped(), corpus, of("漏水", issue.Facts{}), of("", issue.Facts{})))
}

func TestStep(t *testing.T) {
	t.Parallel()
	steps := []int{10, 20, 50}
	for size, want := range map[int]int{0: 0, 9: 0, 10: 10, 19: 10, 20: 20, 1000: 50} {
		require.Equal(t, want, issue.Step(steps, size))
	}
}
