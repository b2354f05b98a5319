package activity

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/budget"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// toProto is the activity for callers who may, or may not, know of senior people.
func (a *Activity) toProto(seniors bool) *planningv1.CustomerActivity {
	out := &planningv1.CustomerActivity{
		Name: a.Name(), Customer: aggregate.Name(a.Customer), Kind: planningv1.Activity(a.Kind), Title: a.Title, Purpose: a.Purpose, Project: a.Project,
		Occasion: a.Occasion, StartTime: timestamppb.New(a.Start), State: planningv1.CustomerActivity_State(a.State), Report: a.Report,
		CancelReason: a.CancelReason, Author: a.Author, CreateTime: timestamppb.New(a.CreateTime), UpdateTime: timestamppb.New(a.UpdateTime), Etag: etag.Of(a.Revision),
	}
	for _, p := range a.People {
		if seniors || !slices.Contains(a.Seniors, p) {
			out.People = append(out.People, resource.Name("customers", a.Customer, "people", p))
		}
	}
	if a.End != nil {
		out.EndTime = timestamppb.New(*a.End)
	}
	for _, i := range a.Items {
		out.Items = append(out.Items, &planningv1.ActivityItem{Label: i.Label, Amount: budget.Money(i.Amount, a.Currency), PerPerson: i.PerPerson})
	}
	if len(a.Items) > 0 {
		out.PlannedCost = budget.Money(a.PlannedCost, a.Currency)
	}
	if a.ActualCost.Valid && a.Currency != "" {
		out.ActualCost = budget.Money(a.ActualCost.Decimal, a.Currency)
	}
	if a.Budget.Valid {
		out.Budget = budget.Name(a.Budget.UUID)
	}
	for _, f := range a.FollowUps {
		out.FollowUps = append(out.FollowUps, f.toProto())
	}
	return out
}

func (f FollowUp) toProto() *planningv1.FollowUp {
	out := &planningv1.FollowUp{Text: f.Text, Owner: f.Owner, Done: f.Done}
	if day, err := time.Parse(time.DateOnly, f.Due); err == nil { // it was written by followUpsOf
		out.DueDate = civil.Date(day)
	}
	return out
}

// set puts what callers may write into a. known says whether the caller knows of senior people; else those that are there stay.
func (a *Activity) set(in *planningv1.CustomerActivity, known bool) error {
	a.Kind, a.Title, a.Purpose, a.Project, a.Occasion = settings.Activity(in.GetKind()), in.GetTitle(), in.GetPurpose(), in.GetProject(), in.GetOccasion()
	a.Report, a.Start, a.End = in.GetReport(), time.Time{}, nil
	if in.GetStartTime() != nil {
		a.Start = in.GetStartTime().AsTime().Truncate(time.Microsecond)
	}
	if in.GetEndTime() != nil {
		end := in.GetEndTime().AsTime().Truncate(time.Microsecond)
		a.End = &end
	}
	if err := a.setPeople(in.GetPeople(), known); err != nil {
		return err
	}
	if err := a.setItems(in.GetItems()); err != nil {
		return err
	}
	a.Budget = uuid.NullUUID{}
	if in.GetBudget() != "" {
		ids, err := resource.Parse("budget", in.GetBudget(), "budgets")
		if err != nil {
			return err
		}
		a.Budget = uuid.NullUUID{UUID: ids[0], Valid: true}
	}
	var err error
	a.FollowUps, err = followUpsOf("follow_ups", in.GetFollowUps())
	return err
}

func (a *Activity) setPeople(names []string, known bool) error {
	before := a.People
	a.People = nil
	for i, name := range names {
		field := fmt.Sprintf("people[%d]", i)
		ids, err := resource.Parse(field, name, "customers", "people")
		if err != nil {
			return err
		}
		if ids[0] != a.Customer {
			return fault.Invalid(fault.Field(field, "CUSTOMER", fault.Text{En: "is of another customer", Zh: "属于其他客户"}))
		}
		a.People = append(a.People, ids[1])
	}
	for _, id := range before {
		if !known && slices.Contains(a.Seniors, id) && !slices.Contains(a.People, id) {
			a.People = append(a.People, id)
		}
	}
	return nil
}

func (a *Activity) setItems(items []*planningv1.ActivityItem) error {
	a.Items, a.Currency = nil, ""
	for i, in := range items {
		field := fmt.Sprintf("items[%d].amount", i)
		amount, err := budget.FromProto(field, in.GetAmount(), false)
		if err != nil {
			return err
		}
		if a.Currency != "" && amount.Currency != a.Currency {
			return fault.Invalid(fault.Field(field, "CURRENCY", fault.Text{En: "must be in the currency of the others", Zh: "货币须与其他项目相同"}))
		}
		a.Currency = amount.Currency
		a.Items = append(a.Items, Item{Label: in.GetLabel(), Amount: amount.Amount, PerPerson: in.GetPerPerson()})
	}
	a.PlannedCost = a.Cost()
	if wrong := budget.CheckAmount("items", a.PlannedCost, false); len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	return nil
}

func followUpsOf(field string, in []*planningv1.FollowUp) ([]FollowUp, error) {
	var out []FollowUp
	for i, f := range in {
		due, err := civil.FromProto(fmt.Sprintf("%s[%d].due_date", field, i), f.GetDueDate())
		if err != nil {
			return nil, err
		}
		out = append(out, FollowUp{Text: f.GetText(), Owner: f.GetOwner(), Due: due.Format(time.DateOnly), Done: f.GetDone()})
	}
	return out, nil
}
