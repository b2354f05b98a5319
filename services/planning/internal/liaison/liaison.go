// Package liaison is the organization interface [组织对接]: who of ours faces whom of theirs, department by department and level by level.
package liaison

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// Rank is how high somebody stands; the numbers are those of the API.
type Rank int16

// Liaison is one of ours facing one department of theirs.
type Liaison struct {
	Customer      uuid.UUID  `db:"customer_id"`
	ID            uuid.UUID  `db:"liaison_id"`
	Department    string     `db:"department"`
	Rank          Rank       `db:"rank"`
	Person        *uuid.UUID `db:"person_id"` // nil: the department as such
	Colleague     string     `db:"colleague"`
	OwnDepartment string     `db:"own_department"`
	Note          string     `db:"note"`
	Revision      int64      `db:"revision"`
	CreateTime    time.Time  `db:"create_time"`
	UpdateTime    time.Time  `db:"update_time"`
}

func (l *Liaison) name() string { return resource.Name("customers", l.Customer, "liaisons", l.ID) }

// Check holds a liaison to the rules that a partial update may break.
func (l *Liaison) Check() []fault.Violation {
	var wrong []fault.Violation
	for _, c := range []struct {
		missing bool
		field   string
	}{{l.Department == "", "department"}, {l.Rank == 0, "rank"}, {l.Colleague == "", "colleague"}} {
		if c.missing {
			wrong = append(wrong, fault.Field(c.field, "REQUIRED", fault.Text{En: "must be given", Zh: "必须填写"}))
		}
	}
	return wrong
}

// tidy cuts what surrounds a department's name: two that read the same are the same.
func (l *Liaison) tidy() { l.Department = strings.TrimSpace(l.Department) }
