package gate

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/money"
	"github.com/guanxi-crm/guanxi/services/planning/internal/budget"
	"github.com/guanxi-crm/guanxi/services/planning/internal/compliance"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

var (
	theCustomer = uuid.MustParse("00000000-0000-7000-8000-000000000001")
	thePerson   = uuid.MustParse("00000000-0000-7000-8000-000000000002")
	theBudget   = uuid.MustParse("00000000-0000-7000-8000-000000000003")
	theApproval = uuid.MustParse("00000000-0000-7000-8000-000000000004")
	theActivity = uuid.MustParse("00000000-0000-7000-8000-000000000005")
)

const (
	visiting settings.Activity = iota + 1
	dining
	calling
	ringing // needs that consent was granted
	unknown
)

func amount(text string) decimal.Decimal { return decimal.RequireFromString(text) }

func limited(benefit compliance.Benefit, measure compliance.Measure, limit, above string) *compliance.Rule {
	r := &compliance.Rule{ID: uuid.New(), Jurisdiction: "CN", Benefit: benefit, Measure: measure, Currency: "CNY", LabelEn: "rule", LabelZh: "规则"}
	if limit != "" {
		r.Limit = decimal.NewNullDecimal(amount(limit))
	}
	if above != "" {
		r.ApprovalAbove = decimal.NewNullDecimal(amount(above))
	}
	return r
}

// fine is a visit of an hour on Tuesday that breaks nothing.
func fine() *Snapshot {
	weekdays := [7]bool{false, true, true, true, true, true, false}
	return &Snapshot{
		Candidate: &Candidate{
			Customer: theCustomer, Kind: visiting, People: []uuid.UUID{thePerson}, Day: monday.AddDate(0, 0, 1), Minutes: 60, Owner: "bob",
		},
		Now: monday.Add(9 * time.Hour), Today: monday, Territory: "cn/south",
		Numbers: &settings.Numbers{
			FiscalYearStart: time.January,
			Kinds: map[settings.Activity]settings.Kind{
				visiting: {Minutes: 60, Minimum: settings.NotAccepting},
				dining:   {Minutes: 60, Minimum: settings.Neutral, Hospitality: true},
				calling:  {Minimum: settings.NotAccepting, Media: []settings.Medium{1, 2}},
				ringing:  {Minimum: settings.Support, Media: []settings.Medium{1}, ConsentRequired: true},
			},
			Fatigue: []settings.FatigueLimit{
				{ID: "person", Scope: settings.PerPerson, Days: 7, Most: 2},
				{ID: "customer", Scope: settings.PerCustomer, Days: 3, Most: 3},
				{ID: "calls", Scope: settings.PerPerson, Activities: map[settings.Activity]bool{calling: true}, Days: 30, Most: 1},
			},
			ConcernBlocked: map[settings.Activity]bool{dining: true},
		},
		People: map[uuid.UUID]*Person{thePerson: {}},
		Owner:  &Owner{Calendar: &settings.Calendar{Weekdays: weekdays}, Daily: 240, Load: map[time.Time]int32{}},
		Rules: compliance.Rules{
			limited(1, compliance.PerOccasion, "200", "100"), limited(1, compliance.PerYear, "500", ""),
			limited(2, compliance.PerOccasion, "300", ""), limited(2, compliance.PerYear, "300", "250"), limited(4, compliance.Banned, "", ""),
		},
	}
}

// pays is fine with something that costs.
func pays(cost string) *Snapshot {
	s := fine()
	s.Candidate.Budget = theBudget
	s.Other = money.Money{Amount: amount(cost), Currency: "CNY"}
	s.Budget = &budget.Budget{ID: theBudget, FiscalYear: 2026, Currency: "CNY", Amount: amount("1000"), Committed: amount("300"), Actual: amount("200.50")}
	return s
}

