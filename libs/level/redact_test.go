package level

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"pgregory.net/rapid"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

const (
	nobody    = typev1.Level_LEVEL_UNSPECIFIED
	basic     = typev1.Level_BASIC
	manager   = typev1.Level_MANAGER
	executive = typev1.Level_EXECUTIVE
)

func sorted(s []string) []string { slices.Sort(s); return s }

func yuan(units int64) *money.Money { return &money.Money{CurrencyCode: "CNY", Units: units} }

func order() *profilev1.Order {
	return &profilev1.Order{
		Name: "customers/1/orders/1", Amount: yuan(100), GrossProfit: yuan(30), NetProfit: yuan(10),
		Lines: []*profilev1.OrderLine{
			{ProductLine: "a", Amount: yuan(60)},
			{ProductLine: "b", Amount: yuan(40), GrossProfit: yuan(30), NetProfit: yuan(10)},
		},
	}
}

func customer() *profilev1.Customer {
	return &profilev1.Customer{
		Name: "customers/1", DisplayName: "华南纸业",
		Channels: []*profilev1.Channel{
			{Value: "secret", Level: executive},
			{Value: "switchboard"},
			{Value: "private", Level: manager},
			{Value: "mail", Level: basic},
		},
		Attributes: map[string]*profilev1.AttributeValue{
			"size":   {Value: &profilev1.AttributeValue_Number{Number: "12"}, Level: basic},
			"budget": {Value: &profilev1.AttributeValue_Number{Number: "9"}, Level: manager},
			"plan":   {Value: &profilev1.AttributeValue_Text{Text: "buy"}, Level: executive},
			"unset":  {Value: &profilev1.AttributeValue_Text{Text: "x"}},
		},
	}
}

func TestRedactFields(t *testing.T) {
	t.Parallel()
	forManager, forBasic := order(), order()
	forManager.NetProfit, forManager.Lines[1].NetProfit = nil, nil
	forBasic.GrossProfit, forBasic.NetProfit = nil, nil
	forBasic.Lines[1].GrossProfit, forBasic.Lines[1].NetProfit = nil, nil

	for max, want := range map[typev1.Level]*profilev1.Order{
		executive: order(), executive + 1: order(), manager: forManager, basic: forBasic, nobody: {}, -1: {},
	} {
		page := &profilev1.BatchCreateOrdersResponse{Orders: []*profilev1.Order{order()}}
		Redact(page, max)
		if max <= nobody {
			require.Empty(t, cmp.Diff(&profilev1.BatchCreateOrdersResponse{}, page, protocmp.Transform()), max)
			continue
		}
		require.Empty(t, cmp.Diff(want, page.Orders[0], protocmp.Transform()), max)
	}
}

func TestRedactByBounds(t *testing.T) {
	t.Parallel()
	for max, want := range map[typev1.Level][]string{
		executive: {"secret", "switchboard", "private", "mail"},
		manager:   {"switchboard", "private", "mail"},
		basic:     {"switchboard", "mail"},
		nobody:    nil,
	} {
		c := customer()
		Redact(c, max)
		var values []string
		for _, channel := range c.Channels {
			values = append(values, channel.Value)
		}
		require.Equal(t, want, values, max)
	}
	for max, want := range map[typev1.Level][]string{
		executive: {"budget", "plan", "size", "unset"},
		manager:   {"budget", "size", "unset"},
		basic:     {"size", "unset"},
	} {
		c := customer()
		Redact(c, max)
		var keys []string
		for key := range c.Attributes {
			keys = append(keys, key)
		}
		require.Equal(t, want, sorted(keys), max)
	}
}

func TestRedactClearsASingleBoundedMessage(t *testing.T) {
	t.Parallel()
	request := &profilev1.CreateAttributeRequest{AttributeId: "budget", Attribute: &profilev1.Attribute{LabelEn: "Budget", Level: manager}}
	Redact(request, manager)
	require.NotNil(t, request.Attribute)
	Redact(request, basic)
	require.Empty(t, cmp.Diff(&profilev1.CreateAttributeRequest{AttributeId: "budget"}, request, protocmp.Transform()))
}

