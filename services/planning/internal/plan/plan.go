// Package plan is the relationship plan of a customer for a fiscal year [客户关系规划]: market targets, analysis, goals with measures, execution; in versions.
package plan

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/money"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// The numbers of these are those of the API.
type (
	// State is where a version stands.
	State int16
	// Kind is what kind of relationship something is about.
	Kind int16
	// TargetKind is what a market target is about.
	TargetKind int16
	// MeasureState is what has come of a measure.
	MeasureState int16
	// Responsibility is what somebody has to do with a measure.
	Responsibility int16
	// Level is the level of a relationship, 0 where there is none.
	Level int16
)

// The states.
const (
	Draft State = iota + 1
	Approved
	Superseded
)

// The kinds.
const (
	KeyPerson Kind = iota + 1
	Organization
	Extensive
)

// Share is the market target whose figures are percent.
const Share TargetKind = 2

// Measures are planned until something else is reported, and done at last.
const (
	Planned MeasureState = 1
	Done    MeasureState = 3
)

// The responsibilities that the rules name.
const (
	Responsible Responsibility = 1
	Accountable Responsibility = 2
)

// Plan is one version.
type Plan struct {
	Customer       uuid.UUID  `db:"customer_id"`
	ID             uuid.UUID  `db:"plan_id"`
	FiscalYear     int        `db:"fiscal_year"`
	Version        int32      `db:"version"`
	State          State      `db:"state"`
	Author         string     `db:"author"`
	Approver       string     `db:"approver"`
	RevisionReason string     `db:"revision_reason"`
	Revision       int64      `db:"revision"`
	CreateTime     time.Time  `db:"create_time"`
	UpdateTime     time.Time  `db:"update_time"`
	ApproveTime    *time.Time `db:"approve_time"`
	Content        `db:"-"`
	Progress       map[string]Progress `db:"-"` // by measure, of those that have been reported
	Editors        []string            `db:"-"` // the author first
	Reports        []Report            `db:"-"` // the latest first
}

// Content is what a version says.
type Content struct {
	Targets   []Target   `json:"targets"`
	Profits   []Profit   `json:"profits"`
	Analyses  []Analysis `json:"analyses"`
	Goals     []Goal     `json:"goals"`
	Strategy  string     `json:"strategy"`
	Measures  []Measure  `json:"measures"`
	Execution Execution  `json:"execution"`
}

// Figures are from where to where, in numbers or in money; what is not stated is nil.
type Figures struct {
	Baseline       *decimal.Decimal `json:"baseline,omitempty"`
	Target         *decimal.Decimal `json:"target,omitempty"`
	BaselineAmount *money.Money     `json:"baseline_amount,omitempty"`
	TargetAmount   *money.Money     `json:"target_amount,omitempty"`
}

// Target is something to be reached in the market.
type Target struct {
	Kind        TargetKind `json:"kind"`
	Subject     string     `json:"subject"`
	Unit        string     `json:"unit"`
	Description string     `json:"description"`
	Figures
}

// Profit is what is to be earned, in money.
type Profit struct {
	Subject     string `json:"subject"`
	Description string `json:"description"`
	Figures
}

// Subject is whom a relationship is to: a person, a department, or else the organization.
type Subject struct {
	Kind       Kind      `json:"kind"`
	Person     uuid.UUID `json:"person"`
	Department string    `json:"department"`
}

// folded is the subject as it is compared.
func (s Subject) folded() Subject {
	s.Department = strings.ToLower(s.Department)
	return s
}

// Analysis is where a relationship stands.
type Analysis struct {
	Subject
	Evaluation uuid.UUID `json:"evaluation"` // nil: none
	Baseline   Level     `json:"baseline"`
	Text       string    `json:"text"`
}

// Goal is what a relationship is to become.
type Goal struct {
	Subject
	Target   Level    `json:"target"`
	Text     string   `json:"text"`
	Measures []string `json:"measures"`
}

// Measure is something that is done.
type Measure struct {
	ID           string       `json:"id"`
	Description  string       `json:"description"`
	Relationship Kind         `json:"relationship"` // 0: of none in particular
	Assignments  []Assignment `json:"assignments"`
	Due          *time.Time   `json:"due,omitempty"`
	Budget       string       `json:"budget"`
}

// Assignment is a cell of the responsibility matrix.
type Assignment struct {
	Subject        string         `json:"subject"`
	Responsibility Responsibility `json:"responsibility"`
}

// Execution is how a plan is carried out and watched.
type Execution struct {
	Organization string `json:"organization"`
	Monitoring   string `json:"monitoring"`
	Evaluation   string `json:"evaluation"`
}

// Progress is where a measure stands.
type Progress struct {
	State   MeasureState `json:"state"`
	Percent int32        `json:"percent"`
}

// Report is what came of a measure.
type Report struct {
	Measure string       `db:"measure"`
	State   MeasureState `db:"state"`
	Percent int32        `db:"percent"`
	Note    string       `db:"note"`
	Version int32        `db:"version"`
	Author  string       `db:"author"`
	Time    time.Time    `db:"report_time"`
}

func (p *Plan) name() string     { return resource.Name("plans", p.ID) }
func (p *Plan) customer() string { return resource.Name("customers", p.Customer) }

// standing is where a measure stands.
func (p *Plan) standing(measure string) Progress {
	if at, reported := p.Progress[measure]; reported {
		return at
	}
	return Progress{State: Planned}
}

// edited notes who has written a draft.
func (p *Plan) edited(by string) {
	if !slices.Contains(p.Editors, by) {
		p.Editors = append(p.Editors, by)
	}
}

// Revise is the draft that takes the place of p some day.
func (p *Plan) Revise(author, reason string) *Plan {
	return &Plan{
		Customer: p.Customer, FiscalYear: p.FiscalYear, Version: p.Version + 1, State: Draft, Author: author, RevisionReason: reason, Content: p.Content,
		Editors: []string{author},
	}
}

// Succeed takes over where the measures of the version before stand. Reports of measures that are no longer there stay in the reports.
func (p *Plan) Succeed(before *Plan) {
	p.Progress = map[string]Progress{}
	for _, m := range p.Measures {
		if at, reported := before.Progress[m.ID]; reported {
			p.Progress[m.ID] = at
		}
	}
}

// Take records a report.
func (p *Plan) Take(r Report) {
	progress := map[string]Progress{r.Measure: {State: r.State, Percent: r.Percent}}
	for id, at := range p.Progress {
		if id != r.Measure {
			progress[id] = at
		}
	}
	p.Progress = progress
}
