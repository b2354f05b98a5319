package profile_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

func (b *bundle) groups() profilev1.CustomerGroupServiceClient {
	return profilev1.NewCustomerGroupServiceClient(b.Conn)
}

// company makes an organization with one order of so much, in a territory, below another one.
func (b *bundle) company(t *testing.T, name, territory, parent string, units int64) string {
	t.Helper()
	c := b.customer(t, func(c *profilev1.Customer) { c.DisplayName, c.Territory, c.Parent = name, territory, parent })
	require.Equal(t, parent, c.GetParent())
	b.order(t, c.GetName(), anOrder(name, 0, units))
	return c.GetName()
}

// under has a customer belong to another one.
func (b *bundle) under(ctx context.Context, customer, parent string) error {
	_, err := b.customers.UpdateCustomer(ctx, &profilev1.UpdateCustomerRequest{
		Customer: &profilev1.Customer{Name: customer, Parent: parent}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"parent"}},
	})
	return err
}

func TestGroupsAddUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	top := b.company(t, "top", "cn/south", "", 1)
	left := b.company(t, "left", "cn/south", top, 10)
	right := b.company(t, "right", "cn/north", top, 100)
	leaf := b.company(t, "leaf", "cn/south", right, 1000)
	span := func(name string) *profilev1.GetGroupRequest {
		return &profilev1.GetGroupRequest{Name: name, StartMonth: "2025-01", EndMonth: "2025-12"}
	}
	all, err := b.groups().GetGroup(b.As(t, basic, "cn"), span(top))
	require.NoError(t, err)
	require.Equal(t, int64(4), all.GetMemberCount())
	require.Len(t, all.GetTotals(), 1)
	require.Equal(t, int64(1111), all.GetTotals()[0].GetAmount().GetUnits())
	require.Equal(t, int64(4), all.GetTotals()[0].GetCustomerCount())
	none, err := b.groups().GetGroup(b.As(t, basic, "cn"), &profilev1.GetGroupRequest{Name: top, EndMonth: "2019-12"})
	require.NoError(t, err)
	require.Empty(t, none.GetTotals())
	require.Equal(t, "2019-01", none.GetStartMonth())

	part, err := b.groups().GetGroup(b.As(t, basic, "cn/south"), span(top))
	require.NoError(t, err)
	require.Equal(t, int64(2), part.GetMemberCount(), "what is behind a hidden one is not reached")
	require.Equal(t, int64(11), part.GetTotals()[0].GetAmount().GetUnits())
	up, err := b.groups().GetGroup(b.As(t, basic, "cn"), span(leaf))
	require.NoError(t, err)
	require.Equal(t, []string{right, top}, up.GetAncestors())
	_, err = b.groups().GetGroup(b.As(t, basic, "cn/south"), span(right))
	refused(t, err, codes.PermissionDenied)

	var members []*profilev1.GroupMember
	request := &profilev1.ListGroupMembersRequest{Parent: top, StartMonth: "2025-01", EndMonth: "2025-12", PageSize: 1}
	for {
		page, err := b.groups().ListGroupMembers(b.As(t, basic, "cn"), request)
		require.NoError(t, err)
		members = append(members, page.GetMembers()...)
		if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
			break
		}
	}
	require.Len(t, members, 4)
	require.Equal(t, []string{top, leaf}, []string{members[0].GetCustomer(), members[3].GetCustomer()})
	for _, m := range members {
		want := map[string][2]int64{top: {1, 1111}, left: {10, 10}, right: {100, 1100}, leaf: {1000, 1000}}[m.GetCustomer()]
		require.Equal(t, want, [2]int64{m.GetOwnTotals()[0].GetAmount().GetUnits(), m.GetTotals()[0].GetAmount().GetUnits()}, m.GetDisplayName())
	}
	require.Equal(t, []any{right, int32(2)}, []any{members[3].GetParent(), members[3].GetDepth()})

	list, err := b.customers.ListCustomers(b.As(t, basic, "cn"), &profilev1.ListCustomersRequest{Filter: `parent = "` + top + `"`})
	require.NoError(t, err)
	require.Len(t, list.GetCustomers(), 2)
}

func TestParentsKeepTheirRules(t *testing.T) {
	t.Parallel()
	b := setup(t)
	top := b.company(t, "top", "cn/north", "", 1)
	middle := b.company(t, "middle", "cn/south", top, 1)
	leaf := b.company(t, "leaf", "cn/south", middle, 1)
	ctx := b.As(t, basic, "cn")
	refused(t, b.under(ctx, top, leaf), codes.InvalidArgument, "customer.parent", "CIRCLE")
	refused(t, b.under(ctx, top, top), codes.InvalidArgument, "customer.parent", "CIRCLE")
	refused(t, b.under(ctx, top, "people/1"), codes.InvalidArgument, "customer.parent", "RESOURCE_NAME")
	somebody := b.customer(t, func(c *profilev1.Customer) { c.Kind = profilev1.Customer_PERSON }).GetName()
	refused(t, b.under(ctx, somebody, top), codes.InvalidArgument, "customer.parent", "KIND")
	refused(t, b.under(ctx, leaf, somebody), codes.InvalidArgument, "customer.parent", "CUSTOMER_UNKNOWN")
	refused(t, b.under(b.As(t, basic, "cn/south"), leaf, top), codes.InvalidArgument, "customer.parent", "CUSTOMER_UNKNOWN")

	// A parent out of reach is not shown, and stays when others change the customer.
	south := b.As(t, basic, "cn/south")
	seen, err := b.customers.UpdateCustomer(south, &profilev1.UpdateCustomerRequest{Customer: &profilev1.Customer{Name: middle, Owner: "x"}})
	require.NoError(t, err)
	require.Empty(t, seen.GetParent())
	list, err := b.customers.ListCustomers(south, &profilev1.ListCustomersRequest{})
	require.NoError(t, err)
	for _, c := range list.GetCustomers() {
		require.NotEqual(t, top, c.GetParent())
	}
	whole, err := b.customers.GetCustomer(ctx, &profilev1.GetCustomerRequest{Name: middle})
	require.NoError(t, err)
	require.Equal(t, top, whole.GetParent())

	require.NoError(t, b.under(ctx, middle, ""))
	require.NoError(t, b.under(ctx, top, leaf), "no circle any more")
	history, err := b.customers.ListCustomerChanges(ctx, &profilev1.ListCustomerChangesRequest{Parent: middle})
	require.NoError(t, err)
	require.Equal(t, `"`+top+`"`, history.GetChanges()[0].GetFields()[0].GetFrom())
	gone, err := b.customers.DeleteCustomer(b.As(t, manager, "cn"), &profilev1.DeleteCustomerRequest{Name: leaf})
	require.NoError(t, err)
	require.Equal(t, middle, gone.GetParent())
	refused(t, b.under(ctx, middle, leaf), codes.InvalidArgument, "customer.parent", "CUSTOMER_UNKNOWN")
}

