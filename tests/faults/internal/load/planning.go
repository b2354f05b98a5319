package load

import (
	"context"
	"math/rand/v2"
	"sync"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// Planning is the contact planning service, without customers: those would come from another one. Its writes are budgets, whose mark is who answers for them. Budgets
// keep no history; what was written of them their events tell.
var Planning = Target{
	Name: "planning", Writer: newPlanning,
	State: `
select 'budgets/' || budget_id as resource, budget_id as aggregate_id, sequence as version, owner as mark from budgets`,
	Changes: `
select aggregate_id, version, resource, '' as data,
	cast(jsonb_build_array(jsonb_build_object('to', cast(data as jsonb) ->> 'owner')) as text) as fields
from outbox order by aggregate_id, version`,
}

type planning struct {
	budgets planningv1.BudgetServiceClient

	mu    sync.Mutex
	known []string
}

func newPlanning(conn grpc.ClientConnInterface) Writer {
	return &planning{budgets: planningv1.NewBudgetServiceClient(conn)}
}

// Next implements Writer.
func (p *planning) Next(r *rand.Rand, mark string) Write {
	p.mu.Lock()
	defer p.mu.Unlock()
	if count := len(p.known); count >= few || count > 0 && r.IntN(count) >= 3 {
		return p.update(p.known[r.IntN(count)], mark, r.Int64N(1000))
	}
	return p.create(mark, p.learn)
}

// Poison implements Writer. The budget is left alone afterwards: who writes it next would find the poison in its state.
func (p *planning) Poison(_ *rand.Rand, mark string) Write {
	return p.create(mark, func(string) {})
}

func (p *planning) learn(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known = append(p.known, name)
}

func (p *planning) create(mark string, learn func(name string)) Write {
	return Write{"CreateBudget", func(ctx context.Context) (Answer, error) {
		b, err := p.budgets.CreateBudget(ctx, &planningv1.CreateBudgetRequest{RequestId: mark, Budget: &planningv1.Budget{
			Label: "华南区接触预算", FiscalYear: 2026, Owner: mark, Territory: "cn/south", Amount: &money.Money{CurrencyCode: "CNY", Units: 1000},
		}})
		if err == nil {
			learn(b.GetName())
		}
		return b, err
	}}
}

// update changes the amount, too, which is an entry of its own.
func (p *planning) update(name, mark string, amount int64) Write {
	return Write{"UpdateBudget", func(ctx context.Context) (Answer, error) {
		return p.budgets.UpdateBudget(ctx, &planningv1.UpdateBudgetRequest{
			RequestId: mark, Budget: &planningv1.Budget{Name: name, Owner: mark, Amount: &money.Money{CurrencyCode: "CNY", Units: amount}},
			UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"owner", "amount"}},
		})
	}}
}
