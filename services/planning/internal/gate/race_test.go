package gate

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/fault"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// rush has as many ask at once and returns how many were granted.
func (b *bundle) rush(t *testing.T, wishes []*planningv1.ReserveContactRequest) int {
	t.Helper()
	ctx := all(t)
	start := make(chan struct{})
	granted, errs := make(chan bool, len(wishes)), make(chan error, len(wishes))
	var wg sync.WaitGroup
	for _, w := range wishes {
		wg.Go(func() {
			<-start
			a, err := b.ReserveContact(ctx, w)
			granted <- a.GetGranted()
			errs <- err
		})
	}
	close(start)
	wg.Wait()
	close(errs)
	close(granted)
	for err := range errs {
		require.NoError(t, err)
	}
	n := 0
	for yes := range granted {
		if yes {
			n++
		}
	}
	return n
}

// Of those who ask at the same moment for the last of something, just so many get it as there is.
func TestOfManyAtOnceSomeGetIt(t *testing.T) {
	t.Parallel()
	const many = 12
	b := setup(t)
	var customers []uuid.UUID
	for range many {
		customers = append(customers, b.customer(t, "cn"))
	}
	for round := range 5 { // before the Spring Festival
		day := monday.AddDate(0, 0, 7*round)
		var time, money []*planningv1.ReserveContactRequest
		purse := b.budget(t, 100, "")
		for _, c := range customers {
			w := visit(c, day) // by bob, who has time for two such visits
			w.Minutes = 100
			time = append(time, w)
			w = visit(c, day)
			w.Kind, w.Budget, w.OtherCost = planningv1.Activity_MESSAGE, purse, yuan(30)
			money = append(money, w)
		}
		require.Equal(t, 2, b.rush(t, time), "time")
		require.Equal(t, 3, b.rush(t, money), "money")

		require.Equal(t, 3, b.plan(t, customers, b.budget(t, 100, "")), "activities")

		customer := b.customer(t, "cn")
		person := b.person(t, customer, false)
		var gifts []*planningv1.ReserveContactRequest
		for i := range many { // 500 are permitted in a year
			w := visit(customer, day.AddDate(0, 0, 7*i), person)
			w.Kind, w.Budget, w.Benefits = planningv1.Activity_MESSAGE, b.budget(t, 100, ""), []*planningv1.PersonBenefit{gift(customer, person, yuan(100))}
			gifts = append(gifts, w)
		}
		require.Equal(t, 5, b.rush(t, gifts), "gifts")
	}
}

// plan has an activity of 30 yuan planned for each customer at once and returns for how many the budget paid.
func (b *bundle) plan(t *testing.T, customers []uuid.UUID, purse string) int {
	t.Helper()
	ctx := all(t)
	var wg sync.WaitGroup
	var paid atomic.Int32
	errs := make(chan error, len(customers))
	for _, c := range customers {
		wg.Go(func() {
			_, err := b.activities.CreateActivity(ctx, &planningv1.CreateActivityRequest{Activity: &planningv1.CustomerActivity{
				Customer: aggregate.Name(c), Kind: planningv1.Activity_TRAINING, Title: "x", StartTime: timestamppb.New(b.clock.Now()), Budget: purse,
				Items: []*planningv1.ActivityItem{{Label: "room", Amount: yuan(30)}},
			}})
			if err == nil {
				paid.Add(1)
			} else if fault.From(err).Reason() != "BUDGET_SHORT" {
				errs <- err
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	return int(paid.Load())
}