func TestContactsAreSharedWithinAGroup(t *testing.T) {
	t.Parallel()
	b := setup(t)
	top := b.company(t, "top", "cn/north", "", 1)
	left, right := b.company(t, "left", "cn/south", top, 1), b.company(t, "right", "cn/north", top, 1)
	stranger := b.company(t, "stranger", "cn/south", "", 1)
	boss := b.person(t, right, &profilev1.Person{DisplayName: "boss", Senior: true}).GetName()
	clerk := b.person(t, right, &profilev1.Person{DisplayName: "clerk", ReportsTo: boss}).GetName()
	ctx := b.As(t, manager, "cn")
	share := func(name, with, position string) error {
		_, err := b.groups().SharePerson(ctx, &profilev1.SharePersonRequest{Name: name, Customer: with, Position: position})
		return err
	}
	require.NoError(t, share(clerk, left, "buyer"))
	require.NoError(t, share(clerk, left, "buyer"), "the same again does nothing")
	require.NoError(t, share(clerk, left, "head of buying"))
	require.NoError(t, share(boss, left, ""))
	refused(t, share(clerk, right, ""), codes.InvalidArgument, "customer", "SAME_CUSTOMER")
	refused(t, share(clerk, stranger, ""), codes.InvalidArgument, "customer", "GROUP")
	_, err := b.groups().SharePerson(b.As(t, manager, "cn/south"), &profilev1.SharePersonRequest{Name: clerk, Customer: left})
	refused(t, err, codes.PermissionDenied)

	list := func(ctx context.Context, parent string) []*profilev1.SharedPerson {
		answer, err := b.groups().ListSharedPeople(ctx, &profilev1.ListSharedPeopleRequest{Parent: parent})
		require.NoError(t, err)
		return answer.GetSharedPeople()
	}
	known := list(b.As(t, basic, "cn/south"), left)
	require.Len(t, known, 1, "of a senior person only managers learn")
	require.Equal(t, []string{"clerk", "head of buying", ""}, []string{known[0].GetPerson().GetDisplayName(), known[0].GetPosition(), known[0].GetPerson().GetReportsTo()})
	require.Len(t, list(b.As(t, manager, "cn/south"), left), 2)
	require.Empty(t, list(b.As(t, manager, "cn/south"), top), "out of reach")

	unshare := &profilev1.UnsharePersonRequest{Name: clerk, Customer: left}
	_, err = b.groups().UnsharePerson(ctx, unshare)
	require.NoError(t, err)
	_, err = b.groups().UnsharePerson(ctx, unshare)
	refused(t, err, codes.NotFound)
	_, err = b.people.DeletePerson(ctx, &profilev1.DeletePersonRequest{Name: boss})
	require.NoError(t, err)
	require.Empty(t, list(ctx, left))
	require.Len(t, b.Events(t, "guanxi.profile.person.shared.v1", 3), 3)
}

// Branches go with the company that they belong to, and come back with it; nobody comes to belong to itself.
func TestGroupsFollowMerges(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.As(t, manager, "cn")
	identity := profilev1.NewCustomerIdentityServiceClient(b.Conn)
	merged := b.company(t, "merged", "cn/south", "", 1)
	survivor := b.company(t, "survivor", "cn/south", merged, 10) // a branch of the one that it is merged with
	branch := b.company(t, "branch", "cn/south", merged, 100)
	parents := func() [2]string {
		var out [2]string
		for i, name := range []string{survivor, branch} {
			c, err := b.customers.GetCustomer(ctx, &profilev1.GetCustomerRequest{Name: name})
			require.NoError(t, err)
			out[i] = c.GetParent()
		}
		return out
	}
	_, err := identity.MergeCustomers(ctx, &profilev1.MergeCustomersRequest{Survivor: survivor, Duplicates: []string{merged}})
	require.NoError(t, err)
	require.Equal(t, [2]string{"", survivor}, parents())
	sum, err := b.groups().GetGroup(ctx, &profilev1.GetGroupRequest{Name: survivor, StartMonth: "2025-01", EndMonth: "2025-12"})
	require.NoError(t, err)
	require.Equal(t, []int64{2, 111}, []int64{sum.GetMemberCount(), sum.GetTotals()[0].GetAmount().GetUnits()}, "the order of the merged one counts with the survivor")
	_, err = identity.UnmergeCustomer(ctx, &profilev1.UnmergeCustomerRequest{Name: merged})
	require.NoError(t, err)
	require.Equal(t, [2]string{merged, merged}, parents())
}
