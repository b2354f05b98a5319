package preference

import (
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// Preference is what a person has said; Revision 0 is that nobody has said anything.
type Preference struct {
	Customer    uuid.UUID      `db:"customer_id"`
	Person      uuid.UUID      `db:"person_id"`
	MainContact bool           `db:"main_contact"`
	Liked       pq.Int32Array  `db:"liked_weekdays"` // 1 Monday to 7 Sunday
	From        *int32         `db:"from_minute"`    // of the day; nil with Until: any time
	Until       *int32         `db:"until_minute"`
	Refused     pq.Int32Array  `db:"refused_activities"`
	RefusedDays pq.StringArray `db:"refused_days"`
	Author      string         `db:"author"`
	Revision    int64          `db:"revision"`
	UpdateTime  *time.Time     `db:"update_time"`

	Senior bool `db:"senior"` // the person is known to MANAGER and above only
}
