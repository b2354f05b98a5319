package mask_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/mask"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func text(s string, level typev1.Level) *profilev1.AttributeValue {
	return &profilev1.AttributeValue{Value: &profilev1.AttributeValue_Text{Text: s}, Level: level}
}

func stored() *profilev1.Customer {
	return &profilev1.Customer{
		Name: "customers/1", DisplayName: "old", Kind: profilev1.Customer_ORGANIZATION, Etag: "e", Tags: []string{"a"},
		Attributes: map[string]*profilev1.AttributeValue{"open": text("o", typev1.Level_BASIC), "secret": text("s", typev1.Level_MANAGER)},
		Channels: []*profilev1.Channel{
			{Value: "public", Level: typev1.Level_BASIC}, {Value: "private", Level: typev1.Level_MANAGER},
		},
	}
}

func TestApply(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change *profilev1.Customer
		paths  []string
		level  typev1.Level
		want   func(*profilev1.Customer)
		code   codes.Code
	}{
		"named field": {
			change: &profilev1.Customer{DisplayName: "new", Owner: "not named"}, paths: []string{"display_name"},
			want: func(c *profilev1.Customer) { c.DisplayName = "new" },
		},
		"camel case":       {change: &profilev1.Customer{DisplayName: "new"}, paths: []string{"displayName"}, want: func(c *profilev1.Customer) { c.DisplayName = "new" }},
		"named, not set":   {change: &profilev1.Customer{}, paths: []string{"tags"}, want: func(c *profilev1.Customer) { c.Tags = nil }},
		"no mask":          {change: &profilev1.Customer{Owner: "bob"}, want: func(c *profilev1.Customer) { c.Owner = "bob" }},
		"star":             {change: &profilev1.Customer{Owner: "bob"}, paths: []string{"*"}, want: func(c *profilev1.Customer) { c.Owner = "bob" }},
		"name is ignored":  {change: &profilev1.Customer{Name: "customers/2"}, paths: []string{"name"}, want: func(*profilev1.Customer) {}},
		"immutable":        {change: &profilev1.Customer{Kind: profilev1.Customer_PERSON}, paths: []string{"kind"}, code: codes.InvalidArgument},
		"immutable, equal": {change: &profilev1.Customer{Kind: profilev1.Customer_ORGANIZATION}, paths: []string{"kind"}, want: func(*profilev1.Customer) {}},
		"unknown":          {change: &profilev1.Customer{}, paths: []string{"colour"}, code: codes.InvalidArgument},
		"into a list":      {change: &profilev1.Customer{}, paths: []string{"channels.value"}, code: codes.InvalidArgument},
		"empty path":       {change: &profilev1.Customer{}, paths: []string{""}, code: codes.InvalidArgument},
		"hidden list entry": {
			change: &profilev1.Customer{Channels: []*profilev1.Channel{{Value: "new", Level: typev1.Level_BASIC}}}, paths: []string{"channels"},
			want: func(c *profilev1.Customer) { c.Channels[0].Value = "new" },
		},
		"seen list entry": {
			change: &profilev1.Customer{}, paths: []string{"channels"}, level: typev1.Level_MANAGER, want: func(c *profilev1.Customer) { c.Channels = nil },
		},
		"map entry": {
			change: &profilev1.Customer{Attributes: map[string]*profilev1.AttributeValue{"x": text("x", typev1.Level_BASIC)}}, paths: []string{"attributes.x"},
			want: func(c *profilev1.Customer) { c.Attributes["x"] = text("x", typev1.Level_BASIC) },
		},
		"map entry removed":   {change: &profilev1.Customer{}, paths: []string{"attributes.open"}, want: func(c *profilev1.Customer) { delete(c.Attributes, "open") }},
		"hidden entry, named": {change: &profilev1.Customer{}, paths: []string{"attributes.secret"}, code: codes.PermissionDenied},
		"hidden entry, kept":  {change: &profilev1.Customer{}, paths: []string{"attributes"}, want: func(c *profilev1.Customer) { delete(c.Attributes, "open") }},
		"hidden entry, written": {
			change: &profilev1.Customer{Attributes: map[string]*profilev1.AttributeValue{"secret": text("x", typev1.Level_BASIC)}}, paths: []string{"attributes"},
			code: codes.PermissionDenied,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, want := stored(), stored()
			err := mask.Apply("customer", got, c.change, &fieldmaskpb.FieldMask{Paths: c.paths}, max(c.level, typev1.Level_BASIC))
			if c.code != codes.OK {
				require.Equal(t, c.code, fault.From(err).Code(), "%v", err)
				return
			}
			require.NoError(t, err)
			c.want(want)
			require.Empty(t, cmp.Diff(want, got, protocmp.Transform(), protocmp.SortRepeatedFields(&profilev1.Customer{}, "tags")))
		})
	}
}

func TestApplyNestedAndAboveLevel(t *testing.T) {
	t.Parallel()
	p := &profilev1.Person{Birthday: &date.Date{Year: 1980, Month: 5, Day: 1}, Family: "x"}
	day := &profilev1.Person{Birthday: &date.Date{Day: 2}}
	require.NoError(t, mask.Apply("person", p, day, &fieldmaskpb.FieldMask{Paths: []string{"birthday.day"}}, typev1.Level_MANAGER))
	require.Empty(t, cmp.Diff(&date.Date{Year: 1980, Month: 5, Day: 2}, p.GetBirthday(), protocmp.Transform()))
	err := mask.Apply("person", p, &profilev1.Person{}, &fieldmaskpb.FieldMask{Paths: []string{"family"}}, typev1.Level_BASIC)
	require.Equal(t, codes.PermissionDenied, fault.From(err).Code(), "clearing is writing too")
	require.Equal(t, "x", p.GetFamily())
}
