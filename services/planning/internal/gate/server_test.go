package gate

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	pb "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func requireReason(t *testing.T, err error, code codes.Code, reason string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, fault.From(err).Code(), err)
	require.Equal(t, reason, fault.From(err).Reason(), err)
}

func (b *bundle) count(t *testing.T, query string, args ...any) int {
	t.Helper()
	var n int
	require.NoError(t, b.db.Get(t.Context(), &n, query, args...))
	return n
}

// A reservation, what it takes, and that all of it comes back.
func TestReserveAndRelease(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer := b.customer(t, "cn/south")
	person := b.person(t, customer, false)
	purse := b.budget(t, 1000, "cn")
	tuesday := monday.AddDate(0, 0, 1)
	w := visit(customer, tuesday, person)
	w.Budget, w.OtherCost, w.Benefits = purse, &pb.Money{CurrencyCode: "CNY", Units: 10, Nanos: 500_000_000}, []*planningv1.PersonBenefit{gift(customer, person, yuan(90))}

	w.ValidateOnly = true
	asked := b.reserve(t, w)
	require.True(t, asked.GetGranted(), "%v", asked.GetFailures())
	require.Empty(t, asked.GetContact())
	require.Zero(t, b.count(t, `select count(*) from contacts`)+b.count(t, `select count(*) from owners`)+b.count(t, `select count(*) from compliance_register`))

	w.ValidateOnly = false
	contact := b.granted(t, w)
	committed, actual := b.balance(t, purse)
	require.Equal(t, []string{"100.5", "0"}, []string{committed, actual})
	require.Equal(t, 1, b.count(t, `select count(*) from contacts where state = 2 and owner = 'bob' and minutes = 120 and role = 1 and pinned and day = '2026-01-06'`))
	require.Equal(t, 1, b.count(t, `select count(*) from compliance_register where decision = 1 and amount = 90`))
	require.Equal(t, 1, b.count(t, `select count(*) from outbox where subject = 'guanxi.planning.contact.reserved.v1'`))

	released, err := b.ReleaseContact(all(t), &planningv1.ReleaseContactRequest{Name: contact})
	require.NoError(t, err)
	require.True(t, released.GetCancelled(), "it was made by the gate")
	committed, _ = b.balance(t, purse)
	require.Equal(t, "0", committed)
	require.Zero(t, b.count(t, `select count(*) from benefits`)+b.count(t, `select count(*) from reservations`))
	require.Equal(t, 1, b.count(t, `select count(*) from compliance_register where decision = 7`))
	_, err = b.ReleaseContact(all(t), &planningv1.ReleaseContactRequest{Name: contact})
	requireReason(t, err, codes.FailedPrecondition, "STATE")
}

// A planned contact does not count against itself, keeps what is not said anew, and is planned again when it is released.
func TestReservePlannedContact(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer := b.customer(t, "cn/south")
	person := b.person(t, customer, false)
	tuesday := monday.AddDate(0, 0, 1)
	id := b.planned(t, customer, 4, tuesday, 240, person)
	name := resource.Name("contacts", id)
	full := b.reserve(t, visit(customer, tuesday, person))
	require.Equal(t, []string{"CAPACITY"}, broken(full))
	require.Equal(t, tuesday.AddDate(0, 0, 1).Add(-8*time.Hour), full.GetEarliestTime().AsTime(), "the beginning of Wednesday in Shanghai")

	require.Equal(t, name, b.granted(t, &planningv1.ReserveContactRequest{Contact: name, Purpose: "agreed"}))
	require.Equal(t, 1, b.count(t, `select count(*) from contacts where state = 2 and minutes = 240 and day = '2026-01-06' and cardinality(people) = 1 and purpose = 'agreed'`))
	_, err := b.ReserveContact(all(t), &planningv1.ReserveContactRequest{Contact: name})
	requireReason(t, err, codes.FailedPrecondition, "STATE")
	released, err := b.ReleaseContact(all(t), &planningv1.ReleaseContactRequest{Name: name})
	require.NoError(t, err)
	require.False(t, released.GetCancelled())
	require.Equal(t, 1, b.count(t, `select count(*) from contacts where state = 1`))
	_, err = b.ReserveContact(all(t), &planningv1.ReserveContactRequest{Contact: name, Kind: planningv1.Activity_MEAL, Owner: "eve"})
	requireReason(t, err, codes.InvalidArgument, "INVALID_FIELDS")
}

