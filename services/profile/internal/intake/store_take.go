package intake

import (
	"context"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/alias"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/validate"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/contact"
	"github.com/guanxi-crm/guanxi/services/profile/internal/customer"
	"github.com/guanxi-crm/guanxi/services/profile/internal/order"
	"github.com/guanxi-crm/guanxi/services/profile/internal/payment"
	"github.com/guanxi-crm/guanxi/services/profile/internal/person"
)

// check finds the rows that break a constraint of their proto or have no fact, and those that the sender could not read.
func check(rows []*profilev1.ImportRow) map[*profilev1.ImportRow]error {
	broken := map[*profilev1.ImportRow]error{}
	for _, row := range rows {
		if bad := row.GetUnreadable(); bad != nil {
			broken[row] = fault.Invalid(fault.Field(bad.GetField(), bad.GetRule(), fault.Text{En: bad.GetReasonEn(), Zh: bad.GetReasonZh()}))
		} else if err := validate.Request(row); err != nil {
			broken[row] = err
		} else if row.GetFact() == nil {
			broken[row] = fault.Invalid(fault.Field("fact", "REQUIRED", fault.Text{En: "must be given", Zh: "必须给出"}))
		}
	}
	return broken
}

// takeCustomers takes in the customers of the batch, and finds those that its other facts belong to.
func (b *batch) takeCustomers(ctx context.Context) error {
	var incoming []customer.Incoming
	var at []int
	for n, row := range b.rows {
		if !b.open(n) {
			continue
		}
		if one, ok := b.incoming(n, row); ok {
			incoming, at = append(incoming, one), append(at, n)
		}
	}
	taken, err := b.customers.TakeIn(ctx, incoming)
	if err != nil {
		return err
	}
	for i, n := range at {
		switch t := taken[i]; {
		case t.State == customer.Refused:
			b.refuse(n, t.Err)
		case b.rows[n].GetCustomer() != nil:
			b.results[n] = result{state: customerStates[t.State]}
		default:
			b.owners[n], b.vias[n] = t.ID, t.Via
		}
	}
	return nil
}

var customerStates = map[customer.State]state{customer.Created: created, customer.Changed: changed, customer.Unchanged: unchanged}

// incoming is the customer that a row is or belongs to; a row without one is rejected, unless an order number can tell.
func (b *batch) incoming(n int, row *profilev1.ImportRow) (customer.Incoming, bool) {
	if c := row.GetCustomer(); c != nil {
		if len(c.GetExternalIds()) == 0 {
			b.refuse(n, missing("customer.external_ids", "of the source system, by which it is known", "（来源系统的编号，用以识别）"))
			return customer.Incoming{}, false
		}
		return customer.Incoming{Key: contact.ExternalIDsFromProto(c.GetExternalIds())[0], Facts: c}, true
	}
	ref := row.GetCustomerRef()
	if ref.GetId() == "" || ref.GetSystem() == "" {
		if row.GetOrderLines() == nil {
			b.refuse(n, missing("customer_ref", "to say whom it belongs to", "（说明归属的客户）"))
		}
		return customer.Incoming{}, false
	}
	key := contact.ExternalID{System: ref.GetSystem(), ID: ref.GetId()}
	return customer.Incoming{Key: key, Facts: ref.GetIfMissing(), IfMissing: true}, true
}

func missing(field, en, zh string) error {
	return fault.Invalid(fault.Field(field, "REQUIRED", fault.Text{En: "must be given " + en, Zh: "必须给出" + zh}))
}

// findByOrder finds the customers of order lines that name none by the order's number.
func (b *batch) findByOrder(ctx context.Context) error {
	var keys []order.Key
	for n, row := range b.rows {
		if o := row.GetOrderLines(); o != nil && b.open(n) && b.owners[n] == uuid.Nil {
			keys = append(keys, order.Key{SourceSystem: o.GetSourceSystem(), Number: o.GetOrderNumber()})
		}
	}
	owners, err := b.orders.Owners(ctx, keys)
	if err != nil {
		return err
	}
	for n, row := range b.rows {
		o := row.GetOrderLines()
		if o == nil || !b.open(n) || b.owners[n] != uuid.Nil {
			continue
		}
		found := owners[order.Key{SourceSystem: o.GetSourceSystem(), Number: o.GetOrderNumber()}.Stored()]
		switch len(found) {
		case 1:
			b.owners[n] = found[0]
		case 0:
			b.refuse(n, orderNumber("ORDER_UNKNOWN", "is not the number of a recorded order", "不是已记录的订单号"))
		default:
			b.refuse(n, orderNumber("ORDER_AMBIGUOUS", "is of several customers: name one by customer_ref", "属于多个客户，请以 customer_ref 指明"))
		}
	}
	return nil
}

