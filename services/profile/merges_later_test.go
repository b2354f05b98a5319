package profile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

func TestImportsFollowTheExternalIDsOfMergedCustomers(t *testing.T) {
	t.Parallel()
	m := setupMerges(t)
	first := shop("1", "甲")
	first.GetCustomer().Tags = []string{"x"}
	m.imported(t, "one", line(1, first), line(2, shop("2", "乙")), line(3, bought("2", anOrder("B1", 0, 1))))
	list, err := m.customers.ListCustomers(m.ctx, &profilev1.ListCustomersRequest{})
	require.NoError(t, err)
	s, d := list.GetCustomers()[0], list.GetCustomers()[1]
	m.merge(t, s.GetName(), d.GetName())

	again := shop("2", "乙公司") // the source of the merged one goes on telling of it
	again.GetCustomer().Industry = "能源"
	own := shop("1", "甲公司")
	person := &profilev1.ImportRow{CustomerRef: &profilev1.ImportCustomer{System: "shop", Id: "2"}, Fact: &profilev1.ImportRow_Person{Person: &profilev1.Person{
		DisplayName: "李", ExternalIds: []*profilev1.ExternalId{{System: "shop", Id: "p"}},
	}}}
	answer := m.imported(t, "two", line(1, again), line(2, own), line(3, person), line(4, bought("2", anOrder("B2", 0, 1))), line(5, bought("1", anOrder("A1", 0, 1))))
	require.Empty(t, answer.GetRejections())
	c := m.get(t, s.GetName())
	require.Equal(t, "甲公司", c.GetDisplayName(), "its own source names it")
	require.Equal(t, "能源", c.GetIndustry(), "what is empty is filled")
	require.ElementsMatch(t, []string{"A1", "B1", "B2"}, m.ordersOf(t, s.GetName()))

	parted := m.unmerge(t, d.GetName())
	require.Equal(t, "乙公司", parted.GetCustomer().GetDisplayName(), "as its source has it now")
	require.Equal(t, "能源", parted.GetCustomer().GetIndustry())
	require.Empty(t, parted.GetCustomer().GetAlternativeNames())
	require.Equal(t, "甲公司", parted.GetSurvivor().GetDisplayName())
	require.Empty(t, parted.GetSurvivor().GetIndustry())
	require.Equal(t, []string{"李"}, m.peopleOf(t, d.GetName()))
	require.Equal(t, []string{"A1"}, m.ordersOf(t, s.GetName()))
	require.ElementsMatch(t, []string{"B1", "B2"}, m.ordersOf(t, d.GetName()))
	require.Empty(t, m.imported(t, "three", line(1, shop("2", "乙公司")), line(2, bought("2", anOrder("B3", 0, 1)))).GetRejections())
	require.ElementsMatch(t, []string{"B1", "B2", "B3"}, m.ordersOf(t, d.GetName()))
}

func TestAnExternalIDThatOthersHaveMeanwhileStaysThere(t *testing.T) {
	t.Parallel()
	m := setupMerges(t)
	s, d := m.twins(t)
	m.merge(t, s.GetName(), d.GetName())
	m.edit(t, &profilev1.Customer{Name: s.GetName(), ExternalIds: s.GetExternalIds()}, "external_ids")
	third := m.customer(t, func(c *profilev1.Customer) { c.ExternalIds = d.GetExternalIds() })
	parted := m.unmerge(t, d.GetName())
	require.Empty(t, parted.GetCustomer().GetExternalIds())
	require.Len(t, parted.GetKeptExternalIds(), 1)
	require.Equal(t, "2", parted.GetKeptExternalIds()[0].GetId())
	require.Equal(t, d.GetExternalIds()[0].GetId(), m.get(t, third.GetName()).GetExternalIds()[0].GetId())
}

