package profile_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

func (b *bundle) person(t *testing.T, parent string, p *profilev1.Person) *profilev1.Person {
	t.Helper()
	out, err := b.people.CreatePerson(b.admin(t), &profilev1.CreatePersonRequest{Parent: parent, Person: p})
	require.NoError(t, err)
	return out
}

func TestPrivateDataIsForManagers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	made := b.person(t, c.GetName(), &profilev1.Person{
		DisplayName: "李雷", Position: "采购经理", Department: "采购部", Birthday: &date.Date{Month: 2, Day: 29}, Family: "两个孩子", Hobbies: []string{"围棋"},
		SpecialDates: []*profilev1.SpecialDate{{Label: "结婚纪念日", Date: &date.Date{Year: 2010, Month: 10, Day: 1}}},
		Channels: []*profilev1.Channel{
			{Medium: profilev1.Channel_PHONE, Value: "0755-1"}, {Medium: profilev1.Channel_MOBILE, Value: "13800000000", Level: manager},
		},
		Consents: []*profilev1.Consent{{Medium: profilev1.Channel_EMAIL, State: profilev1.Consent_GRANTED}},
	})
	full, err := b.people.GetPerson(b.As(t, manager), &profilev1.GetPersonRequest{Name: made.GetName()})
	require.NoError(t, err)
	require.EqualExportedValues(t, made, full)

	seen, err := b.people.GetPerson(b.As(t, basic), &profilev1.GetPersonRequest{Name: made.GetName()})
	require.NoError(t, err)
	require.Nil(t, seen.GetBirthday())
	require.Empty(t, seen.GetFamily()+seen.GetChannels()[0].GetLabel())
	require.Len(t, seen.GetChannels(), 1)
	require.Equal(t, "采购经理", seen.GetPosition())

	_, err = b.people.UpdatePerson(b.As(t, basic), &profilev1.UpdatePersonRequest{
		Person: &profilev1.Person{Name: made.GetName(), Channels: []*profilev1.Channel{{Medium: profilev1.Channel_PHONE, Value: "0755-2"}}},
	})
	require.NoError(t, err)
	full, err = b.people.GetPerson(b.As(t, manager), &profilev1.GetPersonRequest{Name: made.GetName()})
	require.NoError(t, err)
	require.Len(t, full.GetChannels(), 2, "the private channel stays")

	_, err = b.people.UpdatePerson(b.As(t, basic), &profilev1.UpdatePersonRequest{
		Person: &profilev1.Person{Name: made.GetName()}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"family"}},
	})
	refused(t, err, codes.PermissionDenied)

	event := b.Events(t, "guanxi.profile.person.>", 2)[1]
	require.NotContains(t, string(event.Data), "0755")
	require.Contains(t, string(event.Data), "channels")
}

func TestSeniorPeopleAreHidden(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	boss := b.person(t, c.GetName(), &profilev1.Person{DisplayName: "总裁", Senior: true})
	clerk := b.person(t, c.GetName(), &profilev1.Person{DisplayName: "职员", ReportsTo: boss.GetName()})

	_, hidden := b.people.GetPerson(b.As(t, basic), &profilev1.GetPersonRequest{Name: boss.GetName()})
	refused(t, hidden, codes.PermissionDenied)
	_, missing := b.people.GetPerson(b.As(t, basic), &profilev1.GetPersonRequest{Name: c.GetName() + "/people/" + uuid.Must(uuid.NewV7()).String()})
	refused(t, missing, codes.PermissionDenied)
	list, err := b.people.ListPeople(b.As(t, basic), &profilev1.ListPeopleRequest{Parent: c.GetName()})
	require.NoError(t, err)
	require.Len(t, list.GetPeople(), 1)
	require.Empty(t, list.GetPeople()[0].GetReportsTo())
	all, err := b.people.ListPeople(b.As(t, manager), &profilev1.ListPeopleRequest{Parent: "customers/-", Filter: "senior = true"})
	require.NoError(t, err)
	require.Len(t, all.GetPeople(), 1)
	_, err = b.people.ListPeople(b.As(t, basic), &profilev1.ListPeopleRequest{Parent: c.GetName(), Filter: "senior = true"})
	refused(t, err, codes.PermissionDenied)

	// Someone who cannot see the superior can still edit the rest, and the superior stays.
	_, err = b.people.UpdatePerson(b.As(t, basic), &profilev1.UpdatePersonRequest{Person: &profilev1.Person{Name: clerk.GetName(), Position: "主管"}})
	require.NoError(t, err)
	got, err := b.people.GetPerson(b.As(t, manager), &profilev1.GetPersonRequest{Name: clerk.GetName()})
	require.NoError(t, err)
	require.Equal(t, boss.GetName(), got.GetReportsTo())

	history, err := b.customers.ListCustomerChanges(b.As(t, basic), &profilev1.ListCustomerChangesRequest{Parent: c.GetName()})
	require.NoError(t, err)
	for _, change := range history.GetChanges() {
		require.NotEqual(t, boss.GetName(), change.GetResource())
		for _, f := range change.GetFields() {
			require.NotContains(t, f.GetTo(), "总裁")
		}
	}
}

