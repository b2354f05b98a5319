package profile_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// tester is a test, or one run of a property.
type tester interface {
	require.TestingT
	Helper()
}

// merger is the service with what merges take.
type merger struct {
	*bundle
	identity profilev1.CustomerIdentityServiceClient
	ctx      context.Context
}

func setupMerges(t *testing.T) *merger {
	t.Helper()
	b := setup(t)
	return &merger{bundle: b, identity: profilev1.NewCustomerIdentityServiceClient(b.Conn), ctx: b.admin(t)}
}

func (m *merger) merge(t tester, survivor string, duplicates ...string) *profilev1.Customer {
	t.Helper()
	c, err := m.identity.MergeCustomers(m.ctx, &profilev1.MergeCustomersRequest{Survivor: survivor, Duplicates: duplicates})
	require.NoError(t, err)
	return c
}

func (m *merger) unmerge(t tester, name string) *profilev1.UnmergeCustomerResponse {
	t.Helper()
	r, err := m.identity.UnmergeCustomer(m.ctx, &profilev1.UnmergeCustomerRequest{Name: name})
	require.NoError(t, err)
	return r
}

func (m *merger) get(t tester, name string) *profilev1.Customer {
	t.Helper()
	c, err := m.customers.GetCustomer(m.ctx, &profilev1.GetCustomerRequest{Name: name})
	require.NoError(t, err)
	return c
}

func (m *merger) edit(t tester, c *profilev1.Customer, paths ...string) *profilev1.Customer {
	t.Helper()
	out, err := m.customers.UpdateCustomer(m.ctx, &profilev1.UpdateCustomerRequest{Customer: c, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}})
	require.NoError(t, err)
	return out
}

// peopleOf are the display names of a customer's people.
func (m *merger) peopleOf(t tester, name string) []string {
	t.Helper()
	r, err := m.people.ListPeople(m.ctx, &profilev1.ListPeopleRequest{Parent: name})
	require.NoError(t, err)
	out := []string{}
	for _, p := range r.GetPeople() {
		out = append(out, p.GetDisplayName())
	}
	return out
}

func (m *merger) ordersOf(t tester, name string) []string {
	t.Helper()
	r, err := m.orders.ListOrders(m.ctx, &profilev1.ListOrdersRequest{Parent: name})
	require.NoError(t, err)
	out := []string{}
	for _, o := range r.GetOrders() {
		require.NotEmpty(t, o.GetLines(), "an order keeps its lines")
		out = append(out, o.GetOrderNumber())
	}
	return out
}

// plain is a customer without what record-keeping changes.
func plain(c *profilev1.Customer) *profilev1.Customer {
	out := proto.CloneOf(c)
	out.Etag, out.UpdateTime = "", nil
	return out
}

func requireSame(t *testing.T, want, got *profilev1.Customer) {
	t.Helper()
	if !proto.Equal(plain(want), plain(got)) {
		require.Equal(t, plain(want).String(), plain(got).String())
	}
}

// twins are two customers that are one company, with facts of each.
func (m *merger) twins(t *testing.T) (s, d *profilev1.Customer) {
	t.Helper()
	s = m.customer(t, func(c *profilev1.Customer) {
		c.DisplayName, c.Industry, c.Tags = "甲公司", "电力", []string{"a", "b"}
		c.ExternalIds = []*profilev1.ExternalId{{System: "erp", Id: "1"}}
		c.Channels = []*profilev1.Channel{{Medium: profilev1.Channel_PHONE, Value: "0755-1", Label: "main"}}
	})
	d = m.customer(t, func(c *profilev1.Customer) {
		c.DisplayName, c.LegalName, c.Industry, c.Owner, c.Tags = "甲有限公司", "甲（深圳）有限公司", "能源", "alice", []string{"b", "c"}
		c.ExternalIds = []*profilev1.ExternalId{{System: "erp", Id: "2"}}
		c.Channels = []*profilev1.Channel{{Medium: profilev1.Channel_PHONE, Value: "0755-1"}, {Medium: profilev1.Channel_EMAIL, Value: "x@example.com"}}
	})
	m.person(t, s.GetName(), &profilev1.Person{DisplayName: "张"})
	m.person(t, d.GetName(), &profilev1.Person{DisplayName: "李"})
	m.order(t, s.GetName(), anOrder("S1", 0, 100))
	m.order(t, d.GetName(), anOrder("D1", 0, 200))
	return s, d
}

