// Package policy is what planning keeps of segmentation's contact policies [客户接触政策] beside its copy of them (libs/policybook): how often whom.
package policy

import "github.com/google/uuid"

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