func TestOrganizationChartHasNoCircles(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	ctx := b.As(t, manager)
	top := b.person(t, c.GetName(), &profilev1.Person{DisplayName: "a"})
	middle := b.person(t, c.GetName(), &profilev1.Person{DisplayName: "b", ReportsTo: top.GetName()})
	low := b.person(t, c.GetName(), &profilev1.Person{DisplayName: "c", ReportsTo: middle.GetName()})
	_, err := b.people.UpdatePerson(ctx, &profilev1.UpdatePersonRequest{Person: &profilev1.Person{Name: top.GetName(), ReportsTo: low.GetName()}})
	refused(t, err, codes.InvalidArgument, "person.reports_to", "CIRCLE")
	_, err = b.people.UpdatePerson(ctx, &profilev1.UpdatePersonRequest{Person: &profilev1.Person{Name: top.GetName(), ReportsTo: top.GetName()}})
	refused(t, err, codes.InvalidArgument, "person.reports_to", "CIRCLE")
	other := b.customer(t)
	_, err = b.people.CreatePerson(ctx, &profilev1.CreatePersonRequest{Parent: other.GetName(), Person: &profilev1.Person{DisplayName: "d", ReportsTo: top.GetName()}})
	refused(t, err, codes.InvalidArgument, "person.reports_to", "SAME_CUSTOMER")
	nobody := c.GetName() + "/people/" + uuid.Must(uuid.NewV7()).String()
	_, err = b.people.CreatePerson(ctx, &profilev1.CreatePersonRequest{Parent: c.GetName(), Person: &profilev1.Person{DisplayName: "d", ReportsTo: nobody}})
	refused(t, err, codes.InvalidArgument, "person.reports_to", "PERSON_UNKNOWN")
	_, err = b.people.CreatePerson(ctx, &profilev1.CreatePersonRequest{Parent: c.GetName(), Person: &profilev1.Person{DisplayName: "d", Birthday: &date.Date{Year: 2023, Month: 2, Day: 29}}})
	refused(t, err, codes.InvalidArgument, "person.birthday", "DATE")

	_, err = b.people.DeletePerson(ctx, &profilev1.DeletePersonRequest{Name: middle.GetName()})
	require.NoError(t, err)
	got, err := b.people.GetPerson(ctx, &profilev1.GetPersonRequest{Name: low.GetName()})
	require.NoError(t, err)
	require.Empty(t, got.GetReportsTo())
	history, err := b.customers.ListCustomerChanges(ctx, &profilev1.ListCustomerChangesRequest{Parent: c.GetName()})
	require.NoError(t, err)
	for _, change := range history.GetChanges() {
		if change.GetResource() == middle.GetName() {
			require.Empty(t, change.GetFields(), "what was said of a removed person is gone")
		}
	}
}

func TestPeopleOfDeletedCustomersTakeNoChanges(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	ctx := b.As(t, manager)
	p := b.person(t, c.GetName(), &profilev1.Person{DisplayName: "a"})
	_, err := b.customers.DeleteCustomer(ctx, &profilev1.DeleteCustomerRequest{Name: c.GetName()})
	require.NoError(t, err)
	_, err = b.people.UpdatePerson(ctx, &profilev1.UpdatePersonRequest{Person: &profilev1.Person{Name: p.GetName(), Position: "x"}})
	refused(t, err, codes.FailedPrecondition)
	_, err = b.people.CreatePerson(ctx, &profilev1.CreatePersonRequest{Parent: c.GetName(), Person: &profilev1.Person{DisplayName: "b"}})
	refused(t, err, codes.FailedPrecondition)
}
