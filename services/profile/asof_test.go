package profile_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// change does one thing to a customer, or to something beside it, and may find that it cannot be done now.
func (b *bundle) change(t *testing.T, r *rapid.T, name string) {
	t.Helper()
	ctx := b.admin(t)
	c := &profilev1.Customer{Name: name}
	var path string
	switch rapid.IntRange(0, 8).Draw(r, "what") {
	case 0:
		_, _ = b.customers.DeleteCustomer(ctx, &profilev1.DeleteCustomerRequest{Name: name})
		return
	case 1, 2:
		_, _ = b.customers.UndeleteCustomer(ctx, &profilev1.UndeleteCustomerRequest{Name: name})
		return
	case 3:
		_, _ = b.people.CreatePerson(ctx, &profilev1.CreatePersonRequest{Parent: name, Person: &profilev1.Person{DisplayName: "x"}})
		return
	case 4:
		path = "owner"
		c.Owner = rapid.SampledFrom([]string{"", "alice", "bob"}).Draw(r, "owner")
	case 5:
		path = "tags"
		c.Tags = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 3, rapid.ID).Draw(r, "tags")
	case 6:
		path = "channels"
		for range rapid.IntRange(0, 2).Draw(r, "channels") {
			c.Channels = append(c.Channels, &profilev1.Channel{Medium: profilev1.Channel_PHONE, Value: rapid.SampledFrom([]string{"1", "2"}).Draw(r, "value")})
		}
	case 7:
		path = "territory"
		c.Territory = rapid.SampledFrom([]string{"cn/south", "cn/north"}).Draw(r, "territory")
	default:
		path = "attributes"
		if rapid.Bool().Draw(r, "kept") {
			c.Attributes = map[string]*profilev1.AttributeValue{"size": {Value: &profilev1.AttributeValue_Number{Number: rapid.SampledFrom([]string{"1", "2"}).Draw(r, "size")}}}
		}
	}
	_, _ = b.customers.UpdateCustomer(ctx, &profilev1.UpdateCustomerRequest{Customer: c, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{path}}})
}

// Whatever is done to a customer: what was read at a time is what is read as of it.
func TestAsOfIsWhatWasKnownThen(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	_, err := b.attributes.CreateAttribute(ctx, &profilev1.CreateAttributeRequest{
		AttributeId: "size", Attribute: &profilev1.Attribute{LabelEn: "s", LabelZh: "s", Type: profilev1.Attribute_NUMBER, Level: basic},
	})
	require.NoError(t, err)
	rapid.Check(t, func(r *rapid.T) {
		name := b.customer(t).GetName()
		var states []*profilev1.Customer
		var times []time.Time
		for range rapid.IntRange(1, 12).Draw(r, "changes") {
			b.change(t, r, name)
			state, err := b.customers.GetCustomer(ctx, &profilev1.GetCustomerRequest{Name: name})
			require.NoError(t, err)
			states, times = append(states, state), append(times, b.Clock.Now())
			b.Clock.Advance(time.Second)
		}
		for i, want := range states {
			got, err := b.customers.GetCustomer(ctx, &profilev1.GetCustomerRequest{Name: name, AsOf: timestamppb.New(times[i])})
			require.NoError(t, err)
			if !proto.Equal(want, got) {
				r.Fatalf("at %d: want %v\n got %v", i, want, got)
			}
		}
	})
}

func TestAsOfBeforeAndAfter(t *testing.T) {
	t.Parallel()
	b := setup(t)
	before := b.Clock.Now()
	b.Clock.Advance(time.Hour)
	c := b.customer(t)
	read := func(at time.Time, territories ...string) (*profilev1.Customer, error) {
		return b.customers.GetCustomer(b.As(t, basic, territories...), &profilev1.GetCustomerRequest{Name: c.GetName(), AsOf: timestamppb.New(at)})
	}
	_, err := read(before)
	refused(t, err, codes.NotFound)
	_, err = read(b.Clock.Now().Add(time.Hour))
	refused(t, err, codes.InvalidArgument, "as_of", "FUTURE")
	_, err = read(b.Clock.Now(), "cn/north")
	refused(t, err, codes.PermissionDenied)
	got, err := read(b.Clock.Now(), "cn/south")
	require.NoError(t, err)
	require.True(t, proto.Equal(c, got))
}