func TestMergeMovesAndUnmergeRestores(t *testing.T) {
	t.Parallel()
	m := setupMerges(t)
	s, d := m.twins(t)
	merged := m.merge(t, s.GetName(), d.GetName())

	require.Equal(t, "甲公司", merged.GetDisplayName())
	require.Equal(t, "甲（深圳）有限公司", merged.GetLegalName(), "what is empty is filled")
	require.Equal(t, "电力", merged.GetIndustry(), "the survivor keeps what it has")
	require.Equal(t, "alice", merged.GetOwner())
	require.Equal(t, []string{"a", "b", "c"}, merged.GetTags())
	require.Equal(t, []string{"甲有限公司"}, merged.GetAlternativeNames())
	require.Len(t, merged.GetChannels(), 2, "a channel that both have is one")
	require.Len(t, merged.GetExternalIds(), 2)

	requireSame(t, merged, m.get(t, d.GetName())) // the old name resolves
	require.Equal(t, []string{"张", "李"}, m.peopleOf(t, d.GetName()))
	require.ElementsMatch(t, []string{"S1", "D1"}, m.ordersOf(t, s.GetName()))
	list, err := m.customers.ListCustomers(m.ctx, &profilev1.ListCustomersRequest{ShowDeleted: true})
	require.NoError(t, err)
	require.Len(t, list.GetCustomers(), 1, "a merged customer is in no list")
	found, err := m.customers.ListCustomers(m.ctx, &profilev1.ListCustomersRequest{Query: "甲有限公司"})
	require.NoError(t, err)
	require.Equal(t, s.GetName(), found.GetCustomers()[0].GetName(), "the survivor is found by the other's name")
	_, err = m.customers.UndeleteCustomer(m.ctx, &profilev1.UndeleteCustomerRequest{Name: d.GetName()})
	refused(t, err, codes.FailedPrecondition)

	parted := m.unmerge(t, d.GetName())
	requireSame(t, s, parted.GetSurvivor())
	requireSame(t, d, parted.GetCustomer())
	requireSame(t, s, m.get(t, s.GetName()))
	requireSame(t, d, m.get(t, d.GetName()))
	require.Equal(t, []string{"张"}, m.peopleOf(t, s.GetName()))
	require.Equal(t, []string{"李"}, m.peopleOf(t, d.GetName()))
	require.Equal(t, []string{"S1"}, m.ordersOf(t, s.GetName()))
	require.Equal(t, []string{"D1"}, m.ordersOf(t, d.GetName()))

	history, err := m.customers.ListCustomerChanges(m.ctx, &profilev1.ListCustomerChangesRequest{Parent: d.GetName()})
	require.NoError(t, err)
	require.Equal(t, profilev1.Change_UNMERGED, history.GetChanges()[0].GetAction())
	require.Empty(t, history.GetChanges()[0].GetFields())
	require.Equal(t, profilev1.Change_MERGED, history.GetChanges()[1].GetAction())
	require.Equal(t, "merge", history.GetChanges()[1].GetCause())
}

