package planning_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

func reasonOf(err error) string { return fault.From(err).Reason() }

// everyoneIsCalled publishes a policy by which everybody is called every month, from tomorrow on.
func (b *bundle) everyoneIsCalled(ctx context.Context, t *testing.T) {
	t.Helper()
	client := segmentationv1.NewPolicyServiceClient(b.All()[1].Conn)
	made, err := client.CreatePolicy(ctx, &segmentationv1.CreatePolicyRequest{Policy: &segmentationv1.Policy{
		FiscalYear: 2026, EffectiveDate: &date.Date{Year: 2026, Month: 1, Day: 6}, LabelEn: "calls", LabelZh: "电话",
		Rules: []*segmentationv1.PolicyRule{{RuleId: "everyone", LabelEn: "everyone", LabelZh: "所有客户", ContactFrequencies: []*segmentationv1.ContactFrequency{{
			Activity: segmentationv1.ContactFrequency_CALL, Role: segmentationv1.ContactFrequency_ACCOUNT_MANAGER, Times: 1, Period: segmentationv1.ContactFrequency_MONTH,
		}}}},
	}})
	require.NoError(t, err)
	_, err = client.PublishPolicy(ctx, &segmentationv1.PublishPolicyRequest{Name: made.GetName()})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		var known bool
		err := b.DB.Get(ctx, &known, `select exists (select from policies where fiscal_year = 2026)`)
		return err == nil && known
	}, testkit.Patience, tick)
	b.replanned(t)
}

// From segmentation's policies to a year of contacts, kept up to date as policies, people and owners change.
func TestAYearFollowsWhatHappens(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	customer := b.customer(ctx, t, "c", "li")
	person := b.person(ctx, t, customer, &profilev1.Person{DisplayName: "p", Birthday: &date.Date{Month: 2, Day: 29}})
	b.replanned(t)
	contacts := planningv1.NewContactServiceClient(b.Conn)
	list := func(ctx context.Context, filter string) []*planningv1.Contact {
		got, err := contacts.ListContacts(ctx, &planningv1.ListContactsRequest{Customer: customer, Filter: filter})
		require.NoError(t, err)
		return got.GetContacts()
	}
	require.Empty(t, list(ctx, ""), "nobody has asked for a year")
	b.planned(ctx, t, 2026, "li")
	b.replanned(t)
	require.Len(t, list(ctx, "origin = POLICY"), 3, "a yearly message and, to whom we know as potential only, a call each half-year: the shipped policy")
	special := list(ctx, "origin = SPECIAL_DATE")
	require.Len(t, special, 1)
	require.Equal(t, []int32{2, 28}, []int32{special[0].GetDay().GetMonth(), special[0].GetDay().GetDay()})
	require.Empty(t, list(b.As(t, basic, auth.Anywhere), "origin = SPECIAL_DATE"), "birthdays are private")
	_, err := contacts.GetContact(b.As(t, basic, auth.Anywhere), &planningv1.GetContactRequest{Name: special[0].GetName()})
	require.Equal(t, codes.PermissionDenied, fault.From(err).Code())

	b.everyoneIsCalled(ctx, t)
	require.Len(t, list(ctx, "activity = CALL"), 12, "from February on, beside the call of the half-year that has begun")
	require.NotEmpty(t, b.Events(t, "guanxi.planning.contact_plan.changed.v1", 1))
	require.NotEmpty(t, b.Events(t, "guanxi.planning.contact_plan.generated.v1", 1))

	c, err := b.customers.GetCustomer(ctx, &profilev1.GetCustomerRequest{Name: customer})
	require.NoError(t, err)
	c.Owner = "wang"
	_, err = b.customers.UpdateCustomer(ctx, &profilev1.UpdateCustomerRequest{Customer: c})
	require.NoError(t, err)
	b.replanned(t)
	require.Eventually(t, func() bool { return len(list(ctx, `owner = "wang"`)) == 14 }, testkit.Patience, tick)
	require.Empty(t, list(ctx, `owner = "li"`))

	plan, err := planningv1.NewContactPlanServiceClient(b.Conn).GetContactPlan(ctx, &planningv1.GetContactPlanRequest{Name: "contactPlans/d2FuZw"})
	require.NoError(t, err)
	require.EqualValues(t, 14, plan.GetPlacedCount())
	require.Len(t, plan.GetMonths(), 12)
	require.EqualValues(t, 30, plan.GetMonths()[1].GetContactMinutes())
	require.EqualValues(t, 30, plan.GetMostMinutes())

	b.planned(ctx, t, 2026, "wang") // only years that were laid out are kept up
	_, err = planningv1.NewContactPreferenceServiceClient(b.Conn).UpdateContactPreference(ctx, &planningv1.UpdateContactPreferenceRequest{
		ContactPreference: &planningv1.ContactPreference{Name: person + "/contactPreference", MainContact: true, RefusedDates: []*date.Date{{Year: 2026, Month: 5, Day: 6}}},
	})
	require.NoError(t, err)
	b.replanned(t)
	require.Equal(t, []string{person}, list(ctx, "activity = CALL")[3].GetPeople())
	_, err = b.people.DeletePerson(ctx, &profilev1.DeletePersonRequest{Name: person})
	require.NoError(t, err)
	b.replanned(t)
	require.Empty(t, list(ctx, "origin = SPECIAL_DATE"), "who is gone is not congratulated")
	require.Empty(t, list(ctx, "activity = CALL")[3].GetPeople())
	var kept int
	require.NoError(t, b.DB.Get(ctx, &kept, `select count(*) from contact_preferences`))
	require.Zero(t, kept)
}

