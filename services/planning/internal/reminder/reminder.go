// Package reminder announces contacts whose time has come or is over [到期、逾期提醒], and asks for the messages whose day has come.
package reminder

import (
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// Mark is what has been announced of a contact; the numbers are those of the column announced.
type Mark int16

// The marks.
const (
	Nothing Mark = iota
	Due
	Overdue
)

// Message is the activity that the company's systems carry out; the number is that of the API.
const Message settings.Activity = 13

// Reminder is a contact of which something is to be announced.
type Reminder struct {
	Customer  uuid.UUID         `db:"customer_id"`
	ID        uuid.UUID         `db:"contact_id"`
	Owner     string            `db:"owner"`
	Activity  settings.Activity `db:"activity"`
	Day       *time.Time        `db:"day"` // nil: it has no place
	WindowEnd time.Time         `db:"window_end"`
	Mark      Mark              `db:"mark"` // what is announced
}
