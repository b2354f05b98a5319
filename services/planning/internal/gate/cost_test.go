package gate

import (
	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/services/planning/internal/compliance"
)

func costCases() map[string]ruleCase {
	return map[string]ruleCase{
		"all that is left":           {pays("499.50"), nil, 0},
		"a cent more":                {pays("499.51"), []string{"BUDGET_SHORT"}, never},
		"an approved overrun":        {with(pays("499.51"), func(s *Snapshot) { s.Budget.Overrun = amount("0.01") }), nil, 0},
		"no budget":                  {with(pays("1"), func(s *Snapshot) { s.Candidate.Budget, s.Budget = uuid.Nil, nil }), []string{"BUDGET_MISSING"}, never},
		"a budget out of reach":      {with(pays("1"), func(s *Snapshot) { s.Budget = nil }), []string{"BUDGET_UNKNOWN"}, never},
		"a closed budget":            {with(pays("1"), func(s *Snapshot) { s.Budget.Closed = true }), []string{"BUDGET_CLOSED"}, never},
		"of the region":              {with(pays("1"), func(s *Snapshot) { s.Budget.Territory = "cn" }), nil, 0},
		"of another region":          {with(pays("1"), func(s *Snapshot) { s.Budget.Territory = "cn/sou" }), []string{"BUDGET_SCOPE"}, never},
		"of another customer":        {with(pays("1"), func(s *Snapshot) { s.Budget.Customer = uuid.NullUUID{UUID: thePerson, Valid: true} }), []string{"BUDGET_SCOPE"}, never},
		"of an activity":             {with(pays("1"), func(s *Snapshot) { s.Budget.Activity = uuid.NullUUID{UUID: theActivity, Valid: true} }), []string{"BUDGET_SCOPE"}, never},
		"of the year before":         {with(pays("1"), func(s *Snapshot) { s.Budget.FiscalYear = 2025 }), []string{"BUDGET_YEAR"}, never},
		"of the next year":           {with(pays("1"), func(s *Snapshot) { s.Day, s.Budget.FiscalYear = monday.AddDate(0, 0, 350), 2027 }), []string{"BUDGET_YEAR"}, 361},
		"in dollars":                 {with(pays("1"), func(s *Snapshot) { s.Other.Currency = "USD" }), []string{"BUDGET_CURRENCY"}, never},
		"the cost of a dinner":       {with(pays("1"), func(s *Snapshot) { s.Kind = dining }), []string{"COST_PER_PERSON"}, never},
		"an unknown activity":        {with(fine(), func(s *Snapshot) { s.Activity = theActivity }), []string{"ACTIVITY_SCOPE"}, never},
		"a known activity":           {with(fine(), func(s *Snapshot) { s.Activity, s.ActivityFound = theActivity, true }), nil, 0},
		"a gift below the bound":     {gives(1, "100"), nil, 0},
		"a gift that needs approval": {gives(1, "100.01"), []string{"APPROVAL_REQUIRED"}, never},
		"an approved gift":           {approved("150", "150"), nil, 0},
		"more than approved":         {approved("150.01", "150"), []string{"APPROVAL_INVALID"}, never},
		"approved long ago":          {with(approved("150", "150"), func(s *Snapshot) { s.Now = s.Now.AddDate(0, 0, 91) }), []string{"APPROVAL_INVALID"}, never},
		"another's approval":         {with(approved("150", "150"), func(s *Snapshot) { s.Approval = nil }), []string{"APPROVAL_INVALID"}, never},
		"the dearest gift":           {approved("200", "300"), nil, 0},
		"too dear a gift":            {approved("200.01", "300"), []string{"BENEFIT_OCCASION"}, never},
		"the last gift of the year":  {with(gives(1, "100"), given(1, "400", 2026)), nil, 0},
		"one cent too much of them":  {with(gives(1, "100"), given(1, "400.01", 2026)), []string{"BENEFIT_YEAR"}, never},
		"those of the year before":   {with(gives(1, "100"), given(1, "500", 2025)), nil, 0},
		"those of another kind":      {with(gives(1, "100"), given(2, "500", 2026)), nil, 0},
		"a year's approval":          {with(gives(2, "100"), given(2, "150.01", 2026)), []string{"APPROVAL_REQUIRED"}, never},
		"others in dollars":          {with(gives(1, "1"), func(s *Snapshot) { given(1, "1", 2026)(s); s.Given[0].Currency = "USD" }), []string{"BENEFIT_CURRENCY"}, never},
		"cash":                       {gives(4, "0.01"), []string{"BENEFIT_BANNED"}, never},
		"what no rule limits":        {gives(3, "0.01"), []string{"BENEFIT_UNLIMITED"}, never},
		"where no rule holds":        {with(gives(1, "1"), func(s *Snapshot) { s.Territory = "us/west" }), []string{"BENEFIT_UNLIMITED"}, never},
		"to who is not met":          {with(gives(1, "1"), func(s *Snapshot) { s.Gifts[0].Person = theActivity }), []string{"BENEFIT_RECIPIENT"}, never},
		"a limit in dollars":         {with(gives(1, "1"), func(s *Snapshot) { s.Rules[0].Currency = "USD" }), []string{"BENEFIT_CURRENCY"}, never},
		"rules that have ended":      {with(gives(1, "1"), func(s *Snapshot) { end := s.Day; s.Rules[1].Expire = &end }), []string{"BENEFIT_UNLIMITED"}, never},
	}
}

// approved is a gift with an approval of so much.
func approved(cost, upTo string) *Snapshot {
	s := gives(1, cost)
	decided := s.Now
	s.Candidate.Approval = theApproval
	s.Approval = &compliance.Approval{
		ID: theApproval, State: compliance.StateApproved, Activity: int16(visiting), DecideTime: &decided,
		Gifts: []compliance.Gift{{Person: thePerson, Benefit: 1, Amount: amount(upTo), Currency: "CNY"}},
	}
	return s
}

func given(benefit compliance.Benefit, total string, year int) func(s *Snapshot) {
	return func(s *Snapshot) {
		s.Given = append(s.Given, Given{Person: thePerson, Benefit: benefit, Currency: "CNY", Year: year, Amount: amount(total)})
	}
}