func TestMergesWithinAGroup(t *testing.T) {
	t.Parallel()
	m := setupMerges(t)
	below := func(parent *profilev1.Customer) *profilev1.Customer {
		return m.customer(t, func(c *profilev1.Customer) { c.Parent = parent.GetName() })
	}
	top := m.customer(t)
	middle := below(top)
	bottom := below(middle)
	_, err := m.identity.MergeCustomers(m.ctx, &profilev1.MergeCustomersRequest{Survivor: bottom.GetName(), Duplicates: []string{top.GetName()}})
	refused(t, err, codes.FailedPrecondition)

	// The lower one survives its parent, and what belonged to that belongs to it.
	sister := below(top)
	merged := m.merge(t, middle.GetName(), top.GetName())
	require.Empty(t, merged.GetParent())
	require.Equal(t, middle.GetName(), m.get(t, sister.GetName()).GetParent())
	m.unmerge(t, top.GetName())
	requireSame(t, middle, m.get(t, middle.GetName()))
	require.Equal(t, top.GetName(), m.get(t, sister.GetName()).GetParent())

	// The upper one takes in what belongs to it through another: it does not come to belong to that.
	merged = m.merge(t, top.GetName(), bottom.GetName())
	require.Empty(t, merged.GetParent())
	m.unmerge(t, bottom.GetName())
	requireSame(t, top, m.get(t, top.GetName()))
	requireSame(t, bottom, m.get(t, bottom.GetName()))
}

func TestEventsOfAMergeFollowEachOther(t *testing.T) {
	t.Parallel()
	m := setupMerges(t)
	s, d := m.twins(t)
	m.merge(t, s.GetName(), d.GetName())
	m.unmerge(t, d.GetName())
	read := func(subject string, to *profilev1.CustomerAbsorbed) (sequence string) {
		e := m.Events(t, "guanxi.profile.customer."+subject+".v1", 1)[0]
		require.NoError(t, protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(e.Data, to))
		return strings.TrimLeft(e.Header.Get("ce-sequence"), "0")
	}
	absorbed := new(profilev1.CustomerAbsorbed)
	require.Equal(t, "4", read("absorbed", absorbed))
	require.Equal(t, "4", read("merged", new(profilev1.CustomerAbsorbed)), "behind the customer, a person and an order")
	require.Equal(t, int64(4), absorbed.GetMergedSequence())
	require.Equal(t, d.GetName(), absorbed.GetMerged())
	require.ElementsMatch(t, []string{"legal_name", "alternative_names", "owner", "tags", "channels", "external_ids"}, absorbed.GetChangedFields())
	require.Equal(t, "alice", absorbed.GetAfter().GetOwner())
	require.Empty(t, absorbed.GetAfter().GetChannels(), "channels are in no event")
	require.Equal(t, "5", read("released", absorbed))
	require.Equal(t, "5", read("unmerged", absorbed))
}

func TestPurgeOfASurvivorTakesTheMergedAlong(t *testing.T) {
	t.Parallel()
	m := setupMerges(t)
	s, d := m.twins(t)
	other := m.customer(t)
	m.merge(t, other.GetName(), s.GetName())
	m.person(t, other.GetName(), &profilev1.Person{DisplayName: "吴"})
	m.unmerge(t, s.GetName())
	m.merge(t, s.GetName(), d.GetName())
	_, err := m.customers.DeleteCustomer(m.ctx, &profilev1.DeleteCustomerRequest{Name: s.GetName()})
	require.NoError(t, err)
	_, err = m.identity.UnmergeCustomer(m.ctx, &profilev1.UnmergeCustomerRequest{Name: d.GetName()})
	refused(t, err, codes.FailedPrecondition)
	m.AwaitJob(t, "purge-customers")
	m.Clock.Advance(32 * 24 * time.Hour)
	m.Events(t, "guanxi.profile.customer.purged.v1", 2)
	var left int
	require.NoError(t, m.DB.Get(t.Context(), &left, `select (select count(*) from customers) + (select count(*) from merges) + (select count(*) from aliases) + (select count(*) from rekeyed)`))
	require.Equal(t, 1, left, "the other customer")
}

// A person's history is told by each customer it was with, and is forgotten by all of them.
func TestAPersonIsForgottenWhereverHeWas(t *testing.T) {
	t.Parallel()
	m := setupMerges(t)
	s, d := m.twins(t)
	m.merge(t, s.GetName(), d.GetName())
	p := m.person(t, d.GetName(), &profilev1.Person{DisplayName: "secret-name"})
	m.unmerge(t, d.GetName())
	people, err := m.people.ListPeople(m.ctx, &profilev1.ListPeopleRequest{Parent: d.GetName(), Filter: `display_name = "secret-name"`})
	require.NoError(t, err)
	require.NotEqual(t, p.GetName(), people.GetPeople()[0].GetName())
	_, err = m.people.DeletePerson(m.ctx, &profilev1.DeletePersonRequest{Name: people.GetPeople()[0].GetName()})
	require.NoError(t, err)
	var left int
	require.NoError(t, m.DB.Get(t.Context(), &left, `select count(*) from changes where cast(fields as text) like '%secret-name%'`))
	require.Zero(t, left)
}
