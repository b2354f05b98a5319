package plan

import (
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	pb "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/money"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// binder makes a book of a plan. What is above the reader's level has been taken out of the plan already; his level says which parts are left out instead of being empty.
type binder struct {
	Tongue
	plan   *planningv1.Plan
	facts  *bookFacts
	level  typev1.Level
	zone   *time.Location
	levels map[string]planningv1.EvaluationLevel // the baselines, by subject
}

func bind(p *planningv1.Plan, facts *bookFacts, tongue Tongue, level typev1.Level, now time.Time, zone *time.Location) *Book {
	b := &binder{Tongue: tongue, plan: p, facts: facts, level: level, zone: zone, levels: map[string]planningv1.EvaluationLevel{}}
	for _, a := range append([]*planningv1.RelationshipAnalysis{p.GetOrganizationAnalysis()}, append(p.GetKeyPersonAnalyses(), p.GetDepartmentAnalyses()...)...) {
		b.levels[a.GetPerson()+strings.ToLower(a.GetDepartment())] = a.GetBaseline()
	}
	inForce := p.GetState() == planningv1.Plan_APPROVED
	book := &Book{
		Tongue: tongue, Title: b.say(bookTitle), Customer: facts.Customer, State: b.say(stateLabels[p.GetState()]), InForce: inForce, Nothing: b.say(nothing),
		Facts: b.head(now), Signed: []string{b.say(signIssuer), b.say(signReceiver), b.say(signDate)},
	}
	for i, parts := range [][]Part{b.market(), b.analysis(), b.goals(), b.execution()} {
		if len(parts) > 0 {
			book.Steps = append(book.Steps, Step{Label: b.say(stepLabels[i]), Title: b.say(stepTitles[i]), Parts: parts})
		}
	}
	if !inForce {
		book.Notes = append(book.Notes, b.say(noteDraft))
	}
	if level >= typev1.Level_MANAGER {
		book.Notes = append(book.Notes, b.say(notePeople))
	}
	if level < typev1.Level_EXECUTIVE {
		book.Notes = append(book.Notes, b.say(noteLevel))
	}
	return book
}

func (b *binder) head(now time.Time) []Fact {
	facts := []Fact{
		{b.say(factCustomer), b.facts.Customer},
		{b.say(factYear), strconv.Itoa(int(b.plan.GetFiscalYear()))},
		{b.say(factVersion), strconv.Itoa(int(b.plan.GetVersion()))},
		{b.say(factState), b.say(stateLabels[b.plan.GetState()])},
		{b.say(factAuthor), strings.Join(b.plan.GetEditors(), b.say(label{"、", ", "}))},
	}
	for _, f := range []Fact{
		{b.say(factApprover), b.plan.GetApprover()}, {b.say(factApproved), b.time(b.plan.GetApproveTime())}, {b.say(factReason), b.plan.GetRevisionReason()},
	} {
		if f.Value != "" {
			facts = append(facts, f)
		}
	}
	return append(facts, Fact{b.say(factPrinted), now.In(b.zone).Format(time.DateOnly)})
}

// wanted is a column before it is put into words.
type wanted struct {
	label label
	width Width
}

func (b *binder) columns(columns ...wanted) []Column {
	out := make([]Column, len(columns))
	for i, c := range columns {
		out[i] = Column{Label: b.say(c.label), Width: c.width}
	}
	return out
}

func (b *binder) market() []Part {
	targets := Part{Title: b.say(partTargets), Columns: b.columns(wanted{columnKind, Narrow}, wanted{columnSubject, Middle}, wanted{columnBaseline, Figure}, wanted{columnTarget, Figure}, wanted{columnText, Wide})}
	for _, t := range b.plan.GetMarketTargets() {
		unit := t.GetUnit()
		if t.GetKind() == planningv1.MarketTarget_SHARE {
			unit = "%"
		}
		targets.Rows = append(targets.Rows, []string{
			b.say(targetLabels[t.GetKind()]), t.GetSubject(), figure(t.GetBaseline(), unit, t.GetBaselineAmount()), figure(t.GetTarget(), unit, t.GetTargetAmount()),
			t.GetDescription(),
		})
	}
	if b.level < typev1.Level_EXECUTIVE {
		return []Part{targets}
	}
	profits := Part{Title: b.say(partProfits), Columns: b.columns(wanted{columnSubject, Middle}, wanted{columnBaseline, Figure}, wanted{columnTarget, Figure}, wanted{columnText, Wide})}
	for _, t := range b.plan.GetProfitTargets() {
		profits.Rows = append(profits.Rows, []string{t.GetSubject(), figure("", "", t.GetBaselineAmount()), figure("", "", t.GetTargetAmount()), t.GetDescription()})
	}
	return []Part{targets, profits}
}

func (b *binder) analysis() []Part {
	if b.level < typev1.Level_MANAGER {
		return nil
	}
	organization := Part{Title: b.say(partOrganized), Columns: b.columns(wanted{factCustomer, Middle}, wanted{columnBaseline, Narrow}, wanted{columnAnalysis, Wide})}
	if a := b.plan.GetOrganizationAnalysis(); a != nil {
		organization.Rows = [][]string{{b.facts.Customer, b.say(levelLabels[a.GetBaseline()]), a.GetAnalysis()}}
	}
	people := Part{Title: b.say(partKeyPersons), Columns: b.columns(wanted{columnPerson, Middle}, wanted{columnBaseline, Narrow}, wanted{columnAnalysis, Wide})}
	for _, a := range b.plan.GetKeyPersonAnalyses() {
		people.Rows = append(people.Rows, []string{b.person(a.GetPerson()), b.say(levelLabels[a.GetBaseline()]), a.GetAnalysis()})
	}
	departments := Part{Title: b.say(partDepartments), Columns: b.columns(wanted{columnDepartment, Middle}, wanted{columnBaseline, Narrow}, wanted{columnAnalysis, Wide})}
	for _, a := range b.plan.GetDepartmentAnalyses() {
		departments.Rows = append(departments.Rows, []string{a.GetDepartment(), b.say(levelLabels[a.GetBaseline()]), a.GetAnalysis()})
	}
	return []Part{organization, people, departments}
}

// person shows somebody by position, department and id: planning has no names.
func (b *binder) person(name string) string {
	id := path.Base(name)
	known := b.facts.People[id]
	return strings.Join(filled(strings.Join(filled(known.Position, known.Department), " / "), id), "\n")
}

func filled(texts ...string) []string {
	var out []string
	for _, t := range texts {
		if t != "" {
			out = append(out, t)
		}
	}
	return out
}

func (b *binder) time(at *timestamppb.Timestamp) string {
	if at == nil {
		return ""
	}
	return at.AsTime().In(b.zone).Format("2006-01-02 15:04")
}

// figure is a number with its unit, or an amount.
func figure(number, unit string, sum *pb.Money) string {
	if sum != nil {
		if m, err := money.FromProto(sum); err == nil { // it was read so when it came
			return grouped(m.Amount) + " " + m.Currency
		}
	}
	d, err := decimal.NewFromString(number)
	switch {
	case err != nil:
		return ""
	case unit == "%":
		return grouped(d) + "%"
	default:
		return strings.TrimSpace(grouped(d) + " " + unit)
	}
}

// grouped writes a number exactly, its thousands apart.
func grouped(d decimal.Decimal) string {
	const group = 3
	whole, fraction, _ := strings.Cut(d.Abs().String(), ".")
	for at := len(whole) - group; at > 0; at -= group {
		whole = whole[:at] + "," + whole[at:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if d.IsNegative() {
		return "-" + whole
	}
	return whole
}

func (b *binder) day(m *planningv1.Measure) string {
	if day, ok := civil.Day(m.GetDueDate()); ok {
		return day.Format(time.DateOnly)
	}
	return ""
}