func TestWhatCameLaterStaysOnItsSide(t *testing.T) {
	t.Parallel()
	m := setupMerges(t)
	s, d := m.twins(t)
	m.merge(t, s.GetName(), d.GetName())

	// Under the survivor's name: they stay with it.
	m.edit(t, &profilev1.Customer{Name: s.GetName(), Owner: "bob", Tags: []string{"a", "b", "c", "later"}}, "owner", "tags")
	m.person(t, s.GetName(), &profilev1.Person{DisplayName: "王"})
	m.order(t, s.GetName(), anOrder("S2", 1, 1))
	// Under the old one: they go back with it.
	m.edit(t, &profilev1.Customer{Name: d.GetName(), Industry: "新能源", Source: "展会"}, "industry", "source")
	m.person(t, d.GetName(), &profilev1.Person{DisplayName: "赵"})
	o := m.order(t, d.GetName(), anOrder("D2", 1, 1))
	require.Contains(t, o.GetName(), s.GetName(), "an answer has the survivor's name")
	_, err := m.payments.CreatePayment(m.ctx, &profilev1.CreatePaymentRequest{Parent: d.GetName(), Payment: &profilev1.Payment{
		PaymentNumber: "P", Amount: cny(1), DueDate: &date.Date{Year: 2025, Month: 1, Day: 1},
	}})
	require.NoError(t, err)
	now := m.get(t, s.GetName())
	require.Equal(t, "新能源", now.GetIndustry())
	// What is said of a person stays with the person, by whatever name the customer is called.
	people, err := m.people.ListPeople(m.ctx, &profilev1.ListPeopleRequest{Parent: s.GetName(), Filter: `display_name = "张"`})
	require.NoError(t, err)
	granted := []*profilev1.Consent{{Medium: profilev1.Channel_EMAIL, State: profilev1.Consent_GRANTED}}
	_, err = m.people.UpdatePerson(m.ctx, &profilev1.UpdatePersonRequest{Person: &profilev1.Person{
		Name: strings.Replace(people.GetPeople()[0].GetName(), s.GetName(), d.GetName(), 1), Consents: granted,
	}})
	require.NoError(t, err)

	parted := m.unmerge(t, d.GetName())
	require.Equal(t, "bob", parted.GetSurvivor().GetOwner())
	require.Equal(t, []string{"a", "b", "later"}, parted.GetSurvivor().GetTags())
	require.Equal(t, "电力", parted.GetSurvivor().GetIndustry())
	require.Empty(t, parted.GetSurvivor().GetSource())
	require.Empty(t, parted.GetSurvivor().GetLegalName())
	require.Equal(t, "新能源", parted.GetCustomer().GetIndustry())
	require.Equal(t, "展会", parted.GetCustomer().GetSource())
	require.Equal(t, "alice", parted.GetCustomer().GetOwner())
	require.Equal(t, []string{"张", "王"}, m.peopleOf(t, s.GetName()))
	require.Equal(t, []string{"李", "赵"}, m.peopleOf(t, d.GetName()))
	require.ElementsMatch(t, []string{"S1", "S2"}, m.ordersOf(t, s.GetName()))
	require.ElementsMatch(t, []string{"D1", "D2"}, m.ordersOf(t, d.GetName()))
	payments, err := m.payments.ListPayments(m.ctx, &profilev1.ListPaymentsRequest{Parent: d.GetName()})
	require.NoError(t, err)
	require.Len(t, payments.GetPayments(), 1)
}

func TestMergesOfMergedCustomers(t *testing.T) {
	t.Parallel()
	m := setupMerges(t)
	a, b := m.twins(t)
	c := m.customer(t, func(c *profilev1.Customer) { c.DisplayName, c.Source = "丙", "web" })
	m.merge(t, b.GetName(), a.GetName())
	m.merge(t, c.GetName(), b.GetName())
	require.Equal(t, c.GetName(), m.get(t, a.GetName()).GetName(), "through the chain")
	m.person(t, a.GetName(), &profilev1.Person{DisplayName: "钱"})

	_, err := m.identity.UnmergeCustomer(m.ctx, &profilev1.UnmergeCustomerRequest{Name: a.GetName()})
	refused(t, err, codes.FailedPrecondition)
	m.unmerge(t, b.GetName())
	require.Equal(t, b.GetName(), m.get(t, a.GetName()).GetName())
	require.Equal(t, []string{"张", "李", "钱"}, m.peopleOf(t, b.GetName()))
	requireSame(t, c, m.get(t, c.GetName()))
	m.unmerge(t, a.GetName())
	requireSame(t, a, m.get(t, a.GetName()))
	requireSame(t, b, m.get(t, b.GetName()))
	require.Equal(t, []string{"张", "钱"}, m.peopleOf(t, a.GetName()), "what came under the innermost name")
}

