// Package settings is the numbers that the profile service works by, kept as versions.
package settings

import (
	"time"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Settings is one version.
type Settings struct {
	Version                int32     `db:"version"`
	ExpectedOrderLeadDays  int32     `db:"expected_order_lead_days"`
	RhythmMinIntervals     int32     `db:"rhythm_min_intervals"`
	OverdueDeviationFactor float64   `db:"overdue_deviation_factor"`
	OverdueMedianFactor    float64   `db:"overdue_median_factor"`
	DeletedCustomerDays    int32     `db:"deleted_customer_days"`
	Author                 string    `db:"author"`
	CreateTime             time.Time `db:"create_time"`
}

// Check holds a version to the rules that the API's constraints cannot say: a partial update may leave a number out, a version may not.
func (s *Settings) Check() []fault.Violation {
	var wrong []fault.Violation
	if s.RhythmMinIntervals < 2 {
		wrong = append(wrong, fault.Field("rhythm_min_intervals", "RANGE", fault.Text{En: "must be at least 2: one interval is no rhythm", Zh: "不得小于 2：一个间隔不成规律"}))
	}
	if s.DeletedCustomerDays < 1 {
		wrong = append(wrong, fault.Field("deleted_customer_days", "RANGE", fault.Text{En: "must be at least 1", Zh: "不得小于 1"}))
	}
	return wrong
}

// KeptDeleted is how long a deleted customer can be undeleted.
func (s *Settings) KeptDeleted() time.Duration {
	return time.Duration(s.DeletedCustomerDays) * 24 * time.Hour
}

// same says whether another version has the same numbers.
func (s *Settings) same(t Settings) bool {
	t.Version, t.Author, t.CreateTime = s.Version, s.Author, s.CreateTime
	return *s == t
}