// gives is fine with something that is given.
func gives(benefit compliance.Benefit, cost string) *Snapshot {
	s := pays("0")
	s.Gifts = []compliance.Gift{{Person: thePerson, Benefit: benefit, Amount: amount(cost), Currency: "CNY"}}
	return s
}

func with(s *Snapshot, change func(s *Snapshot)) *Snapshot {
	change(s)
	return s
}

func met(days ...int) []Contact {
	var out []Contact
	for _, d := range days {
		out = append(out, Contact{ID: uuid.New(), Day: monday.AddDate(0, 0, d), Kind: visiting, People: []uuid.UUID{thePerson}})
	}
	return out
}

// never is the earliest day of what waiting does not help against.
const never = -1

type ruleCase struct {
	snapshot *Snapshot
	broken   []string
	earliest int // days after Monday; of what is broken
}

func contactCases() map[string]ruleCase {
	return map[string]ruleCase{
		"a visit":       {fine(), nil, 0},
		"today":         {with(fine(), func(s *Snapshot) { s.Day = monday }), nil, 0},
		"yesterday":     {with(fine(), func(s *Snapshot) { s.Day = monday.AddDate(0, 0, -3) }), []string{"DAY_PAST"}, 0},
		"on a Saturday": {with(fine(), func(s *Snapshot) { s.Day = monday.AddDate(0, 0, 5) }), []string{"WORKING_DAY"}, 7},
		"on a Saturday, by nobody": {with(fine(), func(s *Snapshot) {
			s.Day, s.Minutes, s.Candidate.Owner, s.Owner = monday.AddDate(0, 0, 5), 0, "", nil
		}), nil, 0},
		"by nobody, taking time": {with(fine(), func(s *Snapshot) { s.Candidate.Owner, s.Owner = "", nil }), []string{"OWNER_MISSING"}, never},
		"on leave": {with(fine(), func(s *Snapshot) {
			s.Owner.Absent = []Span{{First: monday.AddDate(0, 0, 1), Next: monday.AddDate(0, 0, 3)}}
		}), []string{"OWNER_ABSENT"}, 3},
		"back from leave": {with(fine(), func(s *Snapshot) { s.Owner.Absent = []Span{{First: monday, Next: monday.AddDate(0, 0, 1)}} }), nil, 0},
		"the last hour":   {with(fine(), func(s *Snapshot) { s.Owner.Load[s.Day] = 180 }), nil, 0},
		"a minute more": {with(fine(), func(s *Snapshot) {
			s.Owner.Load[s.Day], s.Owner.Load[s.Day.AddDate(0, 0, 1)] = 181, 240
		}), []string{"CAPACITY"}, 3},
		"what nobody lists":      {with(fine(), func(s *Snapshot) { s.Kind = unknown }), []string{"ACTIVITY_UNKNOWN"}, never},
		"whom nobody knows":      {with(fine(), func(s *Snapshot) { s.People = nil }), []string{"PERSON_UNKNOWN"}, never},
		"a neutral person dines": {with(fine(), func(s *Snapshot) { s.Kind = dining }), nil, 0},
		"who does not accept us dines not": {with(fine(), func(s *Snapshot) {
			s.Kind, s.People[thePerson].Rung = dining, settings.NotAccepting
		}), []string{"LADDER"}, never},
		"a denied medium of two": {with(fine(), func(s *Snapshot) { s.Kind, s.People[thePerson].Denied = calling, []settings.Medium{1} }), nil, 0},
		"all media denied": {with(fine(), func(s *Snapshot) {
			s.Kind, s.People[thePerson].Denied = calling, []settings.Medium{2, 1}
		}), []string{"CONSENT"}, never},
		"granted and supportive": {with(fine(), func(s *Snapshot) {
			s.Kind, s.People[thePerson] = ringing, &Person{Rung: settings.Support, Granted: []settings.Medium{1}}
		}), nil, 0},
		"granted for another medium": {with(fine(), func(s *Snapshot) {
			s.Kind, s.People[thePerson] = ringing, &Person{Rung: settings.Support, Granted: []settings.Medium{2}}
		}), []string{"CONSENT"}, never},
		"nobody in particular":         {with(fine(), func(s *Snapshot) { s.Candidate.People = nil }), nil, 0},
		"nobody in particular is rung": {with(fine(), func(s *Snapshot) { s.Kind, s.Candidate.People = ringing, nil }), []string{"LADDER", "CONSENT"}, never},
		"a minor concern":              {with(fine(), func(s *Snapshot) { s.Kind, s.Concerns = dining, []Concern{{Day: monday}} }), nil, 0},
		"a major concern":              {with(fine(), func(s *Snapshot) { s.Kind, s.Concerns = dining, []Concern{{Major: true, Day: monday}} }), []string{"CONCERN"}, never},
		"a visit with a major concern": {with(fine(), func(s *Snapshot) { s.Concerns = []Concern{{Major: true, Day: monday}} }), nil, 0},
	}
}

