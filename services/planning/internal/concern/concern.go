// Package concern is what of a customer is open and what those who meet it must know of, such as a complaint [投诉].
package concern

import (
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// DefaultSystem is the source system of a concern that names none.
const DefaultSystem = "default"

const (
	// caseSystem is the source system of concerns that are cases of voice; their source id is the name of the case.
	caseSystem = "voice"
	// nobody is the author of what no caller wrote.
	nobody = "guanxi"
)

// slack is how far the clock of another system may be ahead of ours.
const slack = 5 * time.Minute

// Concern is one of them.
type Concern struct {
	Customer     uuid.UUID  `db:"customer_id"`
	ID           uuid.UUID  `db:"concern_id"`
	SourceSystem string     `db:"source_system"`
	SourceID     string     `db:"source_id"`
	Major        bool       `db:"major"`
	Summary      string     `db:"summary"`
	OpenTime     time.Time  `db:"open_time"`
	ResolveTime  *time.Time `db:"resolve_time"`
	Author       string     `db:"author"`
	CreateTime   time.Time  `db:"create_time"`
}

// Name is the resource name.
func (c *Concern) Name() string { return Name(c.Customer, c.ID) }

// Name is the resource name of a concern.
func Name(customer, id uuid.UUID) string {
	return resource.Name("customers", customer, "concerns", id)
}

// changed are the names of the fields in which a concern is not what it was.
func (c *Concern) changed(before *Concern) (fields []string) {
	if c.Major != before.Major {
		fields = append(fields, "major")
	}
	if (c.ResolveTime == nil) != (before.ResolveTime == nil) {
		fields = append(fields, "resolve_time")
	}
	return fields
}

// Check holds a concern to its rules.
func (c *Concern) Check(now time.Time) []fault.Violation {
	if c.OpenTime.After(now.Add(slack)) || c.OpenTime.Year() < 1900 {
		return []fault.Violation{fault.Field("open_time", "RANGE", fault.Text{En: "must lie between the year 1900 and now", Zh: "须在 1900 年至现在之间"})}
	}
	return nil
}

// CheckResolved holds the time at which a concern was resolved to its rules.
func (c *Concern) CheckResolved(at, now time.Time) []fault.Violation {
	if at.Before(c.OpenTime) || at.After(now.Add(slack)) {
		return []fault.Violation{fault.Field("resolve_time", "RANGE", fault.Text{En: "must lie between open_time and now", Zh: "须在 open_time 与现在之间"})}
	}
	return nil
}
