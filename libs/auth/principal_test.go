package auth

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func TestCovers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		territories []string
		territory   string
		want        bool
	}{
		{nil, "cn", false},
		{nil, "", false},
		{[]string{"*"}, "cn/south", true},
		{[]string{"*"}, "", true},
		{[]string{"eu", "*"}, "cn", true},
		{[]string{"cn/south"}, "cn/south", true},
		{[]string{"cn/south"}, "cn/south/shenzhen", true},
		{[]string{"cn/south"}, "cn/southern", false},
		{[]string{"cn/south"}, "cn/south-east", false},
		{[]string{"cn/south"}, "cn", false},
		{[]string{"cn/south"}, "CN/South", false},
		{[]string{"cn/south"}, "", false},
		{[]string{"cn/south"}, "x/cn/south", false},
		{[]string{"cn"}, "cn/south", true},
		{[]string{"c_"}, "cn", false},
		{[]string{"c%"}, "cn", false},
		{[]string{"eu", "cn/south"}, "cn/south/shenzhen", true},
		{[]string{"华南"}, "华南/深圳", true},
		{[]string{""}, "cn", false},
		{[]string{""}, "", false},
		{[]string{""}, "/cn", false},
	} {
		require.Equal(t, c.want, Principal{Territories: c.territories}.Covers(c.territory), "%q covers %q", c.territories, c.territory)
	}
}

func TestTheZeroPrincipalIsNobody(t *testing.T) {
	t.Parallel()
	p := From(t.Context())
	require.Equal(t, Principal{}, p)
	require.Equal(t, typev1.Level_LEVEL_UNSPECIFIED, p.Level)
	require.False(t, p.Everywhere())
	scope, err := p.Scope().Value()
	require.NoError(t, err)
	require.Equal(t, "{}", scope, "nothing in reach is not null, which would be everything")

	want := Principal{Subject: "li", Level: typev1.Level_BASIC, Territories: []string{"*"}}
	require.Equal(t, want, From(With(t.Context(), want)))
}

// The database must draw the border of territories where the services do.
func TestScopeAgreesWithTheDatabase(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, platform.Migrate)
	segment := rapid.SampledFrom([]string{"cn", "south", "southern", "sou_h", "%", "华南"})
	path := rapid.Custom(func(t *rapid.T) string {
		p := segment.Draw(t, "segment")
		for range rapid.IntRange(0, 2).Draw(t, "more") {
			p += "/" + segment.Draw(t, "segment")
		}
		return p
	})
	rapid.Check(t, func(rt *rapid.T) {
		p := Principal{Territories: rapid.SliceOfN(rapid.OneOf(path, rapid.Just(Anywhere)), 0, 3).Draw(rt, "territories")}
		territory := rapid.OneOf(path, rapid.Just("")).Draw(rt, "territory")
		var covered bool
		if err := db.Get(t.Context(), &covered, "select guanxi_covers($1, $2)", territory, p.Scope()); err != nil {
			rt.Fatal(err)
		}
		if covered != p.Covers(territory) {
			rt.Fatalf("%q covers %q: %v here, %v in the database", p.Territories, territory, p.Covers(territory), covered)
		}
	})
}
