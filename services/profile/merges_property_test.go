package profile_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"pgregory.net/rapid"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// own is what a customer has of its own: what was written under its name, whoever had its facts then.
type own struct {
	name                     string
	into                     int // whom it is merged into, or nobody
	legal, owner, source     string
	tags                     []string
	people, orders, payments []string
}

const nobody = -1

// shared is the number of an order that each of the customers has, each its own: of those of one only one is seen.
const shared = "shared"

// mergeModel is some customers, what they should be, and the service.
type mergeModel struct {
	*merger
	t     *rapid.T
	all   []*own
	count int
}

func (m *mergeModel) unique(kind string) string {
	m.count++
	return fmt.Sprintf("%s-%d", kind, m.count)
}

func (m *mergeModel) root(i int) int {
	for m.all[i].into != nobody {
		i = m.all[i].into
	}
	return i
}

// whole are the customers whose facts one has.
func (m *mergeModel) whole(root int) []*own {
	var out []*own
	for i, o := range m.all {
		if m.root(i) == root {
			out = append(out, o)
		}
	}
	return out
}

func (m *mergeModel) any(label string, from []int) int {
	return rapid.SampledFrom(from).Draw(m.t, label)
}

func (m *mergeModel) those(wanted func(int) bool) []int {
	var out []int
	for i := range m.all {
		if wanted(i) {
			out = append(out, i)
		}
	}
	return out
}

// steps are what can happen. Every write is under the name of any customer, merged or not.
func (m *mergeModel) steps() map[string]func(at *own) {
	return map[string]func(at *own){
		"scalar": func(at *own) {
			field, value := rapid.SampledFrom([]string{"legal_name", "owner", "source"}).Draw(m.t, "field"), m.unique("value")
			c := &profilev1.Customer{Name: at.name}
			switch field {
			case "legal_name":
				c.LegalName, at.legal = value, value
			case "owner":
				c.Owner, at.owner = value, value
			default:
				c.Source, at.source = value, value
			}
			m.edit(m.t, c, field)
		},
		"tag": func(at *own) {
			tag := m.unique("tag")
			at.tags = append(at.tags, tag)
			m.edit(m.t, &profilev1.Customer{Name: at.name, Tags: append(m.get(m.t, at.name).GetTags(), tag)}, "tags")
		},
		"tag taken off": func(at *own) {
			tags := m.get(m.t, at.name).GetTags()
			if len(tags) == 0 {
				return
			}
			off := rapid.SampledFrom(tags).Draw(m.t, "tag")
			without := func(list []string) []string {
				return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == off })
			}
			at.tags = without(at.tags)
			_, err := m.customers.UpdateCustomer(m.ctx, &profilev1.UpdateCustomerRequest{
				Customer: &profilev1.Customer{Name: at.name, Tags: without(tags)}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"tags"}},
			})
			require.NoError(m.t, err)
		},
		"person": func(at *own) {
			name := m.unique("person")
			at.people = append(at.people, name)
			_, err := m.people.CreatePerson(m.ctx, &profilev1.CreatePersonRequest{Parent: at.name, Person: &profilev1.Person{DisplayName: name}})
			require.NoError(m.t, err)
		},
		"order": func(at *own) {
			number := m.unique("order")
			at.orders = append(at.orders, number)
			m.buy(at.name, number)
		},
		"payment": func(at *own) {
			number := m.unique("payment")
			at.payments = append(at.payments, number)
			m.pay(at.name, number)
		},
	}
}

func (m *mergeModel) buy(name, number string) {
	_, err := m.orders.CreateOrder(m.ctx, &profilev1.CreateOrderRequest{Parent: name, Order: anOrder(number, 0, 1)})
	require.NoError(m.t, err)
}

func (m *mergeModel) pay(name, number string) {
	_, err := m.payments.CreatePayment(m.ctx, &profilev1.CreatePaymentRequest{Parent: name, Payment: &profilev1.Payment{
		PaymentNumber: number, Amount: cny(1), DueDate: &date.Date{Year: 2025, Month: 1, Day: 1},
	}})
	require.NoError(m.t, err)
}

// seen is all that the API tells of a customer.
type seen struct {
	customer                 string
	people, orders, payments []string
}

func (m *mergeModel) look(name string) seen {
	payments, err := m.payments.ListPayments(m.ctx, &profilev1.ListPaymentsRequest{Parent: name, OrderBy: "due_date"})
	require.NoError(m.t, err)
	s := seen{customer: plain(m.get(m.t, name)).String(), people: m.peopleOf(m.t, name), orders: m.ordersOf(m.t, name), payments: []string{}}
	for _, p := range payments.GetPayments() {
		s.payments = append(s.payments, p.GetPaymentNumber())
	}
	for _, list := range [][]string{s.people, s.orders, s.payments} {
		slices.Sort(list)
	}
	return s
}

