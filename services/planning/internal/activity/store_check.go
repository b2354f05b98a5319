package activity

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
)

const (
	knownPeople = `select person_id from people where customer_id = $1 and person_id = any($2) and ($3 or not senior)`
	territoryOf = `select territory from customers where customer_id = $1`
)

// checkReferences looks at the people and the budget that an activity names, as far as they are others than before.
func (s *Store) checkReferences(ctx context.Context, a *Activity, budgets purses, before *Activity) error {
	wrong, err := s.checkPeople(ctx, a, before)
	if err != nil {
		return err
	}
	more, err := s.checkBudget(ctx, a, budgets, before)
	if err != nil {
		return err
	}
	if wrong = append(wrong, more...); len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	return nil
}

func (s *Store) checkPeople(ctx context.Context, a, before *Activity) ([]fault.Violation, error) {
	var asked, known []uuid.UUID
	for _, id := range a.People {
		if before == nil || !slices.Contains(before.People, id) {
			asked = append(asked, id)
		}
	}
	if len(asked) == 0 {
		return nil, nil
	}
	if err := s.db.Select(ctx, &known, knownPeople, a.Customer, pq.Array(asked), manager(ctx)); err != nil {
		return nil, err
	}
	var wrong []fault.Violation
	for i, id := range a.People {
		if slices.Contains(asked, id) && !slices.Contains(known, id) {
			wrong = append(wrong, fault.Field(fmt.Sprintf("activity.people[%d]", i), "PERSON_UNKNOWN", fault.Text{En: "is nobody that is known of", Zh: "未知的联系人"}))
		}
	}
	return wrong, nil
}

func (s *Store) checkBudget(ctx context.Context, a *Activity, budgets purses, before *Activity) ([]fault.Violation, error) {
	if !a.Budget.Valid {
		return nil, nil
	}
	b := budgets[a.Budget.UUID]
	if before == nil || before.Budget != a.Budget {
		var territory string
		if err := s.db.Get(ctx, &territory, territoryOf, a.Customer); err != nil {
			return nil, err
		}
		if b == nil || !auth.From(ctx).Covers(b.Territory) || !b.Pays(a.Customer, territory, a.ID) {
			return []fault.Violation{fault.Field("activity.budget", "BUDGET_SCOPE", fault.Text{En: "is no budget that pays for this customer", Zh: "不是适用于该客户的预算"})}, nil
		}
	}
	if a.FiscalYear != 0 && int(b.FiscalYear) != a.FiscalYear {
		return []fault.Violation{fault.Field("activity.budget", "BUDGET_YEAR", fault.Text{En: "is for another fiscal year", Zh: "属于其他财年"})}, nil
	}
	return nil, nil
}
