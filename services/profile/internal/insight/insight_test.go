package insight_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/services/profile/internal/insight"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 5, 23, 0, 0, 0, time.UTC)
	day := func(d int) time.Time { return time.Date(2026, time.March, d, 0, 0, 0, 0, time.UTC) }
	good := func() *insight.Insight { return &insight.Insight{Date: day(5), SourceKind: 1, Title: "t"} }
	for name, c := range map[string]struct {
		change func(*insight.Insight)
		before []string
		want   []string
	}{
		"good":                      {func(*insight.Insight) {}, nil, nil},
		"no title":                  {func(i *insight.Insight) { i.Title = "" }, nil, []string{"title REQUIRED"}},
		"no kind":                   {func(i *insight.Insight) { i.SourceKind = 0 }, nil, []string{"source_kind REQUIRED"}},
		"tomorrow":                  {func(i *insight.Insight) { i.Date = day(6) }, nil, nil},
		"the day after tomorrow":    {func(i *insight.Insight) { i.Date = day(7) }, nil, []string{"date FUTURE"}},
		"a section":                 {func(i *insight.Insight) { i.Sections = []string{"known"} }, nil, nil},
		"no section":                {func(i *insight.Insight) { i.Sections = []string{"known", "gone"} }, nil, []string{"sections[1] SECTION_UNKNOWN"}},
		"one that it had before":    {func(i *insight.Insight) { i.Sections = []string{"gone"} }, []string{"gone"}, nil},
		"empty and repeated labels": {func(i *insight.Insight) { i.Tags = []string{"a", "", "a"} }, nil, []string{"tags[1] REQUIRED", "tags[2] UNIQUE"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := good()
			c.change(i)
			var got []string
			for _, v := range i.Check(now, func(code string) bool { return code == "known" }, c.before) {
				got = append(got, v.Field+" "+v.Rule)
			}
			require.Equal(t, c.want, got)
		})
	}
	require.False(t, insight.SourceKind(7).Internal())
	require.True(t, insight.SourceKind(10).Internal())
}