// A time of day decides the day in the owner's zone, and the earliest time is at the same time of day.
func TestTimesAreTheOwners(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer := b.customer(t, "cn/south")
	b.exec(t, `insert into owners (owner, time_zone, create_time, update_time) values ('bob', 'America/New_York', now(), now())`)
	w := visit(customer, monday)
	w.Day, w.StartTime = nil, timestamppb.New(time.Date(2026, time.January, 10, 3, 30, 0, 0, time.UTC)) // Friday 22:30 in New York
	b.granted(t, w)
	require.Equal(t, 1, b.count(t, `select count(*) from contacts where day = '2026-01-09'`))
	w.StartTime = timestamppb.New(time.Date(2026, time.January, 10, 15, 0, 0, 0, time.UTC)) // Saturday 10:00
	a := b.reserve(t, w)
	require.Equal(t, []string{"WORKING_DAY"}, broken(a))
	require.Equal(t, time.Date(2026, time.January, 12, 15, 0, 0, 0, time.UTC), a.GetEarliestTime().AsTime())
	w = visit(customer, monday)
	w.StartTime = timestamppb.New(time.Date(2026, time.January, 10, 15, 0, 0, 0, time.UTC))
	_, err := b.ReserveContact(all(t), w)
	requireReason(t, err, codes.InvalidArgument, "INVALID_FIELDS")
}

// What nothing but an approval is missing for is asked for, decided on by somebody else, and can be had once.
func TestApproval(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer := b.customer(t, "cn/south")
	person := b.person(t, customer, false)
	w := visit(customer, monday.AddDate(0, 0, 1), person)
	w.Budget, w.Benefits = b.budget(t, 1000, ""), []*planningv1.PersonBenefit{gift(customer, person, yuan(150))}
	a := b.reserve(t, w)
	require.Equal(t, []string{"APPROVAL_REQUIRED"}, broken(a))
	require.NotEmpty(t, a.GetApproval())
	require.Zero(t, b.count(t, `select count(*) from contacts`))

	decide := &planningv1.DecideComplianceRequest{Name: a.GetApproval(), Reason: "anniversary"}
	_, err := b.compliance.ApproveCompliance(all(t), decide)
	requireReason(t, err, codes.PermissionDenied, "SELF_APPROVAL")
	w.Approval = a.GetApproval()
	require.Equal(t, []string{"APPROVAL_INVALID"}, broken(b.reserve(t, w)))
	boss := as(t.Context(), "boss", typev1.Level_EXECUTIVE, "cn")
	approval, err := b.compliance.ApproveCompliance(boss, decide)
	require.NoError(t, err)
	require.Equal(t, planningv1.ComplianceApproval_APPROVED, approval.GetState())
	_, err = b.compliance.RejectCompliance(boss, decide)
	requireReason(t, err, codes.FailedPrecondition, "DECIDED")

	contact := b.granted(t, w)
	approval, err = b.compliance.GetComplianceApproval(boss, &planningv1.GetComplianceApprovalRequest{Name: a.GetApproval()})
	require.NoError(t, err)
	require.Equal(t, planningv1.ComplianceApproval_USED, approval.GetState())
	require.Equal(t, contact, approval.GetContact())
	require.Equal(t, []string{"APPROVAL_INVALID"}, broken(b.reserve(t, w)), "it is good for once")

	register, err := b.compliance.ListComplianceRegister(boss, &planningv1.ListComplianceRegisterRequest{
		OrderBy: "create_time", Filter: `person = "` + personName(customer, person) + `" AND day >= "2026-01-01"`,
	})
	require.NoError(t, err)
	var decisions []string
	for _, e := range register.GetEntries() {
		decisions = append(decisions, e.GetDecision().String())
	}
	require.ElementsMatch(t, []string{"REQUESTED", "REFUSED", "APPROVED", "GRANTED", "REFUSED"}, decisions)
}