func (m *mergeModel) step() {
	roots := m.those(func(i int) bool { return m.all[i].into == nobody })
	undoable := m.those(func(i int) bool { return m.all[i].into != nobody && m.all[m.all[i].into].into == nobody })
	steps := m.steps()
	kinds := append(slices.Sorted(maps.Keys(steps)), "merge", "unmerge", "merge and unmerge")
	kind := rapid.SampledFrom(kinds).Draw(m.t, "step")
	switch {
	case steps[kind] != nil:
		steps[kind](m.all[rapid.IntRange(0, len(m.all)-1).Draw(m.t, "under the name of")])
	case kind == "unmerge":
		if len(undoable) > 0 {
			i := m.any("unmerged", undoable)
			m.unmerge(m.t, m.all[i].name)
			m.all[i].into = nobody
		}
	case len(roots) > 1:
		s := m.any("survivor", roots)
		d := m.any("duplicate", slices.DeleteFunc(slices.Clone(roots), func(i int) bool { return i == s }))
		survivor, duplicate := m.look(m.all[s].name), m.look(m.all[d].name)
		m.merge(m.t, m.all[s].name, m.all[d].name)
		if m.all[d].into = s; kind == "merge" {
			return
		}
		m.unmerge(m.t, m.all[d].name)
		m.all[d].into = nobody
		require.Equal(m.t, survivor, m.look(m.all[s].name), "undone at once")
		require.Equal(m.t, duplicate, m.look(m.all[d].name), "undone at once")
	}
}

// check holds the service to the model.
func (m *mergeModel) check() {
	for i, o := range m.all {
		require.Equal(m.t, m.all[m.root(i)].name, m.get(m.t, o.name).GetName(), "an old name resolves")
	}
	for _, r := range m.those(func(i int) bool { return m.all[i].into == nobody }) {
		whole := m.whole(r)
		people, orders, payments := []string{}, []string{shared}, []string{}
		for _, o := range whole {
			people, orders, payments = append(people, o.people...), append(orders, o.orders...), append(payments, o.payments...)
		}
		s := m.look(m.all[r].name)
		require.ElementsMatch(m.t, people, s.people)
		require.ElementsMatch(m.t, orders, s.orders)
		require.ElementsMatch(m.t, payments, s.payments)
		c := m.get(m.t, m.all[r].name)
		for _, f := range []struct {
			is string
			of func(*own) string
		}{{c.GetLegalName(), func(o *own) string { return o.legal }}, {c.GetOwner(), func(o *own) string { return o.owner }}, {c.GetSource(), func(o *own) string { return o.source }}} {
			var values []string
			for _, o := range whole {
				if f.of(o) != "" {
					values = append(values, f.of(o))
				}
			}
			if len(values) == 0 {
				require.Empty(m.t, f.is)
			} else {
				require.Contains(m.t, values, f.is, "a field holds what somebody wrote, and is not empty where anybody did")
			}
		}
		if len(whole) == 1 {
			require.ElementsMatch(m.t, m.all[r].tags, c.GetTags())
		}
	}
}

// orphans are rows of customers that are merged, and of people and orders that are not their customer's.
const orphans = `select 'people' from people p join customers c using (customer_id) where c.merged_into is not null
	union all select 'orders' from orders o join customers c using (customer_id) where c.merged_into is not null
	union all select 'order_lines' from order_lines l join customers c using (customer_id) where c.merged_into is not null
	union all select 'payments' from payments p join customers c using (customer_id) where c.merged_into is not null
	union all select 'customer_external_ids' from customer_external_ids p join customers c using (customer_id) where c.merged_into is not null
	union all select 'lines' from order_lines l where not exists (select from orders o where (o.customer_id, o.order_id) = (l.customer_id, l.order_id))
	union all select 'aliases' from aliases a full join customers c using (customer_id) where a.survivor_id is distinct from c.merged_into
	union all select 'numbers' from customers c where sequence <> (select count(*) from outbox o where o.aggregate_id = c.customer_id)`

// Whatever is written under whatever name, merged and unmerged: nothing is lost, nothing is left with nobody, old names resolve; what is undone at once is as if it had not been;
// and with everything undone each customer has what was written under its name.
func TestAnySequenceOfMergesLosesNothing(t *testing.T) {
	t.Parallel()
	m := setupMerges(t)
	rapid.Check(t, func(rt *rapid.T) {
		m.ctx = m.admin(t) // a context of the service's lasts for some seconds
		model := &mergeModel{merger: m, t: rt}
		for i := range 4 {
			c, err := m.customers.CreateCustomer(m.ctx, &profilev1.CreateCustomerRequest{Customer: &profilev1.Customer{
				DisplayName: fmt.Sprint("customer ", i), Kind: profilev1.Customer_ORGANIZATION, Territory: "cn/south",
			}})
			require.NoError(rt, err)
			model.buy(c.GetName(), shared)
			model.all = append(model.all, &own{name: c.GetName(), into: nobody})
		}
		for range rapid.IntRange(4, 15).Draw(rt, "steps") {
			model.step()
		}
		model.check()
		for undone := true; undone; {
			undone = false
			for _, i := range model.those(func(i int) bool { return model.all[i].into != nobody && model.all[model.all[i].into].into == nobody }) {
				m.unmerge(rt, model.all[i].name)
				model.all[i].into, undone = nobody, true
			}
		}
		model.check()
		var found []string
		require.NoError(rt, m.DB.Select(t.Context(), &found, orphans))
		require.Empty(rt, found)
	})
}