// What nothing overrides, what force does, and that two who move at once never fill a day beyond what it holds.
func TestMovesKeepTheRules(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	for range 3 {
		b.customer(ctx, t, "c", "li")
	}
	b.planned(ctx, t, 2026, "li")
	b.everyoneIsCalled(ctx, t)
	_, err := b.DB.Exec(ctx, `update owners set daily_minutes = 60, absent = array[daterange('2026-02-12', '2026-02-13')] where owner = 'li'`)
	require.NoError(t, err)
	contacts := planningv1.NewContactServiceClient(b.Conn)
	list, err := contacts.ListContacts(ctx, &planningv1.ListContactsRequest{Filter: `activity = CALL AND window_end_date = "2026-02-28"`})
	require.NoError(t, err)
	require.Len(t, list.GetContacts(), 3)
	move := func(i, month, day int32, force bool) error {
		_, err := contacts.MoveContact(ctx, &planningv1.MoveContactRequest{
			Name: list.GetContacts()[i].GetName(), Day: &date.Date{Year: 2026, Month: month, Day: day}, Reason: "x", Force: force,
		})
		return err
	}
	require.Equal(t, "NOT_A_WORKING_DAY", reasonOf(move(0, 2, 18, true)), "Spring Festival")
	require.Equal(t, "NOT_A_WORKING_DAY", reasonOf(move(0, 2, 12, true)), "absent")
	require.Equal(t, "OUTSIDE_WINDOW", reasonOf(move(0, 3, 2, false)))
	march, err := contacts.ListContacts(ctx, &planningv1.ListContactsRequest{Customer: list.GetContacts()[0].GetCustomer(), Filter: `activity = CALL AND window_end_date = "2026-03-31"`})
	require.NoError(t, err)
	_, err = contacts.MoveContact(ctx, &planningv1.MoveContactRequest{Name: march.GetContacts()[0].GetName(), Day: &date.Date{Year: 2026, Month: 3, Day: 2}, Reason: "x"})
	require.NoError(t, err)
	require.Equal(t, "TOO_CLOSE", reasonOf(move(0, 2, 28, false)))
	require.NoError(t, move(0, 2, 28, true), "a swapped workday; close to the other call, by force")

	var wait sync.WaitGroup
	refused := make(chan error, 3)
	for i := range int32(3) {
		wait.Go(func() { refused <- move(i, 2, 5, true) })
	}
	wait.Wait()
	close(refused)
	full := 0
	for err := range refused {
		if err != nil {
			require.Equal(t, "NO_CAPACITY", reasonOf(err))
			full++
		}
	}
	require.Equal(t, 1, full, "an hour holds two calls")
	require.Len(t, b.Events(t, "guanxi.planning.contact.moved.v1", 4), 4)
}

func TestContactsComeToAnEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	customer := b.customer(ctx, t, "c", "li")
	b.planned(ctx, t, 2026, "li")
	b.everyoneIsCalled(ctx, t)
	contacts := planningv1.NewContactServiceClient(b.Conn)
	list, err := contacts.ListContacts(ctx, &planningv1.ListContactsRequest{Customer: customer, Filter: "activity = CALL"})
	require.NoError(t, err)
	outcome := "he is content"
	done, err := contacts.CompleteContact(ctx, &planningv1.CompleteContactRequest{
		Name: list.GetContacts()[0].GetName(), Outcome: outcome, DoneTime: timestamppb.New(b.Clock.Now().Add(-time.Hour)),
	})
	require.NoError(t, err)
	require.Equal(t, planningv1.Contact_DONE, done.GetState())
	seen, err := contacts.GetContact(b.As(t, basic, auth.Anywhere), &planningv1.GetContactRequest{Name: done.GetName()})
	require.NoError(t, err)
	require.Empty(t, seen.GetOutcome())
	_, err = contacts.CancelContact(ctx, &planningv1.CancelContactRequest{Name: list.GetContacts()[1].GetName(), Reason: "x"})
	require.NoError(t, err)
	_, err = contacts.CancelContact(ctx, &planningv1.CancelContactRequest{Name: list.GetContacts()[1].GetName(), Reason: "x"})
	require.Equal(t, "FINISHED", reasonOf(err))
	b.planned(ctx, t, 2026, "li")
	again, err := contacts.ListContacts(ctx, &planningv1.ListContactsRequest{Customer: customer, Filter: "activity = CALL"})
	require.NoError(t, err)
	require.Len(t, again.GetContacts(), len(list.GetContacts()), "neither is planned once more")
	require.Len(t, b.Events(t, "guanxi.planning.contact.done.v1", 1), 1)
	require.Len(t, b.Events(t, "guanxi.planning.contact.cancelled.v1", 1), 1)
}
