package load

import (
	"context"
	"math/rand/v2"
	"sync"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Profile is the customer profile service. A customer's mark is its source, an order's its number, a person's his position.
var Profile = Target{Name: "profile", Writer: newProfile, State: `
select 'customers/' || customer_id as resource, customer_id as aggregate_id, sequence as version, source as mark from customers
union all
select 'customers/' || customer_id || '/orders/' || order_id, customer_id, 0, order_number from orders
union all
select 'customers/' || customer_id || '/people/' || person_id, customer_id, 0, position from people`}

// few customers, so that writers meet at them.
const few = 24

type profile struct {
	customers profilev1.CustomerServiceClient
	orders    profilev1.OrderServiceClient
	people    profilev1.PersonServiceClient

	mu           sync.Mutex
	known, staff []string
}

func newProfile(conn grpc.ClientConnInterface) Writer {
	return &profile{
		customers: profilev1.NewCustomerServiceClient(conn), orders: profilev1.NewOrderServiceClient(conn),
		people: profilev1.NewPersonServiceClient(conn),
	}
}

// Next implements Writer.
func (p *profile) Next(r *rand.Rand, mark string) Write {
	customer, count := p.pick(r, &p.known)
	if count < few && r.IntN(max(count, 1)) < 3 {
		return p.createCustomer(mark)
	}
	person, people := p.pick(r, &p.staff)
	switch n := r.IntN(10); {
	case n < 4:
		return p.updateCustomer(customer, mark)
	case n < 8:
		return p.createOrder(customer, mark)
	case n < 9 || people == 0:
		return p.createPerson(customer, mark)
	default:
		return p.updatePerson(person, mark)
	}
}

// Poison implements Writer. Before there are customers it makes one.
func (p *profile) Poison(r *rand.Rand, mark string) Write {
	if customer, count := p.pick(r, &p.known); count > 0 {
		return p.createOrder(customer, mark)
	}
	return p.createCustomer(mark)
}

func (p *profile) pick(r *rand.Rand, from *[]string) (name string, count int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if count = len(*from); count > 0 {
		name = (*from)[r.IntN(count)]
	}
	return name, count
}

func (p *profile) learn(names *[]string, name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*names = append(*names, name)
}

func (p *profile) createCustomer(mark string) Write {
	return Write{"CreateCustomer", func(ctx context.Context) (Answer, error) {
		c, err := p.customers.CreateCustomer(ctx, &profilev1.CreateCustomerRequest{RequestId: mark, Customer: &profilev1.Customer{
			DisplayName: "深圳市远航电子有限公司", Kind: profilev1.Customer_ORGANIZATION, Territory: "cn/south/shenzhen", Source: mark,
		}})
		if err == nil {
			p.learn(&p.known, c.GetName())
		}
		return c, err
	}}
}

func (p *profile) updateCustomer(name, mark string) Write {
	return Write{"UpdateCustomer", func(ctx context.Context) (Answer, error) {
		return p.customers.UpdateCustomer(ctx, &profilev1.UpdateCustomerRequest{
			RequestId: mark, Customer: &profilev1.Customer{Name: name, Source: mark},
			UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"source"}},
		})
	}}
}

func (p *profile) createOrder(parent, mark string) Write {
	return Write{"CreateOrder", func(ctx context.Context) (Answer, error) {
		return p.orders.CreateOrder(ctx, &profilev1.CreateOrderRequest{RequestId: mark, Parent: parent, Order: &profilev1.Order{
			OrderNumber: mark, OrderTime: &timestamppb.Timestamp{Seconds: 1_767_225_600},
			Lines: []*profilev1.OrderLine{{ProductLine: "switch", Quantity: 2, Amount: &money.Money{CurrencyCode: "CNY", Units: 1999}}},
		}})
	}}
}

func (p *profile) createPerson(parent, mark string) Write {
	return Write{"CreatePerson", func(ctx context.Context) (Answer, error) {
		c, err := p.people.CreatePerson(ctx, &profilev1.CreatePersonRequest{
			RequestId: mark, Parent: parent, Person: &profilev1.Person{DisplayName: "王伟", Position: mark},
		})
		if err == nil {
			p.learn(&p.staff, c.GetName())
		}
		return c, err
	}}
}

func (p *profile) updatePerson(name, mark string) Write {
	return Write{"UpdatePerson", func(ctx context.Context) (Answer, error) {
		return p.people.UpdatePerson(ctx, &profilev1.UpdatePersonRequest{
			RequestId: mark, Person: &profilev1.Person{Name: name, Position: mark},
			UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"position"}},
		})
	}}
}
