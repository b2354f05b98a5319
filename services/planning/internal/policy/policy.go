// Package policy is planning's own copy of segmentation's contact policies [客户接触政策]: how often whom, from when on. Segmentation is asked for them in the background, so that
// planning does not depend on its being there.
package policy

import (
	"time"

	"github.com/google/uuid"
)

// Period is what times are counted in; the numbers are those of the API.
type Period int16

// The periods.
const (
	Month Period = iota + 1
	Quarter
	HalfYear
	Year
)

// Months is how long a period is.
func (p Period) Months() int {
	switch p {
	case Month:
		return 1
	case Quarter:
		return 3
	case HalfYear:
		return 6
	case Year:
		return 12
	}
	return 12
}

// Policy is a published one, as far as planning needs it.
type Policy struct {
	ID         uuid.UUID `db:"policy_id"`
	FiscalYear int       `db:"fiscal_year"` // 0: counts in years that have none of their own
	Version    int       `db:"version"`
	Effective  time.Time `db:"effective_day"`
}

// InForce is the policy in force on a day of a fiscal year, nil if there is none: of the year's policies, or else of those for every year, the one that has come into effect
// last.
func InForce(all []Policy, day time.Time, fiscalYear int) *Policy {
	for _, year := range []int{fiscalYear, 0} {
		var found *Policy
		for i := range all {
			p := &all[i]
			if p.FiscalYear == year && !p.Effective.After(day) && (found == nil || p.Effective.After(found.Effective)) {
				found = p
			}
		}
		if found != nil {
			return found
		}
	}
	return nil
}

// Demand is how often a customer is to be contacted in some way under a policy.
type Demand struct {
	Customer uuid.UUID `db:"customer_id"`
	Policy   uuid.UUID `db:"policy_id"`
	Rule     string    `db:"rule_id"`
	Activity int16     `db:"activity"`
	Role     int16     `db:"role"`
	Times    int       `db:"times"`
	Period   Period    `db:"period"`
}
