// Package policybook is a service's own copy of segmentation's published policies [客户政策]: segmentation is asked for them in the background, so that the service does not depend
// on its being there. What of their rules the service needs it keeps itself.
//
// It asks of the service's database the tables
//
//	policies (policy_id uuid primary key, fiscal_year integer, version integer, effective_day date)
//	policy_wishes (wish_id bigint generated always as identity primary key)
//
// of which the second is best made with a row, since nothing is known at first.
package policybook

import (
	"time"

	"github.com/google/uuid"
)

// Published is the subject of the event that says that segmentation is to be asked again.
const Published = "guanxi.segmentation.policy.published.v1"

// Policy is a published one, without its rules. What is published is never changed.
type Policy struct {
	ID         uuid.UUID `db:"policy_id"`
	FiscalYear int       `db:"fiscal_year"` // 0: counts in years that have none of their own
	Version    int       `db:"version"`
	Effective  time.Time `db:"effective_day"` // a midnight UTC
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
