package gate

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/budget"
	"github.com/guanxi-crm/guanxi/services/planning/internal/compliance"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

func wishOf(r *planningv1.ReserveContactRequest) (*Wish, error) {
	w := &Wish{ValidateOnly: r.GetValidateOnly(), Candidate: Candidate{
		Kind: settings.Activity(r.GetKind()), Minutes: r.GetMinutes(), Owner: r.GetOwner(), Role: int16(r.GetRole()), Purpose: r.GetPurpose(),
	}}
	for _, ref := range []struct {
		field, name, collection string
		to                      *uuid.UUID
	}{
		{"contact", r.GetContact(), "contacts", &w.Contact},
		{"customer", r.GetCustomer(), "customers", &w.Customer},
		{"activity", r.GetActivity(), "activities", &w.Activity},
		{"budget", r.GetBudget(), "budgets", &w.Budget},
		{"approval", r.GetApproval(), "complianceApprovals", &w.Approval},
	} {
		if ref.name == "" {
			continue
		}
		ids, err := resource.Parse(ref.field, ref.name, ref.collection)
		if err != nil {
			return nil, err
		}
		*ref.to = ids[0]
	}
	if err := w.when(r); err != nil {
		return nil, err
	}
	if err := w.people(r.GetPeople()); err != nil {
		return nil, err
	}
	var err error
	if w.Gifts, err = giftsOf("benefits", w.customerOf, r.GetBenefits()); err != nil {
		return nil, err
	}
	if r.GetOtherCost() != nil {
		if w.Other, err = budget.FromProto("other_cost", r.GetOtherCost(), false); err != nil {
			return nil, err
		}
	}
	return w, w.required()
}

// required is what a new contact cannot be without.
func (w *Wish) required() error {
	if w.Contact != uuid.Nil {
		return nil
	}
	var wrong []fault.Violation
	add := func(missing bool, field string) {
		if missing {
			wrong = append(wrong, fault.Field(field, "REQUIRED", fault.Text{En: "must be given for a new contact", Zh: "新建接触时必须填写"}))
		}
	}
	add(w.Customer == uuid.Nil, "customer")
	add(w.Kind == 0, "kind")
	add(w.Day.IsZero() && w.Start == nil, "day")
	if len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	return nil
}

func (w *Wish) when(r *planningv1.ReserveContactRequest) error {
	if r.GetDay() != nil {
		day, err := civil.FromProto("day", r.GetDay())
		if err != nil {
			return err
		}
		w.Day = day
	}
	if r.GetStartTime() == nil {
		return nil
	}
	start := r.GetStartTime().AsTime().Truncate(time.Microsecond)
	if start.Year() < 1900 || start.Year() > 2200 {
		return fault.Invalid(fault.Field("start_time", "RANGE", fault.Text{En: "must lie in the years 1900 to 2200", Zh: "须在 1900 至 2200 年之间"}))
	}
	w.Start = &start
	return nil
}

// people reads the names of persons, who are all of one customer: that of the wish, if it names one.
func (w *Wish) people(names []string) error {
	for i, name := range names {
		field := fmt.Sprintf("people[%d]", i)
		ids, err := resource.Parse(field, name, "customers", "people")
		if err != nil {
			return err
		}
		if err := w.customerOf(field, ids[0]); err != nil {
			return err
		}
		w.People = append(w.People, ids[1])
	}
	return nil
}

// customerOf notes whose a person is, and refuses that of another customer.
func (w *Wish) customerOf(field string, customer uuid.UUID) error {
	if w.Customer == uuid.Nil && w.Contact != uuid.Nil {
		w.Customer = customer
	}
	return sameCustomer(field, w.Customer, customer)
}

func sameCustomer(field string, want, customer uuid.UUID) error {
	if want == customer {
		return nil
	}
	return fault.Invalid(fault.Field(field, "CUSTOMER", fault.Text{En: "is of another customer", Zh: "属于其他客户"}))
}

// giftsOf reads what persons are given, each pair of person and benefit once.
func giftsOf(field string, customer func(field string, id uuid.UUID) error, in []*planningv1.PersonBenefit) ([]compliance.Gift, error) {
	var out []compliance.Gift
	for i, b := range in {
		at := fmt.Sprintf("%s[%d]", field, i)
		ids, err := resource.Parse(at+".person", b.GetPerson(), "customers", "people")
		if err != nil {
			return nil, err
		}
		if err := customer(at+".person", ids[0]); err != nil {
			return nil, err
		}
		amount, err := budget.FromProto(at+".amount", b.GetAmount(), true)
		if err != nil {
			return nil, err
		}
		g := compliance.Gift{Person: ids[1], Benefit: compliance.Benefit(b.GetBenefit()), Amount: amount.Amount, Currency: amount.Currency}
		twice := slices.ContainsFunc(out, func(o compliance.Gift) bool { return o.Person == g.Person && o.Benefit == g.Benefit })
		if twice {
			return nil, fault.Invalid(fault.Field(at, "UNIQUE", fault.Text{En: "stands twice", Zh: "重复"}))
		}
		out = append(out, g)
	}
	return out, nil
}

func (a *Answer) toProto() *planningv1.ReserveContactResponse {
	out := &planningv1.ReserveContactResponse{Granted: a.Granted(), Failures: a.failures(), EarliestTime: a.instant(a.Earliest)}
	if a.Contact != uuid.Nil {
		out.Contact = contactName(a.Contact)
	}
	if a.Approval != uuid.Nil {
		out.Approval = resource.Name("complianceApprovals", a.Approval)
	}
	return out
}

func (a *Answer) failures() []*planningv1.GateFailure {
	var out []*planningv1.GateFailure
	for _, f := range a.Failures {
		p := &planningv1.GateFailure{
			Rule: f.Rule, Subject: f.Subject, Detail: f.Detail, TextEn: f.Text.En, TextZh: f.Text.Zh, EarliestTime: a.instant(f.Earliest),
		}
		for _, id := range f.Planned {
			p.PlannedContacts = append(p.PlannedContacts, contactName(id))
		}
		out = append(out, p)
	}
	return out
}

// instant is a day in the owner's zone: at the wished time of day, or its beginning.
func (a *Answer) instant(day *time.Time) *timestamppb.Timestamp {
	if day == nil {
		return nil
	}
	hour, minute, second := 0, 0, 0
	if a.Start != nil {
		hour, minute, second = a.Start.In(a.Zone).Clock()
	}
	return timestamppb.New(time.Date(day.Year(), day.Month(), day.Day(), hour, minute, second, 0, a.Zone))
}

// ruleIDs are the rules that were broken, each once.
func ruleIDs(failures []Failure) []string {
	var out []string
	for _, f := range failures {
		if !slices.Contains(out, f.Rule) {
			out = append(out, f.Rule)
		}
	}
	return out
}

// ruleNames are the compliance rules that ask for an approval, each once.
func ruleNames(failures []Failure) []uuid.UUID {
	var out []uuid.UUID
	for _, f := range failures {
		ids, err := resource.Parse("rule", f.Detail, "complianceRules")
		if err == nil && !slices.Contains(out, ids[0]) {
			out = append(out, ids[0])
		}
	}
	return out
}
