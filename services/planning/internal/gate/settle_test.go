package gate

import (
	"testing"

	"github.com/stretchr/testify/require"
	pb "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// What a contact has cost is said once, gifts at most as reserved, and what is spent beyond the amount has been approved and is announced.
func TestSettle(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer := b.customer(t, "cn/south")
	person := b.person(t, customer, false)
	purse := b.budget(t, 100, "")
	w := visit(customer, monday.AddDate(0, 0, 1), person)
	w.Budget, w.OtherCost, w.Benefits = purse, yuan(40), []*planningv1.PersonBenefit{gift(customer, person, yuan(60))}
	contact := b.granted(t, w)
	settle := func(other, given *pb.Money) ([]string, error) {
		r := &planningv1.SettleContactRequest{Name: contact, OtherCost: other}
		if given != nil {
			r.Benefits = []*planningv1.PersonBenefit{gift(customer, person, given)}
		}
		answer, err := b.SettleContact(all(t), r)
		require.Equal(t, err == nil && len(answer.GetFailures()) == 0, answer.GetSettled())
		var rules []string
		for _, f := range answer.GetFailures() {
			rules = append(rules, f.GetRule())
		}
		return rules, err
	}
	refused := func(rule string, other, given *pb.Money) {
		t.Helper()
		rules, err := settle(other, given)
		require.NoError(t, err)
		require.Equal(t, []string{rule}, rules)
	}
	refused("BENEFIT_NOT_RESERVED", nil, &pb.Money{CurrencyCode: "CNY", Units: 60, Nanos: 10_000_000})
	require.Equal(t, 1, b.count(t, `select count(*) from compliance_register where decision = 2 and rules = '{BENEFIT_NOT_RESERVED}' and amount = 60.01`))
	refused("BUDGET_SHORT", &pb.Money{CurrencyCode: "CNY", Units: 40, Nanos: 10_000_000}, yuan(60))
	refused("BUDGET_CURRENCY", &pb.Money{CurrencyCode: "USD", Units: 1}, nil)
	overrun := &planningv1.ApproveBudgetOverrunRequest{Name: purse, Amount: yuan(5), Reason: "needed"}
	_, err := b.budgets.ApproveBudgetOverrun(as(t.Context(), "carol", typev1.Level_MANAGER, auth.Anywhere), overrun)
	requireReason(t, err, codes.PermissionDenied, "SELF_APPROVAL")
	_, err = b.budgets.ApproveBudgetOverrun(all(t), overrun)
	require.NoError(t, err)
	rules, err := settle(yuan(45), yuan(60))
	require.NoError(t, err)
	require.Empty(t, rules)
	committed, actual := b.balance(t, purse)
	require.Equal(t, []string{"0", "105"}, []string{committed, actual})
	require.Equal(t, 1, b.count(t, `select count(*) from outbox where subject = 'guanxi.planning.budget.exceeded.v1'`))
	require.Equal(t, 1, b.count(t, `select count(*) from benefits where actual = 60`))
	_, err = settle(nil, nil)
	requireReason(t, err, codes.FailedPrecondition, "STATE")
	_, err = b.ReleaseContact(all(t), &planningv1.ReleaseContactRequest{Name: contact})
	requireReason(t, err, codes.FailedPrecondition, "STATE")
}

// A reserved contact may be moved where the day permits it, and its gifts count in the year of the new day.
func TestRecheck(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer := b.customer(t, "cn/south")
	person := b.person(t, customer, false)
	contact := b.granted(t, func() *planningv1.ReserveContactRequest {
		w := visit(customer, monday.AddDate(0, 0, 1), person)
		w.Budget, w.Benefits = b.budget(t, 1000, ""), []*planningv1.PersonBenefit{gift(customer, person, yuan(100))}
		return w
	}())
	ids, err := resource.Parse("name", contact, "contacts")
	require.NoError(t, err)
	requireReason(t, b.store.Recheck(all(t), ids[0], monday.AddDate(0, 0, 5)), codes.FailedPrecondition, "WORKING_DAY")
	requireReason(t, b.store.Recheck(all(t), ids[0], monday.AddDate(1, 0, 0)), codes.FailedPrecondition, "BUDGET_YEAR")
	require.NoError(t, b.store.Recheck(all(t), ids[0], monday.AddDate(0, 0, 2)))
	require.Equal(t, 1, b.count(t, `select count(*) from benefits where day = '2026-01-07'`))
	require.NoError(t, b.store.Released(all(t), ids[0]))
	require.NoError(t, b.store.Released(all(t), ids[0]), "there is nothing left to be given back")
	require.Zero(t, b.count(t, `select count(*) from benefits`))
}
