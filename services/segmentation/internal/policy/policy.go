// Package policy is the customer policy [客户政策]: what each class, tier and grade of customers is entitled to, version by version, and what a version brings
// about. Rules of domain.md, 2.6.
//
// Rules see nothing of a customer but its Standing, and there are some two hundred different standings at most. So sets of customers are counted by standing in
// the database, and the rules are applied to the counts here: one implementation of the rules serves a single customer and a million.
package policy

import (
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// State says whether a policy counts; the numbers are those of the API.
type State int16

// The states.
const (
	Draft State = iota + 1
	Published
)

// Policy is one version.
type Policy struct {
	ID          uuid.UUID
	FiscalYear  int32 // 0: standing default
	Version     int32
	State       State
	Effective   *time.Time // midnight UTC of the business day
	LabelEn     string
	LabelZh     string
	Content     Content
	Author      string
	CreateTime  time.Time
	UpdateTime  time.Time
	Publisher   string
	PublishTime *time.Time
	Revision    int64
}

// Name is the resource name.
func (p *Policy) Name() string { return resource.Name("policies", p.ID) }

// Content is what a policy says. Its JSON is what is stored: names may not change.
type Content struct {
	Items []Item `json:"items"`
	Rules []Rule `json:"rules"`
}

// Item is a service of the catalogue.
type Item struct {
	ID     string `json:"id"`
	Group  int16  `json:"group"` // as in the API: 1 basic, 2 value-added, 3 exclusive, 4 custom
	NameEn string `json:"name_en"`
	NameZh string `json:"name_zh"`
}

// Rule says what customers of some standing are entitled to.
type Rule struct {
	ID          string      `json:"id"`
	LabelEn     string      `json:"label_en"`
	LabelZh     string      `json:"label_zh"`
	Priority    int32       `json:"priority"`
	Classes     []int16     `json:"classes,omitempty"`
	Tiers       []int16     `json:"tiers,omitempty"`
	Grades      []int16     `json:"grades,omitempty"` // 4 S, 3 A, 2 B, 1 C
	Statements  []Statement `json:"statements,omitempty"`
	Items       []string    `json:"items,omitempty"` // ids
	Staffing    *Staffing   `json:"staffing,omitempty"`
	Frequencies []Frequency `json:"frequencies,omitempty"`
	SLAFactor   string      `json:"sla_factor,omitempty"` // a decimal without needless zeros, so that equal ones are equal texts
}

// Statement is a part of the policy in words; its kind is a number of the API.
type Statement struct {
	Kind int16  `json:"kind"`
	En   string `json:"en"`
	Zh   string `json:"zh"`
}

// Staffing is how many customers one specialist looks after.
type Staffing struct {
	SpecialistEn string `json:"specialist_en"`
	SpecialistZh string `json:"specialist_zh"`
	Fewest       int32  `json:"fewest"`
	Most         int32  `json:"most"`
}

// Needed is how many specialists so many customers take.
func (v Staffing) Needed(customers int64) int64 {
	return (customers + int64(v.Most) - 1) / int64(v.Most)
}

// Frequency is how often customers are to be contacted at least; activity, role and period are numbers of the API.
type Frequency struct {
	Activity int16 `json:"activity"`
	Role     int16 `json:"role"`
	Times    int32 `json:"times"`
	Period   int16 `json:"period"`
}

// publishable says what forbids publishing a draft today. year is the fiscal year of its effective date.
func (p *Policy) publishable(today time.Time, year int) error {
	refuse := func(reason, en, zh string) error {
		return fault.New(codes.FailedPrecondition, reason, fault.Text{En: p.Name() + " " + en, Zh: p.Name() + " " + zh})
	}
	switch {
	case p.State != Draft:
		return publishedError(p)
	case len(p.Content.Rules) == 0:
		return refuse("NO_RULES", "has no rules", "没有规则")
	case p.Effective == nil:
		return refuse("EFFECTIVE_DATE_MISSING", "has no effective_date", "未填写 effective_date")
	case p.Effective.Before(today):
		return refuse("EFFECTIVE_DATE_PAST", "has an effective_date before today", "的 effective_date 早于今天")
	case p.FiscalYear != 0 && int(p.FiscalYear) != year:
		return refuse("EFFECTIVE_DATE_YEAR", "has an effective_date outside of its fiscal year", "的 effective_date 不在其财年内")
	}
	return nil
}

// publishedError says that a policy can no longer be changed.
func publishedError(p *Policy) error {
	return fault.New(codes.FailedPrecondition, "PUBLISHED", fault.Text{En: p.Name() + " is published and cannot be changed", Zh: p.Name() + " 已发布，不可更改"})
}
