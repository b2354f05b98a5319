// Package fact is what planning knows of customers and their people: a projection of the events of profile and segmentation, which can be built again by replaying them, and
// what only profile may tell (people), asked of it a moment later.
package fact

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/mirror"
)

// The names of the subscriptions that build the projection: Consumer from the events of profile, StandingsConsumer from those of segmentation.
const (
	Consumer          = "planning-facts"
	StandingsConsumer = "planning-standings"
)

// Tables are what Consumer builds and can build again. The customers themselves stay: their rows number our own events.
var Tables = []string{"people", "wanted", "replans"}

// Causes for which a customer's contacts are planned again, as they stand in the table replans.
const (
	CauseCreated   = "created"
	CauseOwner     = "owner"
	CauseTerritory = "territory"
	CauseClass     = mirror.Class
	CauseTier      = mirror.Tier
	CauseGrade     = mirror.Grade
	CauseDeleted   = "deleted"
	CauseUndeleted = "undeleted"
	CauseMerged    = mirror.Merged
	CauseUnmerged  = mirror.Unmerged
	CauseChurnRisk = "churn_risk"
	CausePerson    = "person"
	CauseConcern   = "concern"
	CausePolicy    = "policy"
	CauseCapacity  = "capacity" // of the owner
)

// Replan is a row of the table replans.
type Replan struct {
	Customer  uuid.UUID `db:"customer_id"`
	Cause     string    `db:"cause"`
	Reference string    `db:"reference"` // the resource that it is about; may be empty
	Time      time.Time `db:"occur_time"`
}

// SpecialDate is a day worth remembering of a person; year 0 is every year.
type SpecialDate struct {
	Label string `json:"label"`
	Year  int32  `json:"year"`
	Month int32  `json:"month"`
	Day   int32  `json:"day"`
}

// Forget removes what a table says of a person whom profile has removed, in the transaction that takes its row away. It is called again when the event is, and then finds
// nothing.
type Forget func(ctx context.Context, customer, person uuid.UUID) error