func fatigueCases() map[string]ruleCase {
	return map[string]ruleCase{
		"the second within the week": {with(fine(), func(s *Snapshot) { s.Contacts = met(2) }), nil, 0},
		"the third within the week":  {with(fine(), func(s *Snapshot) { s.Contacts = met(2, 7) }), []string{"FATIGUE"}, 9},
		"the third, a day later":     {with(fine(), func(s *Snapshot) { s.Contacts = met(2, 8) }), nil, 0},
		"around it":                  {with(fine(), func(s *Snapshot) { s.Contacts = met(-2, 4) }), []string{"FATIGUE"}, 7},
		"around it, a day apart":     {with(fine(), func(s *Snapshot) { s.Contacts = met(-3, 4) }), nil, 0},
		"of somebody else": {with(fine(), func(s *Snapshot) {
			s.Contacts = met(2, 3)
			s.Contacts[0].People = []uuid.UUID{uuid.New()}
		}), nil, 0},
		"the customer's fourth within three days": {with(fine(), func(s *Snapshot) {
			s.Contacts = met(0, 1, 2)
			for i := range s.Contacts {
				s.Contacts[i].People = nil
			}
		}), []string{"FATIGUE"}, 3},
		"the customer's third, and it complained": {with(fine(), func(s *Snapshot) {
			s.Contacts, s.Concerns = met(0, 2), []Concern{{Day: monday.AddDate(0, 0, 1)}}
			s.Contacts[0].People, s.Contacts[1].People = nil, nil
		}), []string{"FATIGUE"}, 3},
		"a call after a visit": {with(fine(), func(s *Snapshot) { s.Kind, s.Contacts = calling, met(0) }), nil, 0},
		"a second call": {with(fine(), func(s *Snapshot) {
			s.Kind, s.Contacts = calling, met(-28)
			s.Contacts[0].Kind = calling
		}), []string{"FATIGUE"}, 2},
	}
}

func TestEachRuleAtItsBound(t *testing.T) {
	t.Parallel()
	for _, cases := range []map[string]ruleCase{contactCases(), fatigueCases(), costCases()} {
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				d := c.snapshot.Decide()
				var got []string
				for _, f := range d.Failures {
					got = append(got, f.Rule)
					require.NotEmpty(t, f.Text.En)
					require.NotEmpty(t, f.Text.Zh)
				}
				require.Equal(t, c.broken, got)
				if len(c.broken) == 0 || c.earliest == never {
					require.Nil(t, d.Earliest)
					return
				}
				require.NotNil(t, d.Earliest)
				require.Equal(t, monday.AddDate(0, 0, c.earliest).Format(time.DateOnly), d.Earliest.Format(time.DateOnly))
				c.snapshot.Day = *d.Earliest
				again := c.snapshot.Decide()
				require.True(t, again.Granted(), "what is called the earliest day is permitted")
			})
		}
	}
}
