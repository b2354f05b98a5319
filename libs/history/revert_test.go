package history_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/history"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

var someLevel = rapid.SampledFrom([]typev1.Level{basic, manager, executive})

// word has what JSON and Go escape differently, and what paths are made of.
func word(t *rapid.T, name string) string {
	return rapid.StringOfN(rapid.SampledFrom([]rune(`ab."[]\<&'`+"\n\u2028é中")), 1, 4, -1).Draw(t, name)
}

func anyAttribute(t *rapid.T) *profilev1.AttributeValue {
	v := &profilev1.AttributeValue{Level: someLevel.Draw(t, "level")}
	switch rapid.IntRange(0, 3).Draw(t, "type") {
	case 0:
		v.Value = &profilev1.AttributeValue_Text{Text: rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "text")}
	case 1:
		v.Value = &profilev1.AttributeValue_Boolean{Boolean: rapid.Bool().Draw(t, "boolean")}
	case 2:
		v.Value = &profilev1.AttributeValue_Date{Date: &date.Date{Year: 2026, Month: 1, Day: int32(rapid.IntRange(1, 28).Draw(t, "day"))}}
	default:
		v.Value = &profilev1.AttributeValue_Number{Number: "12.50"}
	}
	return v
}

// anyCustomer has every shape of field: scalars, enums, lists of scalars and of messages with lists, a map of messages with a oneof.
func anyCustomer(t *rapid.T) *profilev1.Customer {
	c := &profilev1.Customer{
		Name: "customers/x", DisplayName: word(t, "name"), Kind: profilev1.Customer_Kind(rapid.IntRange(0, 2).Draw(t, "kind")),
		EmployeeCount: int32(rapid.IntRange(0, 3).Draw(t, "employees")), Owner: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "owner"),
		Attributes: map[string]*profilev1.AttributeValue{},
	}
	for range rapid.IntRange(0, 3).Draw(t, "relations") {
		c.Relations = append(c.Relations, profilev1.Customer_Relation(rapid.IntRange(1, 4).Draw(t, "relation")))
	}
	for range rapid.IntRange(0, 3).Draw(t, "tags") {
		c.Tags = append(c.Tags, word(t, "tag"))
	}
	for range rapid.IntRange(0, 3).Draw(t, "addresses") {
		a := &profilev1.Address{Locality: word(t, "locality")}
		for range rapid.IntRange(0, 2).Draw(t, "lines") {
			a.Lines = append(a.Lines, rapid.SampledFrom([]string{"", "x"}).Draw(t, "line"))
		}
		c.Addresses = append(c.Addresses, a)
	}
	for range rapid.IntRange(0, 3).Draw(t, "channels") {
		c.Channels = append(c.Channels, &profilev1.Channel{Medium: 1, Value: word(t, "value"), Preferred: rapid.Bool().Draw(t, "preferred"), Level: someLevel.Draw(t, "level")})
	}
	for range rapid.IntRange(0, 3).Draw(t, "attributes") {
		c.Attributes[word(t, "attribute")] = anyAttribute(t)
	}
	return c
}

// Whatever a resource was before, taking the changes back from the newest on comes to it.
func TestRevertGoesBackThroughAllStates(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		states := []*profilev1.Customer{anyCustomer(t)}
		var changes [][]history.Field
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			next := anyCustomer(t)
			changes = append(changes, history.Diff(states[len(states)-1], next))
			states = append(states, next)
		}
		m := proto.CloneOf(states[len(states)-1])
		for i, change := range slices.Backward(changes) {
			if err := history.Revert(m, change); err != nil {
				t.Fatalf("%v: %v", change, err)
			}
			if !proto.Equal(states[i], m) {
				t.Fatalf("want %v\n got %v\n by %v", states[i], m, change)
			}
		}
	})
}

func TestRevertOfOtherShapes(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]proto.Message{
		{&profilev1.Person{Birthday: &date.Date{Month: 2, Day: 29}}, &profilev1.Person{}},
		{&profilev1.Person{}, &profilev1.Person{Birthday: &date.Date{Month: 2, Day: 29}}},
		{&profilev1.Order{Lines: []*profilev1.OrderLine{{Quantity: 1.5, Amount: cny(3)}}}, &profilev1.Order{}},
		{&profilev1.Order{Lines: []*profilev1.OrderLine{{Quantity: 1.5}}}, &profilev1.Order{Lines: []*profilev1.OrderLine{{Quantity: 2}, {GrossProfit: cny(1)}}}},
		{&profilev1.Customer{Kind: 77}, &profilev1.Customer{Kind: 1}}, // of a release that has more kinds
	} {
		back := proto.Clone(pair[1])
		require.NoError(t, history.Revert(back, history.Diff(pair[0], pair[1])))
		require.True(t, proto.Equal(pair[0], back), "want %v, got %v", pair[0], back)
	}
}

func TestRevertOfWhatIsNoHistory(t *testing.T) {
	t.Parallel()
	for _, f := range []history.Field{
		{Path: "tags[x]", From: `"a"`}, {Path: "tags[0", From: `"a"`}, {Path: "kind", From: `"NEITHER"`}, {Path: "kind", From: `x`}, {Path: "owner", From: `1`}, {Path: "tags[-1]", From: `"a"`},
	} {
		require.Error(t, history.Revert(&profilev1.Customer{}, []history.Field{f}), f)
	}
	m := &profilev1.Customer{Owner: "a"}
	require.NoError(t, history.Revert(m, []history.Field{{Path: "gone_field", From: `"a"`}, {Path: "owner", From: `"b"`}}))
	require.Equal(t, "b", m.GetOwner())
}
