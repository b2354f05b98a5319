package listing_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// TestPagingVisitsEveryRowOnce compares the pages with the order PostgreSQL itself gives, for any order and filter, while
// other rows appear between the pages. Few distinct values make for many ties.
func TestPagingVisitsEveryRowOnce(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, func(ctx context.Context, db *postgres.DB) error {
		if err := migrate(ctx, db); err != nil {
			return err
		}
		_, err := db.SQL().ExecContext(ctx, `delete from things; `+insert("row", 60))
		return err
	})
	l := list(t)
	columns := map[string]string{
		"display_name": "display_name", "headCount": "head_count", "create_time": "create_time",
		"grossMargin": "coalesce(gross_margin, 0)", "place.city_name": "city",
	}
	filters := map[string]string{
		"": "true", "head_count >= 2": "head_count >= 2", `NOT place.cityName = "广州"`: "city <> '广州'",
	}
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.SampledFrom(sorted(columns)), 0, 3, rapid.ID).Draw(t, "order")
		var asked, sql []string
		direction := ""
		for _, name := range names {
			direction = rapid.SampledFrom([]string{"", " asc", " desc"}).Draw(t, "direction")
			asked = append(asked, name+direction)
			sql = append(sql, columns[name]+direction)
		}
		filter := rapid.SampledFrom(sorted(filters)).Draw(t, "filter")
		r := listing.Request{
			Method: "List", Filter: filter, OrderBy: strings.Join(asked, ", "), Level: typev1.Level_MANAGER, Caller: "alice",
			PageSize: rapid.Int32Range(1, 40).Draw(t, "size"),
		}
		var want []string
		require.NoError(t, db.SelectDynamic(context.Background(), &want, "select display_name from things where note = 'row' and "+
			filters[filter]+" order by "+strings.Join(append(sql, "id"+direction), ", ")))

		var got []string
		for {
			page, token := read(t, db, l, r)
			require.LessOrEqual(t, len(page), int(r.PageSize))
			require.Less(t, len(got), 1000, "paging ends")
			got = append(got, page...)
			if token == "" {
				break
			}
			require.Len(t, page, int(r.PageSize), "only the last page may be short")
			r.PageToken = token
			_, err := db.SQL().Exec(insert("noise", 1))
			require.NoError(t, err)
		}
		got = slices.DeleteFunc(got, func(name string) bool { return strings.HasPrefix(name, "noise") })
		require.Equal(t, want, got)
		_, err := db.SQL().Exec("delete from things where note = 'noise'")
		require.NoError(t, err)
	})
}

// insert makes rows named by kind and a unique number, with random values of which there are few. Times are a microsecond
// apart and numbers have more digits than a float64.
func insert(kind string, count int) string {
	return fmt.Sprintf(`
insert into things (id, display_name, note, head_count, gross_margin, create_time, city)
select id, '%s' || case when random() < 0.5 then ' Ä' else '-b' end || id, '%s', floor(random() * 4),
	0.1234567890123456789 + floor(random() * 3) / 10000000000000000000,
	timestamptz '2026-01-01Z' + floor(random() * 3) * interval '1 microsecond',
	(array['深圳', '广州', ''])[1 + floor(random() * 3)]
from (select gen_random_uuid() as id from generate_series(1, %d)) as ids`, kind, kind, count)
}

func sorted(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func TestPageSizes(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, func(ctx context.Context, db *postgres.DB) error {
		_, err := db.SQL().ExecContext(ctx, schema+insert("row", 1100))
		return err
	})
	l := list(t)
	for size, want := range map[int32]int{0: 50, 1: 1, 1000: 1000, 5000: 1000} {
		names, token := read(t, db, l, listing.Request{PageSize: size})
		require.Len(t, names, want)
		require.NotEmpty(t, token)
	}
	_, err := l.Plan(context.Background(), listing.Request{PageSize: -1})
	require.ErrorContains(t, err, "page_size")
}

