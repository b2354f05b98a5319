// Package receipt is what the other services have confirmed: that they keep a merged customer's facts under the survivor's name, and that they have forgotten a person.
package receipt

import (
	"time"

	"github.com/google/uuid"
)

// Consumer is the name of the subscription that keeps receipts.
const Consumer = "profile-receipts"

// Services are those that confirm, in the order in which they are told of.
var Services = []string{"segmentation", "planning", "voice", "satisfaction"}

// Kind is what is confirmed.
type Kind int16

// The kinds.
const (
	Rekeyed   Kind = iota + 1 // of a merged customer
	Unmerged                  // of a customer whose merge was taken back
	Forgotten                 // of a person
)

// Receipt is the confirmation of one service.
type Receipt struct {
	Service string
	// Time is when profile received it.
	Time time.Time
}

// Ask is a question for receipts.
type Ask struct {
	Kind Kind
	// Subject is the merged customer or the person. Both are asked for by their id alone: a person's customer may have been merged since.
	Subject uuid.UUID
	// Since is when the merge, its undoing or the erasure was: what was received before confirms an earlier one. Zero for all.
	Since time.Time
}