func orderNumber(rule, en, zh string) error {
	return fault.Invalid(fault.Field("order_lines.order_number", rule, fault.Text{En: en, Zh: zh}))
}

// takePeople takes in the people of the batch, one by one: each may change what the next one meets.
func (b *batch) takePeople(ctx context.Context) error {
	for n, row := range b.rows {
		p := row.GetPerson()
		if p == nil || !b.open(n) {
			continue
		}
		if len(p.GetExternalIds()) == 0 {
			b.refuse(n, missing("person.external_ids", "of the source system, by which the person is known", "（来源系统的编号，用以识别）"))
			continue
		}
		state, err := b.people.TakeIn(alias.WithVia(ctx, b.owners[n], b.vias[n]), b.owners[n], p)
		if err != nil {
			return err
		}
		b.results[n] = result{state: personStates[state]}
	}
	return nil
}

// hold locks the customers of the rows that keep says, and rejects rows whose customer takes no facts.
func (b *batch) hold(ctx context.Context, keep func(*profilev1.ImportRow) bool) (map[uuid.UUID]*aggregate.Held, []int, error) {
	var ids []uuid.UUID
	var at []int
	for n, row := range b.rows {
		if b.open(n) && keep(row) {
			ids, at = append(ids, b.owners[n]), append(at, n)
		}
	}
	if len(at) == 0 {
		return nil, nil, nil
	}
	held, err := aggregate.Hold(ctx, b.db, ids)
	if err != nil {
		return nil, nil, err
	}
	living := at[:0]
	for _, n := range at {
		if h := held[b.owners[n]]; h == nil || h.Deleted {
			b.refuse(n, aggregate.GoneError(b.owners[n]))
			continue
		}
		living = append(living, n)
	}
	return held, living, nil
}

// takeOrders takes in orders and order lines.
func (b *batch) takeOrders(ctx context.Context) error {
	held, at, err := b.hold(ctx, func(r *profilev1.ImportRow) bool { return r.GetOrder() != nil || r.GetOrderLines() != nil })
	if err != nil {
		return err
	}
	var drafts []order.Draft
	var rows []int
	for _, n := range at {
		fact, linesOnly := b.rows[n].GetOrder(), false
		if fact == nil {
			lines := b.rows[n].GetOrderLines()
			fact, linesOnly = &profilev1.Order{SourceSystem: lines.GetSourceSystem(), OrderNumber: lines.GetOrderNumber(), Lines: lines.GetLines()}, true
		}
		o, err := order.FromProto(b.owners[n], fact)
		if err != nil {
			b.refuse(n, fault.Prefix(err, "order"))
			continue
		}
		drafts, rows = append(drafts, order.Draft{Order: o, ImportID: b.importKey, LinesOnly: linesOnly, Via: b.vias[n]}), append(rows, n)
	}
	outcomes, err := b.orders.Record(ctx, held, drafts)
	if err != nil {
		return err
	}
	for i, n := range rows {
		o := outcomes[i]
		b.results[n] = result{state: orderStates[o.State], repeated: o.Repeated, err: fault.Prefix(o.Err, "order")}
	}
	return nil
}

var orderStates = map[order.State]state{order.Recorded: created, order.Corrected: changed, order.Unchanged: unchanged, order.Refused: rejected}

// takePayments takes in payments.
func (b *batch) takePayments(ctx context.Context) error {
	held, at, err := b.hold(ctx, func(r *profilev1.ImportRow) bool { return r.GetPayment() != nil })
	if err != nil {
		return err
	}
	var sent []*payment.Payment
	var rows []int
	for _, n := range at {
		p, err := payment.FromProto(b.owners[n], b.rows[n].GetPayment())
		if err != nil {
			b.refuse(n, fault.Prefix(err, "payment"))
			continue
		}
		p.Via = b.vias[n]
		sent, rows = append(sent, p), append(rows, n)
	}
	outcomes, err := b.payments.Record(ctx, held, sent)
	if err != nil {
		return err
	}
	for i, n := range rows {
		b.results[n] = result{state: paymentStates[outcomes[i].State], err: fault.Prefix(outcomes[i].Err, "payment")}
	}
	return nil
}

var paymentStates = map[payment.State]state{
	payment.Recorded: created, payment.Corrected: changed, payment.Unchanged: unchanged, payment.Refused: rejected,
}

var personStates = map[person.State]state{person.Created: created, person.Changed: changed, person.Unchanged: unchanged}
