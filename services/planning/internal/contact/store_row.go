package contact

import (
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// Contact is a row of contacts.
type Contact struct {
	ID
	Owner       string         `db:"owner"`
	Activity    int16          `db:"activity"`
	Role        int16          `db:"role"`
	Origin      Origin         `db:"origin"`
	Source      string         `db:"source"`
	WindowStart time.Time      `db:"window_start"`
	WindowEnd   time.Time      `db:"window_end"`
	Day         *time.Time     `db:"day"`
	StartTime   *time.Time     `db:"start_time"`
	Minutes     int32          `db:"minutes"`
	People      pq.StringArray `db:"people"`
	State       State          `db:"state"`
	Pinned      bool           `db:"pinned"`
	Obstacle    int16          `db:"obstacle"`
	Booked      *uuid.UUID     `db:"activity_id"`
	Purpose     string         `db:"purpose"`
	Outcome     string         `db:"outcome"`
	Responded   *bool          `db:"responded"`
	Reason      string         `db:"reschedule_note"`
	Author      string         `db:"author"`
	Revision    int64          `db:"revision"`
	CreateTime  time.Time      `db:"create_time"`
	UpdateTime  time.Time      `db:"update_time"`
	DoneTime    *time.Time     `db:"done_time"`

	// Seniors are those of People whom only MANAGER and above know.
	Seniors pq.StringArray `db:"seniors"`
}
