package level

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/guanxi-crm/guanxi/libs/fault"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

var (
	customers = (&profilev1.Customer{}).ProtoReflect().Descriptor()
	orders    = (&profilev1.Order{}).ProtoReflect().Descriptor()
	people    = (&profilev1.Person{}).ProtoReflect().Descriptor()
)

func TestOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		of      protoreflect.MessageDescriptor
		path    string
		spelled string
		want    typev1.Level
	}{
		{customers, "display_name", "display_name", basic},
		{customers, "displayName", "display_name", basic},
		{customers, "channels.value", "channels.value", basic},
		{customers, "attributes", "attributes", basic},
		{customers, "attributes.monthlyVolume", "attributes.monthlyVolume", basic},
		{customers, "attributes.budget.number", "attributes.budget.number", basic},
		{customers, "create_time.seconds", "create_time.seconds", basic},
		{orders, "amount.units", "amount.units", basic},
		{orders, "gross_profit", "gross_profit", manager},
		{orders, "grossProfit.currencyCode", "gross_profit.currency_code", manager},
		{orders, "lines.net_profit.units", "lines.net_profit.units", executive},
		{people, "special_dates.label", "special_dates.label", manager},
		{people, "birthday.year", "birthday.year", manager},
	} {
		l, err := Of(c.of, c.path)
		require.NoError(t, err, c.path)
		require.Equal(t, c.want, l, c.path)
		spelled, _, err := resolve(c.of, c.path)
		require.NoError(t, err)
		require.Equal(t, c.spelled, spelled)
	}
}

func TestOfRefusesPathsToNowhere(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"", ".", "nothing", "Name", "DISPLAY_NAME", "name.", ".name", "name.more", "channels..value", "channels[0].value",
		"attributes.", "attributes..number", "attributes.budget.nothing", "attributes.budget.number.more", "create_time.day", "*",
	} {
		_, err := Of(customers, path)
		require.Error(t, err, path)
		require.Equal(t, codes.InvalidArgument, fault.From(err).Code(), path)
		violations := fault.From(err).Violations()
		require.Len(t, violations, 1)
		require.Equal(t, path, violations[0].Field)
		require.Equal(t, "UNKNOWN_FIELD", violations[0].Rule)
	}
}

func FuzzOf(f *testing.F) {
	f.Add("attributes.budget.number")
	f.Add("lines..x")
	f.Fuzz(func(t *testing.T, path string) {
		for _, md := range []protoreflect.MessageDescriptor{customers, orders, people} {
			l, err := Of(md, path)
			if err == nil {
				require.Contains(t, []typev1.Level{basic, manager, executive}, l)
			}
		}
	})
}

func TestAboveSet(t *testing.T) {
	t.Parallel()
	batch := &profilev1.BatchCreateOrdersRequest{Requests: []*profilev1.CreateOrderRequest{{}, {Order: order()}}}
	require.Empty(t, AboveSet(batch, executive))
	require.Equal(t, []string{"requests[1].order.net_profit", "requests[1].order.lines[1].net_profit"}, AboveSet(batch, manager))
	require.Equal(t, []string{
		"requests[1].order.gross_profit", "requests[1].order.net_profit",
		"requests[1].order.lines[1].gross_profit", "requests[1].order.lines[1].net_profit",
	}, AboveSet(batch, basic))
	require.Equal(t, []string{"requests"}, AboveSet(batch, nobody), "what lies in a field above is not listed apart")

	require.Equal(t, []string{"attributes.budget", "attributes.plan", "channels[0]", "channels[2]"}, AboveSet(customer(), basic))
	require.Equal(t, []string{"level"}, AboveSet(&profilev1.Channel{Level: executive}, basic))
	require.Equal(t, []string{"attribute"}, AboveSet(&profilev1.CreateAttributeRequest{Attribute: &profilev1.Attribute{Level: manager}}, basic))
}

// An empty field named by the mask would be cleared.
func TestAboveSetReadsMasks(t *testing.T) {
	t.Parallel()
	update := &profilev1.UpdatePersonRequest{
		Person:     &profilev1.Person{Family: "two children"},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"birthday.year", "family", "specialDates", "nothing", "*", "name"}},
	}
	require.Equal(t, []string{"person.family", "person.birthday.year", "person.special_dates"}, AboveSet(update, basic))
	require.Empty(t, AboveSet(update, manager))
	update.Person = nil
	require.Equal(t, []string{"person.birthday.year", "person.family", "person.special_dates"}, AboveSet(update, basic))
}
