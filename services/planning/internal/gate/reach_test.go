package gate

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// Who may not know of senior people cannot find them by the gate.
func TestSeniorsAreUnknownBelowManager(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer := b.customer(t, "cn/south")
	senior := b.person(t, customer, true)
	assistant := as(t.Context(), "ann", typev1.Level_BASIC, "cn/south")
	a, err := b.ReserveContact(assistant, visit(customer, monday.AddDate(0, 0, 1), senior))
	require.NoError(t, err)
	unknown, err := b.ReserveContact(assistant, visit(customer, monday.AddDate(0, 0, 1), newID(t)))
	require.NoError(t, err)
	require.Equal(t, broken(unknown), broken(a))
	require.Equal(t, unknown.GetFailures()[0].GetTextEn(), a.GetFailures()[0].GetTextEn())

	contact := resource.Name("contacts", b.planned(t, customer, 4, monday.AddDate(0, 0, 1), 60, senior))
	for _, name := range []string{contact, resource.Name("contacts", newID(t))} {
		_, err = b.ReserveContact(assistant, &planningv1.ReserveContactRequest{Contact: name})
		requireReason(t, err, codes.PermissionDenied, "HIDDEN")
	}
	b.granted(t, &planningv1.ReserveContactRequest{Contact: contact})
	_, err = b.ReleaseContact(assistant, &planningv1.ReleaseContactRequest{Name: contact})
	requireReason(t, err, codes.PermissionDenied, "HIDDEN")
}

func TestTerritories(t *testing.T) {
	t.Parallel()
	b := setup(t)
	south, north := b.customer(t, "cn/south"), b.customer(t, "cn/north")
	rep := as(t.Context(), "rep", typev1.Level_MANAGER, "cn/south")
	_, err := b.ReserveContact(rep, visit(north, monday.AddDate(0, 0, 1)))
	requireReason(t, err, codes.PermissionDenied, "HIDDEN")
	w := visit(south, monday.AddDate(0, 0, 1))
	w.OtherCost, w.Budget = yuan(1), b.budget(t, 100, "cn") // which pays for the south, but not at his wish
	a, err := b.ReserveContact(rep, w)
	require.NoError(t, err)
	require.Equal(t, []string{"BUDGET_UNKNOWN"}, broken(a))
	_, err = b.budgets.GetBudget(rep, &planningv1.GetBudgetRequest{Name: w.GetBudget()})
	requireReason(t, err, codes.PermissionDenied, "HIDDEN")
	_, err = b.budgets.CreateBudget(rep, &planningv1.CreateBudgetRequest{Budget: &planningv1.Budget{Label: "x", FiscalYear: 2026, Owner: "rep", Amount: yuan(1)}})
	requireReason(t, err, codes.PermissionDenied, "TERRITORY")
}

// When a person goes, what is set aside for his special dates comes back, and the register no longer names him.
func TestForget(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer := b.customer(t, "cn/south")
	person := b.person(t, customer, false)
	purse := b.budget(t, 100, "")
	id := b.planned(t, customer, settings.Activity(planningv1.Activity_BUSINESS_LETTER), monday.AddDate(0, 0, 1), 0, person)
	b.exec(t, `update contacts set origin = 2, source = $2 where contact_id = $1`, id, personName(customer, person)+"#birthday")
	b.granted(t, &planningv1.ReserveContactRequest{
		Contact: resource.Name("contacts", id), Budget: purse, Benefits: []*planningv1.PersonBenefit{gift(customer, person, yuan(50))},
	})
	nobody := context.Background() // as in the projection
	require.NoError(t, b.store.Forget(nobody, customer, person))
	require.NoError(t, b.store.Forget(nobody, customer, person))
	committed, _ := b.balance(t, purse)
	require.Equal(t, "0", committed)
	require.Zero(t, b.count(t, `select count(*) from compliance_register where person_id is not null`))
	require.Equal(t, 2, b.count(t, `select count(*) from compliance_register`))
	_, err := b.db.Exec(t.Context(), `delete from compliance_register`)
	require.ErrorContains(t, err, "only added to")
	_, err = b.db.Exec(t.Context(), `update compliance_register set amount = 1`)
	require.ErrorContains(t, err, "only added to")
}
