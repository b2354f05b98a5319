package listing_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func TestFilter(t *testing.T) {
	t.Parallel()
	db, l := setup(t)
	for filter, want := range map[string]string{
		``:    `abcd`,
		`   `: `abcd`,
		// strings
		`note = "华为技术"`:                        `a`,
		`note = 华为技术`:                          `a`,
		`note != "华为技术"`:                       `bcd`,
		`note = "华为*"`:                         `a`,
		`note = "*技*"`:                         `a`,
		`note != "华为*"`:                        `bcd`,
		`note = "*50%*"`:                       `b`,
		`note = "ACME 50_ _off*"`:              ``,
		`note = "ACME 50% _off\\*"`:            `b`,
		`note = ""`:                            `cd`,
		`note != ""`:                           `ab`,
		`note:"acme"`:                          `b`,
		`note:为技`:                              `a`,
		`note:"%"`:                             `b`,
		`note:"_"`:                             `b`,
		`note:"\\"`:                            `b`,
		`note:*`:                               `ab`,
		`-note:*`:                              `cd`,
		`note:"*"`:                             `abd`, // a pattern that any text matches
		`display_name >= "c"`:                  `cd`,
		`displayName < "b"`:                    `a`,
		`display_name = "A"`:                   ``,
		`note = "it's; drop table things; --"`: ``,
		// numbers
		`head_count = 2`:     `b`,
		`head_count = -5`:    `d`,
		`headCount > 0`:      `ab`,
		`head_count:1`:       `a`,
		`head_count = "2"`:   `b`,
		`head_count != 2`:    `acd`,
		`gross_margin = 0.1`: `a`,
		`gross_margin = 12345678901234567890.123456789`:   `b`,
		`gross_margin = 12345678901234567890.123456788`:   ``,
		`gross_margin = "12345678901234567890.123456789"`: `b`,
		`gross_margin <= -1`:                              `d`,
		`gross_margin >= .1`:                              `ab`,
		`gross_margin > 1000`:                             `b`,
		// booleans
		`active`:         `ad`,
		`NOT active`:     `bc`,
		`active = true`:  `ad`,
		`active = false`: `b`,
		`active != true`: `bc`,
		`active:*`:       `abd`,
		// times
		`create_time = "2026-01-01T00:00:00.000002Z"`:            `b`,
		`create_time > "2026-01-01T08:00:00.000002+08:00"`:       `cd`,
		`createTime <= timestamp("2026-01-01T00:00:00.000001Z")`: `a`,
		`due_date >= "2026-02-01"`:                               `b`,
		`due_date != "2026-02-01"`:                               `acd`,
		`due_date = "0001-01-01"`:                                `d`,
		`dueDate:*`:                                              `abd`,
		// enums
		`kind = PERSON`:         `b`,
		`kind = "ORGANIZATION"`: `ad`,
		`kind != PERSON`:        `acd`,
		`kind:*`:                `abd`,
		// arrays
		`tags:vip`:   `a`,
		`tags:"VIP"`: `b`,
		`-tags:new`:  `bc`,
		`tags:*`:     `abd`,
		`tags:"*"`:   ``, // the element "*"
		// maps and nesting
		`attributes.color = red`:          `a`,
		`attributes.color != "red"`:       `bcd`,
		`attributes:color`:                `ab`,
		`attributes.color:*`:              `ab`,
		`attributes.credit > 9.5`:         `a`,
		`attributes.credit <= 10.5`:       `ab`,
		`attributes.vetted`:               `a`,
		`attributes.vetted = false`:       `b`,
		`attributes.since < "2026-01-01"`: `b`,
		`labels."od.d key" = y`:           `d`,
		`labels:secret`:                   `b`,
		`labels:*`:                        `abd`,
		`place.city_name = "深圳"`:          `ad`,
		`place.cityName = "深圳"`:           `ad`,
		// logic: OR binds closer than AND
		`head_count = 2 OR head_count = 1 AND active`:          `a`,
		`head_count = 2 OR (head_count = 1 AND active)`:        `ab`,
		`head_count = 2 OR head_count = 1 OR head_count = 0`:   `abc`,
		`active head_count > 0`:                                `a`,
		`NOT (active AND head_count > 0)`:                      `bcd`,
		`-(NOT active)`:                                        `ad`,
		`NOT gross_margin > 0 AND NOT due_date > "2000-01-01"`: `cd`,
		"active\nAND\tnote:*":                                  `a`,
	} {
		t.Run(filter, func(t *testing.T) {
			t.Parallel()
			names, token := read(t, db, l, listing.Request{Filter: filter, OrderBy: "display_name", Level: typev1.Level_MANAGER})
			require.Equal(t, want, strings.Join(names, ""))
			require.Empty(t, token)
		})
	}
}

