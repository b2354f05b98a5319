package casefile

import "time"

// EntryKind is what an entry of a timeline is; the numbers are those of the API.
type EntryKind int16

// The kinds of entries.
const (
	StepEntry         EntryKind = iota + 1 // a verb brought the case from one state to another
	ToCustomer                             // what we told the customer
	FromCustomer                           // what the customer told us
	NoteEntry                              // what a colleague noted
	Attachment                             // a file, by reference
	Change                                 // fields of the case were changed
	VoiceEntry                             // a voice came to the case
	LinkEntry                              // it was linked to another case, a recall or an issue group, or the link was cut
	ActionEntry                            // a corrective or preventive action
	CompensationEntry                      // a compensation was proposed, decided on or paid
	Escalated                              // a level was told of the case
	Breached                               // a clock ran out
	Other                                  // anything else
)

// Entry is one of them. Note is free text for people; Data is what programs read, of names and numbers. An empty Actor is the caller, a zero Time is now.
type Entry struct {
	Kind  EntryKind
	Actor string
	Time  time.Time
	Note  string
	Data  map[string]string
}

// nobody is the actor of what no caller did.
const nobody = "guanxi"