// What is not known is refused, and a failure of the database reserves nothing.
func TestFailsClosed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer := b.customer(t, "cn/south")
	tuesday := monday.AddDate(0, 0, 1)
	require.Equal(t, []string{"PERSON_UNKNOWN"}, broken(b.reserve(t, visit(customer, tuesday, newID(t)))))
	person := b.person(t, customer, false)
	w := visit(customer, tuesday, person)
	w.Benefits = []*planningv1.PersonBenefit{{Person: personName(customer, person), Benefit: planningv1.Benefit_CASH_EQUIVALENT, Amount: yuan(1)}}
	w.Budget = resource.Name("budgets", newID(t))
	require.Equal(t, []string{"BUDGET_UNKNOWN", "BENEFIT_BANNED"}, broken(b.reserve(t, w)))
	require.Equal(t, 1, b.count(t, `select count(*) from compliance_register where decision = 2 and rules = '{BUDGET_UNKNOWN,BENEFIT_BANNED}'`))

	for _, table := range []string{"concerns", "ladders", "compliance_rules", "benefits", "reservations", "compliance_register", "outbox", "settings"} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			customer := b.customer(t, "cn/south")
			person := b.person(t, customer, false)
			w := visit(customer, tuesday, person)
			w.Budget, w.Benefits = b.budget(t, 100, ""), []*planningv1.PersonBenefit{gift(customer, person, yuan(1))}
			b.exec(t, `alter table `+table+` rename to gone`)
			_, err := b.ReserveContact(all(t), w)
			require.Error(t, err)
			require.Zero(t, b.count(t, `select count(*) from contacts`)+b.count(t, `select count(*) from budget_entries where kind = 3`))
		})
	}
}

// A concern forbids, an activity has its own cost, and both are asked under the same locks.
func TestConcernAndActivity(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer := b.customer(t, "cn/south")
	name := aggregate.Name(customer)
	open := &planningv1.CreateConcernRequest{Parent: name, Concern: &planningv1.Concern{SourceSystem: "voice", SourceId: "1", Major: true, Summary: "late"}}
	first, err := b.concerns.CreateConcern(all(t), open)
	require.NoError(t, err)
	again, err := b.concerns.CreateConcern(all(t), open)
	require.NoError(t, err)
	require.Equal(t, first.GetName(), again.GetName())
	require.Equal(t, 1, b.count(t, `select count(*) from replans where cause = 'concern' and reference = $1`, first.GetName()))
	meal := visit(customer, monday.AddDate(0, 0, 1))
	meal.Kind = planningv1.Activity_MEAL
	refused := b.reserve(t, meal)
	require.Equal(t, []string{"CONCERN"}, broken(refused))
	require.Equal(t, first.GetName(), refused.GetFailures()[0].GetSubject())
	require.Nil(t, refused.GetEarliestTime())
	_, err = b.concerns.ResolveConcern(all(t), &planningv1.ResolveConcernRequest{Name: first.GetName()})
	require.NoError(t, err)

	purse := b.budget(t, 100, "")
	planned, err := b.activities.CreateActivity(all(t), &planningv1.CreateActivityRequest{Activity: &planningv1.CustomerActivity{
		Customer: name, Kind: planningv1.Activity_TRAINING, Title: "training", StartTime: timestamppb.New(b.clock.Now()), Budget: purse,
		Items: []*planningv1.ActivityItem{{Label: "room", Amount: yuan(80)}},
	}})
	require.NoError(t, err)
	meal.Activity = planned.GetName()
	b.granted(t, meal)
	w := visit(customer, monday.AddDate(0, 0, 2))
	w.Budget, w.OtherCost = purse, yuan(21)
	require.Equal(t, []string{"BUDGET_SHORT"}, broken(b.reserve(t, w)))
	_, err = b.activities.UpdateActivity(all(t), &planningv1.UpdateActivityRequest{Activity: &planningv1.CustomerActivity{
		Name: planned.GetName(), Items: []*planningv1.ActivityItem{{Label: "room", Amount: yuan(101)}},
	}})
	requireReason(t, err, codes.FailedPrecondition, "BUDGET_SHORT")
	done, err := b.activities.CompleteActivity(all(t), &planningv1.CompleteActivityRequest{Name: planned.GetName(), ActualCost: yuan(79), Report: "well"})
	require.NoError(t, err)
	require.Equal(t, int64(79), done.GetActualCost().GetUnits())
	b.granted(t, w)
	committed, actual := b.balance(t, purse)
	require.Equal(t, []string{"21", "79"}, []string{committed, actual})
	meal.Activity = planned.GetName()
	require.Contains(t, broken(b.reserve(t, meal)), "ACTIVITY_SCOPE")
	require.NotEqual(t, uuid.Nil, customer)
}
