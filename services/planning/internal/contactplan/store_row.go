package contactplan

import (
	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/services/planning/internal/contact"
)

// row is a contact as it is stored; days count from 1970.
type row struct {
	Customer uuid.UUID      `db:"customer_id"`
	ID       uuid.UUID      `db:"contact_id"`
	Owner    string         `db:"owner"`
	Activity int16          `db:"activity"`
	Role     int16          `db:"role"`
	Origin   contact.Origin `db:"origin"`
	Source   string         `db:"source"`
	Period   int            `db:"period_start"` // 0: none
	Number   int16          `db:"number"`
	First    int            `db:"window_start"`
	Last     int            `db:"window_end"`
	Day      *int           `db:"day"`
	Minutes  int32          `db:"minutes"`
	People   pq.StringArray `db:"people"`
	State    contact.State  `db:"state"`
	Pinned   bool           `db:"pinned"` // also by the activity that it belongs to
	Obstacle int16          `db:"obstacle"`
	Purpose  string         `db:"purpose"`
}
