package budget

import (
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	pb "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/money"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// Money is an amount that was stored, for the API. What is stored has at most 16 digits and 4 decimals, which money always carries.
func Money(amount decimal.Decimal, currency string) *pb.Money {
	p, err := money.Money{Amount: amount, Currency: currency}.ToProto()
	if err != nil { // see above
		panic(err)
	}
	return p
}

// FromProto reads an amount that a caller has sent in that field: one that can be kept, and not negative. positive: more than nothing.
func FromProto(field string, p *pb.Money, positive bool) (money.Money, error) {
	m, err := money.FromProto(p)
	if err != nil {
		return m, fault.Prefix(err, field)
	}
	if wrong := CheckAmount(field, m.Amount, positive); len(wrong) > 0 {
		return m, fault.Invalid(wrong...)
	}
	return m, nil
}

func (b *Budget) toProto() *planningv1.Budget {
	out := &planningv1.Budget{
		Name: b.Name(), Label: b.Label, FiscalYear: b.FiscalYear, Owner: b.Owner, Territory: b.Territory, Plan: b.Plan, Amount: Money(b.Amount, b.Currency),
		Closed: b.Closed, Overrun: Money(b.Overrun, b.Currency), Committed: Money(b.Committed, b.Currency), Actual: Money(b.Actual, b.Currency),
		Available: Money(b.Available(), b.Currency), Exceeded: b.Exceeded(), Author: b.Author, CreateTime: timestamppb.New(b.CreateTime),
		UpdateTime: timestamppb.New(b.UpdateTime), Etag: etag.Of(b.Revision),
	}
	if b.Customer.Valid {
		out.Customer = aggregate.Name(b.Customer.UUID)
	}
	if b.Activity.Valid {
		out.Activity = resource.Name("activities", b.Activity.UUID)
	}
	return out
}

// set puts what callers may write into b. References are read, and not looked at.
func (b *Budget) set(in *planningv1.Budget) error {
	amount, err := FromProto("amount", in.GetAmount(), false)
	if err != nil {
		return err
	}
	if wrong := missing(in); len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	b.Label, b.Owner, b.FiscalYear, b.Territory = in.GetLabel(), in.GetOwner(), in.GetFiscalYear(), in.GetTerritory()
	b.Plan, b.Closed, b.Amount, b.Currency = in.GetPlan(), in.GetClosed(), amount.Amount, amount.Currency
	if b.Customer, err = reference("customer", in.GetCustomer(), "customers"); err != nil {
		return err
	}
	b.Activity, err = reference("activity", in.GetActivity(), "activities")
	return err
}

// missing are required fields that are not there. The API's constraints cannot say so: an update need not give them.
func missing(in *planningv1.Budget) []fault.Violation {
	var wrong []fault.Violation
	add := func(field string, empty bool) {
		if empty {
			wrong = append(wrong, fault.Field(field, "REQUIRED", fault.Text{En: "must be given", Zh: "必须填写"}))
		}
	}
	add("label", in.GetLabel() == "")
	add("fiscal_year", in.GetFiscalYear() == 0)
	add("owner", in.GetOwner() == "")
	return wrong
}

func reference(field, name, collection string) (uuid.NullUUID, error) {
	if name == "" {
		return uuid.NullUUID{}, nil
	}
	ids, err := resource.Parse(field, name, collection)
	if err != nil {
		return uuid.NullUUID{}, err
	}
	return uuid.NullUUID{UUID: ids[0], Valid: true}, nil
}

func (e *Entry) toProto(currency string) *planningv1.BudgetEntry {
	return &planningv1.BudgetEntry{
		Name: resource.Name("budgets", e.Budget, "entries", e.ID), Kind: planningv1.BudgetEntry_Kind(e.Kind), Amount: Money(e.Amount, currency),
		Overrun: Money(e.Overrun, currency), Committed: Money(e.Committed, currency), Actual: Money(e.Actual, currency), Reference: e.Reference,
		Reason: e.Reason, Author: e.Author, CreateTime: timestamppb.New(e.CreateTime),
	}
}
