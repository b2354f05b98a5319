package history_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/history"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

const (
	basic     = typev1.Level_BASIC
	manager   = typev1.Level_MANAGER
	executive = typev1.Level_EXECUTIVE
)

func cny(units int64) *money.Money { return &money.Money{CurrencyCode: "CNY", Units: units} }

func TestDiff(t *testing.T) {
	t.Parallel()
	attribute := func(text string, level typev1.Level) map[string]*profilev1.AttributeValue {
		return map[string]*profilev1.AttributeValue{"a": {Value: &profilev1.AttributeValue_Text{Text: text}, Level: level}}
	}
	for name, c := range map[string]struct {
		before, after proto.Message
		want          []history.Field
	}{
		"nothing": {before: &profilev1.Customer{Owner: "a"}, after: &profilev1.Customer{Owner: "a"}},
		"not facts": {
			before: &profilev1.Customer{Name: "a", Etag: "1", UpdateTime: timestamppb.New(timestamppb.Now().AsTime())},
			after:  &profilev1.Customer{Name: "b", Etag: "2"},
		},
		"scalars and enums": {
			before: &profilev1.Customer{Owner: "a", EmployeeCount: 3},
			after:  &profilev1.Customer{Owner: "b", Kind: profilev1.Customer_PERSON},
			want: []history.Field{
				{Path: "kind", To: `"PERSON"`, Level: basic}, {Path: "employee_count", From: "3", Level: basic}, {Path: "owner", From: `"a"`, To: `"b"`, Level: basic},
			},
		},
		"created": {after: &profilev1.Person{Family: "x"}, want: []history.Field{{Path: "family", To: `"x"`, Level: manager}}},
		"gone":    {before: &profilev1.Person{Family: "x"}, want: []history.Field{{Path: "family", From: `"x"`, Level: manager}}},
		"a date is one value": {
			before: &profilev1.Person{Birthday: &date.Date{Month: 1, Day: 1}}, after: &profilev1.Person{Birthday: &date.Date{Month: 1, Day: 2}},
			want: []history.Field{{Path: "birthday", From: `{"day":1,"month":1}`, To: `{"day":2,"month":1}`, Level: manager}},
		},
		"inside a list each field has its level": {
			before: &profilev1.Order{Lines: []*profilev1.OrderLine{{ProductLine: "a", GrossProfit: cny(1), NetProfit: cny(1)}}},
			after:  &profilev1.Order{Lines: []*profilev1.OrderLine{{ProductLine: "b", GrossProfit: cny(2), NetProfit: cny(2)}}},
			want: []history.Field{
				{Path: "lines[0].product_line", From: `"a"`, To: `"b"`, Level: basic},
				{Path: "lines[0].gross_profit", From: `{"currencyCode":"CNY","units":"1"}`, To: `{"currencyCode":"CNY","units":"2"}`, Level: manager},
				{Path: "lines[0].net_profit", From: `{"currencyCode":"CNY","units":"1"}`, To: `{"currencyCode":"CNY","units":"2"}`, Level: executive},
			},
		},
		"a line more": {
			before: &profilev1.Order{}, after: &profilev1.Order{Lines: []*profilev1.OrderLine{{Quantity: 2.5, NetProfit: cny(1)}}},
			want: []history.Field{
				{Path: "lines[0].quantity", To: "2.5", Level: basic}, {Path: "lines[0].net_profit", To: `{"currencyCode":"CNY","units":"1"}`, Level: executive},
			},
		},
		"an entry's own level holds for all of it, before as after": {
			before: &profilev1.Customer{Attributes: attribute("x", manager)}, after: &profilev1.Customer{Attributes: attribute("y", basic)},
			want: []history.Field{
				{Path: `attributes["a"].text`, From: `"x"`, To: `"y"`, Level: manager},
				{Path: `attributes["a"].level`, From: `"MANAGER"`, To: `"BASIC"`, Level: manager},
			},
		},
		"an entry gone": {
			before: &profilev1.Customer{Channels: []*profilev1.Channel{{Value: "1", Level: manager}}}, after: &profilev1.Customer{},
			want: []history.Field{
				{Path: "channels[0].value", From: `"1"`, Level: manager}, {Path: "channels[0].level", From: `"MANAGER"`, Level: manager},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, history.Diff(c.before, c.after))
		})
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"lines", "owner", "attributes"}, history.Names([]history.Field{
		{Path: "lines[0].amount"}, {Path: "owner"}, {Path: "lines[1].amount"}, {Path: `attributes["a.b"].text`},
	}))
}

// What is encoded by hand is what encoding/json makes of it.
func TestJSON(t *testing.T) {
	t.Parallel()
	require.Equal(t, "[]", history.JSON(nil))
	var fields []history.Field
	for _, text := range []string{
		"", "plain", `"quoted"`, `back\slash`, "深圳 👍", "a\x00b\n\t\x7f", "<a href='x'>&", "broken \xff", "\u2028 \u2029", `{"day":1}`,
	} {
		fields = append(fields, history.Field{Path: "a[0]." + text, From: text, Level: manager}, history.Field{Path: `a["` + text + `"]`, To: text, Level: basic})
		want, err := json.Marshal(text)
		require.NoError(t, err)
		if text != "" {
			require.Equal(t, []history.Field{{Path: "owner", To: string(want), Level: basic}}, history.Diff(nil, &profilev1.Customer{Owner: text}))
		}
	}
	want, err := json.Marshal(fields)
	require.NoError(t, err)
	require.Equal(t, string(want), history.JSON(fields))
}