func TestVisible(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		bound, max typev1.Level
		want       bool
	}{
		{nobody, basic, true},
		{nobody, nobody, false},
		{basic, basic, true},
		{manager, basic, false},
		{manager, manager, true},
		{executive, manager, false},
		{executive, executive, true},
		{99, manager, false},
	} {
		require.Equal(t, c.want, Visible(&profilev1.Channel{Level: c.bound}, c.max), c)
	}
	require.True(t, Visible(&profilev1.Order{}, basic), "without a bounds field")
}

func TestRedactOfNothing(t *testing.T) {
	t.Parallel()
	Redact(nil, basic)
	Redact((*profilev1.Order)(nil), basic)
	require.True(t, Visible(nil, basic))
	require.Empty(t, AboveSet(nil, basic))
	require.Empty(t, AboveSet((*profilev1.Order)(nil), basic))
}

// A newer replica may have stored an answer with a field that this one does not know the level of.
func TestRedactDropsUnknownFields(t *testing.T) {
	t.Parallel()
	o := order()
	o.ProtoReflect().SetUnknown([]byte{0xf8, 0x7f, 1})
	o.Lines[0].ProtoReflect().SetUnknown([]byte{0xf8, 0x7f, 1})
	Redact(o, executive)
	require.NotEmpty(t, o.ProtoReflect().GetUnknown())
	Redact(o, manager)
	require.Empty(t, o.ProtoReflect().GetUnknown())
	require.Empty(t, o.Lines[0].ProtoReflect().GetUnknown())
}

func TestRedactProperties(t *testing.T) {
	t.Parallel()
	messages := randomMessage()
	rapid.Check(t, func(t *rapid.T) {
		m := messages.Draw(t, "message")
		whole := proto.Clone(m)
		max := typev1.Level(rapid.Int32Range(0, 3).Draw(t, "max"))

		redacted := Redacted(m, max)
		if !proto.Equal(whole, m) {
			t.Fatal("a redacted copy changes the message")
		}
		Redact(m, max)
		if !proto.Equal(redacted, m) {
			t.Fatal("a redacted copy is another than the message redacted")
		}
		if found := leaks(m.ProtoReflect(), max); len(found) > 0 {
			t.Fatalf("%v sees %v", max, found)
		}
		once := proto.Clone(m)
		Redact(m, max)
		if !proto.Equal(once, m) {
			t.Fatal("a second redaction changes the message")
		}
		if max == executive && !proto.Equal(whole, m) {
			t.Fatal("something is above EXECUTIVE")
		}
		above := AboveSet(whole, max)
		if Visible(whole, max) && (len(above) > 0) == proto.Equal(whole, m) {
			t.Fatalf("AboveSet finds %v, but Redact disagrees", above)
		}
		if above := AboveSet(m, max); Visible(m, max) && len(above) > 0 {
			t.Fatalf("%v left after Redact", above)
		}
	})
}

// What a lower level sees, a higher one sees too: redacting step by step ends where redacting at once does.
func TestRedactIsMonotonous(t *testing.T) {
	t.Parallel()
	messages := randomMessage()
	rapid.Check(t, func(t *rapid.T) {
		steps := messages.Draw(t, "message")
		once := proto.Clone(steps)
		Redact(steps, manager)
		Redact(steps, basic)
		Redact(once, basic)
		if diff := cmp.Diff(once, steps, protocmp.Transform()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func BenchmarkRedact(b *testing.B) {
	people := &profilev1.ListPeopleResponse{}
	customers := &profilev1.ListCustomersResponse{}
	for range 50 {
		people.People = append(people.People, &profilev1.Person{Name: "customers/1/people/1", Birthday: &date.Date{Year: 1980}})
		customers.Customers = append(customers.Customers, customer())
	}
	for name, m := range map[string]proto.Message{
		"nothing to do": &profilev1.CycleStep{Step: "shipped_time"},
		"order":         order(),
		"customer":      customer(),
		"50 people":     people,
		"50 customers":  customers,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			Redact(m, basic)
			wire, err := proto.Marshal(m)
			require.NoError(b, err)
			for b.Loop() {
				Redact(m, basic)
			}
			redacting := b.Elapsed() / time.Duration(b.N)
			began := time.Now()
			for range 100 {
				wire, _ = proto.MarshalOptions{}.MarshalAppend(wire[:0], m)
			}
			b.ReportMetric(float64(redacting)/float64(time.Since(began)/100), "of-marshal")
		})
	}
}
