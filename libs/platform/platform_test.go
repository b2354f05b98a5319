package platform_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/testkit"
)

func TestCovers(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, platform.Migrate)
	covers := func(territory string, scope any) bool {
		var yes bool
		require.NoError(t, db.Get(t.Context(), &yes, `select guanxi_covers($1, $2)`, territory, scope))
		return yes
	}
	for _, c := range []struct {
		territory string
		scope     any
		want      bool
	}{
		{"cn/south/shenzhen", pq.Array([]string(nil)), true},
		{"cn/south/shenzhen", pq.Array([]string{}), false},
		{"cn/south/shenzhen", pq.Array([]string{"cn/south"}), true},
		{"cn/south", pq.Array([]string{"cn/south"}), true},
		{"cn/southwest", pq.Array([]string{"cn/south"}), false},
		{"cn", pq.Array([]string{"cn/south"}), false},
		{"cn/south", pq.Array([]string{"us", "cn"}), true},
		{"cnxsouth", pq.Array([]string{"cn_south"}), false},
		{"cn/south", pq.Array([]string{"%"}), false},
		{"cn/south", pq.Array([]string{""}), false},
		{"", pq.Array([]string{""}), false},
	} {
		require.Equal(t, c.want, covers(c.territory, c.scope), "%v", c)
	}
	path := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "ab", "a_", "b"}), 1, 3).Draw(t, "segments"), "/")
	})
	rapid.Check(t, func(r *rapid.T) {
		p := auth.Principal{Territories: rapid.SliceOfN(path, 0, 3).Draw(r, "scope")}
		territory := path.Draw(r, "territory")
		require.Equal(r, p.Covers(territory), covers(territory, p.Scope()))
	})
}

func TestCoversIsInlined(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, platform.Migrate)
	explain := func(scope string) string {
		var lines []string
		require.NoError(t, db.Select(t.Context(), &lines,
			fmt.Sprintf(`explain (costs off) select from outbox where guanxi_covers(resource, %s)`, scope)))
		return strings.Join(lines, "\n")
	}
	require.NotContains(t, explain("null"), "Filter", "who sees everything pays nothing")
	plan := explain("array['cn/south']")
	require.Contains(t, plan, "^@")
	require.NotContains(t, plan, "guanxi_covers(")
}

func TestMigrateIsRepeatable(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, platform.Migrate)
	require.NoError(t, platform.Migrate(t.Context(), db))
}

func TestOutboxRefusesAVersionTwice(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, platform.Migrate)
	const insert = `
insert into outbox (event_id, aggregate_id, version, subject, resource, data, actor, cause, trace_parent, occur_time)
values (gen_random_uuid(), '00000000-0000-0000-0000-000000000001', 1, '', '', '', '', '', '', now())`
	_, err := db.Exec(t.Context(), insert)
	require.NoError(t, err)
	_, err = db.Exec(t.Context(), insert)
	require.ErrorContains(t, err, "outbox_aggregate_version")
}