func TestMergeIsRefused(t *testing.T) {
	t.Parallel()
	m := setupMerges(t)
	s, d := m.twins(t)
	person := m.customer(t, func(c *profilev1.Customer) { c.Kind = profilev1.Customer_PERSON })
	north := m.customer(t, func(c *profilev1.Customer) { c.Territory = "cn/north" })
	gone := m.customer(t)
	_, err := m.customers.DeleteCustomer(m.ctx, &profilev1.DeleteCustomerRequest{Name: gone.GetName()})
	require.NoError(t, err)
	try := func(ctx context.Context, r *profilev1.MergeCustomersRequest) error {
		_, err := m.identity.MergeCustomers(ctx, r)
		return err
	}
	of := func(names ...string) *profilev1.MergeCustomersRequest {
		return &profilev1.MergeCustomersRequest{Survivor: s.GetName(), Duplicates: names}
	}
	refused(t, try(m.ctx, of(s.GetName())), codes.InvalidArgument, "duplicates[0]", "DISTINCT")
	refused(t, try(m.ctx, of(d.GetName(), person.GetName())), codes.FailedPrecondition)
	refused(t, try(m.ctx, of(gone.GetName())), codes.FailedPrecondition)
	refused(t, try(m.ctx, of("customers/01940000-0000-7000-8000-000000000000")), codes.NotFound)
	refused(t, try(m.As(t, basic), of(d.GetName())), codes.PermissionDenied)
	limited := m.AsPrincipal(t, auth.Principal{Subject: "eve", Level: manager, Territories: []string{"cn/south"}})
	refused(t, try(limited, of(d.GetName(), north.GetName())), codes.PermissionDenied)
	stale := of(d.GetName())
	stale.DuplicateEtags = []string{"x"}
	refused(t, try(m.ctx, stale), codes.Aborted)
	requireSame(t, d, m.get(t, d.GetName()))

	m.merge(t, s.GetName(), d.GetName())
	refused(t, try(m.ctx, of(d.GetName())), codes.InvalidArgument, "duplicates[0]", "DISTINCT")
	_, err = m.identity.UnmergeCustomer(m.ctx, &profilev1.UnmergeCustomerRequest{Name: s.GetName()})
	refused(t, err, codes.FailedPrecondition)
}

func TestStricterConsentWins(t *testing.T) {
	t.Parallel()
	m := setupMerges(t)
	s, d := m.twins(t)
	mail := func(state profilev1.Consent_State) []*profilev1.Consent {
		return []*profilev1.Consent{{Medium: profilev1.Channel_EMAIL, State: state, Source: state.String()}}
	}
	channels := []*profilev1.Channel{{Medium: profilev1.Channel_EMAIL, Value: "Z@example.com"}}
	willing := m.person(t, s.GetName(), &profilev1.Person{DisplayName: "周", Channels: channels, Consents: mail(profilev1.Consent_GRANTED)})
	channels = []*profilev1.Channel{{Medium: profilev1.Channel_EMAIL, Value: "z@example.com"}}
	m.person(t, d.GetName(), &profilev1.Person{DisplayName: "周先生", Channels: channels, Consents: mail(profilev1.Consent_DENIED)})
	state := func() profilev1.Consent_State {
		p, err := m.people.GetPerson(m.ctx, &profilev1.GetPersonRequest{Name: willing.GetName()})
		require.NoError(t, err)
		require.Len(t, p.GetConsents(), 1)
		return p.GetConsents()[0].GetState()
	}
	m.merge(t, s.GetName(), d.GetName())
	require.Equal(t, profilev1.Consent_DENIED, state())
	m.unmerge(t, d.GetName())
	require.Equal(t, profilev1.Consent_GRANTED, state())
}