// Before they were merged they were two, and each is read by its own name; since then both names are one customer.
func TestAsOfBeforeAMerge(t *testing.T) {
	t.Parallel()
	b := setup(t)
	named := func(name string) *profilev1.Customer {
		return b.customer(t, func(c *profilev1.Customer) { c.DisplayName = name })
	}
	survivor, merged := named("survivor"), named("merged")
	two := b.Clock.Now()
	b.Clock.Advance(time.Minute)
	identity := profilev1.NewCustomerIdentityServiceClient(b.Conn)
	_, err := identity.MergeCustomers(b.admin(t), &profilev1.MergeCustomersRequest{Survivor: survivor.GetName(), Duplicates: []string{merged.GetName()}})
	require.NoError(t, err)
	one := b.Clock.Now()
	read := func(name string, at time.Time) *profilev1.Customer {
		c, err := b.customers.GetCustomer(b.admin(t), &profilev1.GetCustomerRequest{Name: name, AsOf: timestamppb.New(at)})
		require.NoError(t, err)
		return c
	}
	require.Eventually(t, func() bool { return read(merged.GetName(), one).GetName() == survivor.GetName() }, testkit.Patience, 20*time.Millisecond)
	require.Equal(t, []string{"merged"}, read(survivor.GetName(), one).GetAlternativeNames())
	require.True(t, proto.Equal(survivor, read(survivor.GetName(), two)))
	require.True(t, proto.Equal(merged, read(merged.GetName(), two)), "%v", read(merged.GetName(), two))

	b.Clock.Advance(time.Minute)
	_, err = identity.UnmergeCustomer(b.admin(t), &profilev1.UnmergeCustomerRequest{Name: merged.GetName()})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return read(merged.GetName(), b.Clock.Now()).GetName() == merged.GetName() }, testkit.Patience, 20*time.Millisecond)
	gone := read(merged.GetName(), one)
	require.Equal(t, one, gone.GetDeleteTime().AsTime())
	require.Nil(t, gone.GetPurgeTime())
	require.True(t, proto.Equal(merged, read(merged.GetName(), two)))
}

// More changes than are read at once.
func TestAsOfGoesFarBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.customer(t)
	at := b.Clock.Now()
	for i := range 450 {
		b.Clock.Advance(time.Second)
		_, err := b.customers.UpdateCustomer(b.admin(t), &profilev1.UpdateCustomerRequest{Customer: &profilev1.Customer{Name: first.GetName(), Owner: fmt.Sprint(i)}})
		require.NoError(t, err)
	}
	got, err := b.customers.GetCustomer(b.admin(t), &profilev1.GetCustomerRequest{Name: first.GetName(), AsOf: timestamppb.New(at)})
	require.NoError(t, err)
	require.True(t, proto.Equal(first, got), "%v", got)
}

func TestBatchUpdateIsAllOrNone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first, second := b.customer(t), b.customer(t)
	update := func(requests ...*profilev1.UpdateCustomerRequest) (*profilev1.BatchUpdateCustomersResponse, error) {
		return b.customers.BatchUpdateCustomers(b.As(t, basic, "cn"), &profilev1.BatchUpdateCustomersRequest{Requests: requests})
	}
	owned := func(c *profilev1.Customer, owner, tag string) *profilev1.UpdateCustomerRequest {
		return &profilev1.UpdateCustomerRequest{Customer: &profilev1.Customer{Name: c.GetName(), Owner: owner, Etag: tag}}
	}
	_, err := update(owned(first, "bob", ""), owned(second, "bob", "stale"))
	refused(t, err, codes.Aborted)
	_, err = update(owned(first, "bob", ""), &profilev1.UpdateCustomerRequest{Customer: &profilev1.Customer{Name: second.GetName(), TimeZone: "Mars"}})
	refused(t, err, codes.InvalidArgument, "requests[1].customer.time_zone", "TIME_ZONE")
	_, err = update(owned(first, "bob", ""), owned(first, "eve", ""))
	refused(t, err, codes.InvalidArgument, "requests[1].customer.name", "UNIQUE")
	inside := owned(first, "bob", "")
	inside.RequestId = "x"
	_, err = update(inside)
	refused(t, err, codes.InvalidArgument, "requests[0].request_id", "REQUEST_ID_INSIDE")
	_, err = update(owned(&profilev1.Customer{Name: "x"}, "bob", ""))
	refused(t, err, codes.InvalidArgument, "requests[0].customer.name", "RESOURCE_NAME")
	_, err = b.customers.BatchUpdateCustomers(b.As(t, basic, "eu"), &profilev1.BatchUpdateCustomersRequest{Requests: []*profilev1.UpdateCustomerRequest{owned(first, "bob", "")}})
	refused(t, err, codes.PermissionDenied)
	still, err := b.customers.GetCustomer(b.admin(t), &profilev1.GetCustomerRequest{Name: first.GetName()})
	require.NoError(t, err)
	require.True(t, proto.Equal(first, still), "nothing of the refused batches is there")

	b.Clock.Advance(time.Minute)
	done, err := update(owned(second, "bob", second.GetEtag()), owned(first, "", ""))
	require.NoError(t, err)
	require.Equal(t, "bob", done.GetCustomers()[0].GetOwner())
	require.Equal(t, first.GetEtag(), done.GetCustomers()[1].GetEtag(), "nothing differs")
	changed := b.Events(t, "guanxi.profile.customer.changed.v1", 1)
	require.Len(t, changed, 1)
	require.Equal(t, second.GetName(), changed[0].Resource)
}

// Batches that name the same customers in other orders wait for each other.
func TestBatchUpdatesDoNotBlockEachOther(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var names []string
	for range 5 {
		names = append(names, b.customer(t).GetName())
	}
	errs := make(chan error)
	for n := range 8 {
		go func() {
			r := &profilev1.BatchUpdateCustomersRequest{}
			for i := range names {
				at := (i + n) % len(names)
				if n%2 == 0 {
					at = len(names) - 1 - i
				}
				r.Requests = append(r.Requests, &profilev1.UpdateCustomerRequest{Customer: &profilev1.Customer{Name: names[at], Owner: fmt.Sprint(n)}})
			}
			_, err := b.customers.BatchUpdateCustomers(b.admin(t), r)
			errs <- err
		}()
	}
	for range 8 {
		require.NoError(t, <-errs)
	}
}
