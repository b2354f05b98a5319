package gate

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/services/planning/internal/concern"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

func text(en, zh string) fault.Text { return fault.Text{En: en, Zh: zh} }

func (s *Snapshot) person(id uuid.UUID) string {
	return resource.Name("customers", s.Customer, "people", id)
}

func (s *Snapshot) kind() (settings.Kind, bool) {
	kind, ok := s.Numbers.Kinds[s.Kind]
	return kind, ok
}

func checkPast(s *Snapshot, day time.Time) []Failure {
	if !day.Before(s.Today) {
		return nil
	}
	return []Failure{{Rule: "DAY_PAST", Subject: aggregate.Name(s.Customer), Text: text("the day is past", "日期已过")}}
}

// checkKind refuses ways of contact that settings do not list: nobody has said what they take and permit.
func checkKind(s *Snapshot, _ time.Time) []Failure {
	if _, ok := s.kind(); ok {
		return nil
	}
	return []Failure{{
		Rule: "ACTIVITY_UNKNOWN", Subject: aggregate.Name(s.Customer), Text: text("the way of contact is not listed in the settings", "设置中未列出该接触方式"),
	}}
}

// checkPeople refuses persons of whom nothing has been heard, or that the caller may not know of: neither their consent nor the relationship to them is known.
func checkPeople(s *Snapshot, _ time.Time) []Failure {
	var out []Failure
	for _, id := range s.Candidate.People {
		if s.People[id] == nil {
			out = append(out, Failure{Rule: "PERSON_UNKNOWN", Subject: s.person(id), Text: text("nothing is known of this person", "未知的联系人")})
		}
	}
	return out
}

// checkLadder asks that each person met has come far enough [活动阶梯]. Who was not evaluated counts as neutral, and so does nobody in particular.
func checkLadder(s *Snapshot, _ time.Time) []Failure {
	kind, ok := s.kind()
	if !ok {
		return nil
	}
	refuse := func(subject string) Failure {
		return Failure{Rule: "LADDER", Subject: subject, Text: text(
			kind.LabelEn+" is not permitted at this stage of the relationship", "当前关系阶段不允许“"+kind.LabelZh+"”")}
	}
	var out []Failure
	for _, id := range s.Candidate.People {
		p := s.People[id]
		if p == nil {
			continue
		}
		rung := p.Rung
		if rung == 0 {
			rung = settings.Neutral
		}
		if rung < kind.Minimum {
			out = append(out, refuse(s.person(id)))
		}
	}
	if len(s.Candidate.People) == 0 && settings.Neutral < kind.Minimum {
		out = append(out, refuse(aggregate.Name(s.Customer)))
	}
	return out
}

// checkConsent asks that each person can be reached by a medium of the way of contact that he has not denied, or has granted where that is asked for.
func checkConsent(s *Snapshot, _ time.Time) []Failure {
	kind, ok := s.kind()
	if !ok || len(kind.Media) == 0 {
		return nil
	}
	refused := text("there is no consent to "+kind.LabelEn, "未同意接受“"+kind.LabelZh+"”")
	var out []Failure
	for _, id := range s.Candidate.People {
		if p := s.People[id]; p != nil && !p.consents(kind) {
			out = append(out, Failure{Rule: "CONSENT", Subject: s.person(id), Text: refused})
		}
	}
	if len(s.Candidate.People) == 0 && kind.ConsentRequired {
		out = append(out, Failure{Rule: "CONSENT", Subject: aggregate.Name(s.Customer), Text: refused})
	}
	return out
}

func (p *Person) consents(kind settings.Kind) bool {
	return slices.ContainsFunc(kind.Media, func(m settings.Medium) bool {
		return !slices.Contains(p.Denied, m) && (!kind.ConsentRequired || slices.Contains(p.Granted, m))
	})
}

// checkConcern refuses some ways of contact while a major concern is open. When that ends nobody can tell.
func checkConcern(s *Snapshot, _ time.Time) []Failure {
	if !s.Numbers.ConcernBlocked[s.Kind] {
		return nil
	}
	var out []Failure
	for _, c := range s.Concerns {
		if c.Major {
			out = append(out, Failure{Rule: "CONCERN", Subject: concern.Name(s.Customer, c.ID), Text: text(
				"not while a major concern of the customer is open", "客户有未解决的重大问题，期间不允许此类接触")})
		}
	}
	return out
}

// checkFatigue holds to the limits of what the customer and each person bear [接触疲劳]: in every window of a limit's days around the day.
func checkFatigue(s *Snapshot, day time.Time) []Failure {
	var out []Failure
	for _, l := range s.Numbers.Fatigue {
		if len(l.Activities) > 0 && !l.Activities[s.Kind] {
			continue
		}
		if l.Scope == settings.PerCustomer {
			if f := s.tired(l, day, aggregate.Name(s.Customer), uuid.Nil); f != nil {
				out = append(out, *f)
			}
			continue
		}
		for _, id := range s.Candidate.People {
			if f := s.tired(l, day, s.person(id), id); f != nil {
				out = append(out, *f)
			}
		}
	}
	return out
}

// tired judges one limit of the customer (person Nil) or a person.
func (s *Snapshot) tired(l settings.FatigueLimit, day time.Time, subject string, person uuid.UUID) *Failure {
	near := s.near(l, day, person)
	worst, first := 0, time.Time{}
	starts := []time.Time{day} // the fullest window begins with a contact
	for i := range near {
		starts = append(starts, near[i].Day)
	}
	for _, start := range starts {
		if start.After(day) {
			continue
		}
		if n := len(inWindow(near, start, l.Days)) + 1; n > worst {
			worst, first = n, start
		}
	}
	if worst <= int(l.Most) {
		return nil
	}
	f := &Failure{Rule: "FATIGUE", Subject: subject, Detail: l.ID}
	planned := 0
	for _, c := range inWindow(near, first, l.Days) {
		if c.Planned {
			planned++
			if !c.Hidden {
				f.Planned = append(f.Planned, c.ID)
			}
		}
	}
	f.Text = text(
		fmt.Sprintf("it would be contact %d within %d days, of which %d are bearable; %d of the others are merely planned", worst, l.Days, l.Most, planned),
		fmt.Sprintf("这将是 %d 天内的第 %d 次接触，上限为 %d 次；其他接触中有 %d 次仅为计划", l.Days, worst, l.Most, planned))
	return f
}

// near are the contacts that share a window of the limit with the day. An open concern counts like a contact of the customer on the day it was opened: whoever complains has had
// his share of us.
func (s *Snapshot) near(l settings.FatigueLimit, day time.Time, person uuid.UUID) []Contact {
	from, to := day.AddDate(0, 0, 1-int(l.Days)), day.AddDate(0, 0, int(l.Days)-1)
	var out []Contact
	for _, c := range s.Contacts {
		counts := !c.Day.Before(from) && !c.Day.After(to) && (len(l.Activities) == 0 || l.Activities[c.Kind]) &&
			(person == uuid.Nil || slices.Contains(c.People, person))
		if counts {
			out = append(out, c)
		}
	}
	if person != uuid.Nil || len(l.Activities) > 0 {
		return out
	}
	for _, c := range s.Concerns {
		if !c.Day.Before(from) && !c.Day.After(to) {
			out = append(out, Contact{ID: c.ID, Day: c.Day})
		}
	}
	return out
}

func inWindow(contacts []Contact, start time.Time, days int32) []Contact {
	end := start.AddDate(0, 0, int(days))
	var out []Contact
	for _, c := range contacts {
		if !c.Day.Before(start) && c.Day.Before(end) {
			out = append(out, c)
		}
	}
	return out
}