func TestTokenIsForTheSameRequestOnly(t *testing.T) {
	t.Parallel()
	db, l := setup(t)
	mine := listing.Request{
		Method: "List", Parent: "customers/1", Filter: "active", OrderBy: "display_name", Extra: "q", PageSize: 1,
		Level: typev1.Level_BASIC, Caller: "alice",
	}
	_, token := read(t, db, l, mine)
	require.NotEmpty(t, token)
	mine.PageToken = token
	mine.PageSize = 2 // may change
	names, _ := read(t, db, l, mine)
	require.Equal(t, []string{"d"}, names)

	for name, change := range map[string]func(*listing.Request){
		"method": func(r *listing.Request) { r.Method = "Export" },
		"parent": func(r *listing.Request) { r.Parent = "customers/2" },
		"filter": func(r *listing.Request) { r.Filter = "NOT active" },
		"order":  func(r *listing.Request) { r.OrderBy = "display_name desc" },
		"extra":  func(r *listing.Request) { r.Extra = "r" },
		"caller": func(r *listing.Request) { r.Caller = "bob" },
		"token":  func(r *listing.Request) { r.PageToken += "A" },
	} {
		theirs := mine
		change(&theirs)
		_, err := l.Plan(context.Background(), theirs)
		require.Equal(t, codes.InvalidArgument, status.Code(err), name)
		require.ErrorContains(t, err, "page_token", name)
	}
}

func TestOrderBy(t *testing.T) {
	t.Parallel()
	db, l := setup(t)
	for orderBy, want := range map[string]string{
		"display_name":                   "abcd",
		" displayName  desc ":            "dcba",
		"head_count":                     "dcab",
		"gross_margin desc":              "bacd",
		"place.cityName, headCount":      "cbda",
		"place.city_name desc,headCount": "dabc",
		"create_time asc":                "abcd",
	} {
		names, _ := read(t, db, l, listing.Request{OrderBy: orderBy, Level: typev1.Level_MANAGER})
		if strings.HasPrefix(orderBy, "place") {
			require.ElementsMatch(t, strings.Split(want, ""), names, orderBy) // how Chinese sorts is the database's affair
			continue
		}
		require.Equal(t, want, strings.Join(names, ""), orderBy)
	}
}

func TestOrderByRefuses(t *testing.T) {
	t.Parallel()
	l := list(t)
	for orderBy, want := range map[string]string{
		"nothing":                   `"nothing"`,
		"note":                      "NOT_SORTABLE",
		"tags":                      "NOT_SORTABLE",
		"attributes.color":          "UNKNOWN_FIELD",
		"display_name, displayName": "DUPLICATE_FIELD",
		"display_name desc desc":    "ORDER_SYNTAX",
		"display_name down":         "ORDER_SYNTAX",
		"display_name DESC":         "ORDER_SYNTAX",
		"display_name,":             "ORDER_SYNTAX",
		",":                         "ORDER_SYNTAX",
		"display_name; drop table":  "ORDER_SYNTAX",
		"id":                        "UNKNOWN_FIELD",
		strings.Repeat("x", 1001):   "TOO_LONG",
	} {
		_, err := l.Plan(context.Background(), listing.Request{OrderBy: orderBy, Level: typev1.Level_EXECUTIVE})
		require.Equal(t, codes.InvalidArgument, status.Code(err), orderBy)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "order_by")
	}
}

func TestKeyOfAnotherType(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, migrate)
	named := spec(t)
	named.Key, named.KeyType, named.DefaultOrder = "display_name", "text", "create_time desc"
	l, err := listing.Compile(named, sealer(t))
	require.NoError(t, err)
	var got []string
	r := listing.Request{PageSize: 1}
	for range 4 {
		var names []string
		names, r.PageToken = read(t, db, l, r)
		got = append(got, names...)
	}
	require.Equal(t, []string{"d", "c", "b", "a"}, got)
	require.Empty(t, r.PageToken)
}