func TestFilterRefuses(t *testing.T) {
	t.Parallel()
	l := list(t)
	for filter, want := range map[string]string{
		`nothing = 1`:                         `"nothing"`,
		`Display_Name = "a"`:                  `UNKNOWN_FIELD`,
		`place = "x"`:                         `UNKNOWN_FIELD`,
		`labels.a.b = "x"`:                    `UNKNOWN_FIELD`,
		`labels."\x00" = "x"`:                 `UNKNOWN_FIELD`,
		`note.x = "x"`:                        `UNKNOWN_FIELD`,
		`note =`:                              `at character 7: not understood`,
		`active AND  note = = "x"`:            `at character 20`,
		`  华为 = )`:                            `at character 6`,
		`note = "unterminated`:                `FILTER_SYNTAX`,
		`note = "\q"`:                         `FILTER_SYNTAX`,
		`(active`:                             `FILTER_SYNTAX`,
		`active)`:                             `at character 7`,
		`head_count = 99999999999999999999`:   `FILTER_SYNTAX`,
		`head_count = "99999999999999999999"`: `head_count`,
		`head_count = abc`:                    `at character 14: head_count takes values such as 42`,
		`head_count = 1.5`:                    `FILTER_VALUE`,
		`head_count = 0x1F`:                   `FILTER_VALUE`,
		`gross_margin > "1e9"`:                `gross_margin`,
		`active = yes`:                        `true, false`,
		`active < true`:                       `FILTER_OPERATOR`,
		`create_time > "2026-01-01"`:          `create_time`,
		`create_time > "0001-01-01T00:00:00+08:00"`: `create_time`,
		`due_date = "2026-02-30"`:                   `due_date`,
		`due_date = "0000-01-01"`:                   `due_date`,
		`kind = ALIEN`:                              `ORGANIZATION, PERSON`,
		`kind > PERSON`:                             `FILTER_OPERATOR`,
		`tags = "vip"`:                              `FILTER_OPERATOR`,
		`labels = "x"`:                              `FILTER_OPERATOR`,
		`labels:"\x00"`:                             `FILTER_VALUE`,
		`note = "\x00"`:                             `FILTER_VALUE`,
		`note = a.b`:                                `FILTER_VALUE`,
		`note = (a OR b)`:                           `FILTER_VALUE`,
		`note = lower("a")`:                         `FILTER_VALUE`,
		`timestamp("x") = note`:                     `FILTER_COMPARISON`,
		`"a" = note`:                                `FILTER_COMPARISON`,
		`note`:                                      `FILTER_COMPARISON`,
		`"a"`:                                       `FILTER_COMPARISON`,
		`7`:                                         `FILTER_COMPARISON`,
		`attributes:*`:                              `FILTER_KEY`,
		`attributes.unheard = "x"`:                  `NO_ATTRIBUTE`,
		strings.Repeat("a", 2001):                   `TOO_LONG`,
		strings.Repeat("(", 2000):                   `FILTER_SYNTAX`,
		strings.Repeat("-(", 20) + "active" + strings.Repeat(")", 20): `FILTER_DEPTH`,
	} {
		t.Run(filter, func(t *testing.T) {
			t.Parallel()
			_, err := l.Plan(context.Background(), listing.Request{Filter: filter, Level: typev1.Level_MANAGER})
			require.Equal(t, codes.InvalidArgument, status.Code(err), "%v", err)
			require.ErrorContains(t, err, want)
		})
	}
}

func TestFilterLimitsAreWhereTheyAreSaidToBe(t *testing.T) {
	t.Parallel()
	db, l := setup(t)
	for _, filter := range []string{
		strings.TrimSuffix(strings.Repeat("active AND ", 181), " AND "),
		strings.Repeat("-(", 18) + "active" + strings.Repeat(")", 18),
		`note = "` + strings.Repeat("华", 1990) + `"`,
	} {
		read(t, db, l, listing.Request{Filter: filter, Level: typev1.Level_BASIC})
	}
}

func TestFieldsAboveTheCallersLevelAreDenied(t *testing.T) {
	t.Parallel()
	l := list(t)
	for _, r := range []listing.Request{
		{Filter: `gross_margin > 0`, Level: typev1.Level_BASIC},
		{Filter: `grossMargin > 0`, Level: typev1.Level_BASIC},
		{Filter: `grossMargin = "no number"`, Level: typev1.Level_BASIC},
		{Filter: `active OR NOT (gross_margin:*)`, Level: typev1.Level_BASIC},
		{Filter: `gross_margin`, Level: typev1.Level_BASIC},
		{OrderBy: `gross_margin`, Level: typev1.Level_BASIC},
		{OrderBy: `display_name, grossMargin desc`, Level: typev1.Level_BASIC},
		{Filter: `attributes.secret = "x"`, Level: typev1.Level_MANAGER},
		{Filter: `attributes:secret`, Level: typev1.Level_MANAGER},
		{Filter: `active`},
	} {
		_, err := l.Plan(context.Background(), r)
		require.Equal(t, codes.PermissionDenied, status.Code(err), "%+v", r)
		var denied *fault.Error
		require.ErrorAs(t, err, &denied)
		require.Equal(t, "FIELD_LEVEL", denied.Reason())
		require.Contains(t, []string{"gross_margin", "attributes.secret", "active"}, fieldOf(t, denied))
	}
}

// fieldOf is the metadata "field" that goes to the caller.
func fieldOf(t *testing.T, err *fault.Error) string {
	t.Helper()
	for _, detail := range err.GRPCStatus().Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info.GetMetadata()["field"]
		}
	}
	return ""
}
