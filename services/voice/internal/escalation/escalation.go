// Package escalation tells the levels above of cases whose time runs out or that are grave [升级]: before, at and after breach and on severity, each step exactly once, however
// many replicas run and whenever they are stopped.
package escalation

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/services/voice/internal/desk"
)

// Level is who is told; the numbers are those of the API.
type Level int16

// The levels. The breach itself, which tells nobody, has none.
const (
	Breach Level = iota
	Office
	Region
	Headquarters
)

// Trigger is why; the numbers are those of the API.
type Trigger int16

// The triggers.
const (
	BeforeBreach Trigger = iota + 1
	AtBreach
	AfterBreach
	OnSeverity
	NotAcknowledged
)

// The states of a clock that matter here; the numbers are those of the API.
const (
	running = 1
	paused  = 2
)

// mostAcknowledgements is how many may take note of one escalation.
const mostAcknowledgements = 100

// Escalation is that a level was told of a case.
type Escalation struct {
	Customer         uuid.UUID
	ID               uuid.UUID
	Case             uuid.UUID
	Clock            uuid.UUID
	Measure          int16
	Number           *int16 // the clock's alarm; nil: it climbed
	Level            Level
	Trigger          Trigger
	Territory        string
	Desk             uuid.NullUUID
	Subjects         []string
	PlannedTime      time.Time
	ToldTime         time.Time
	DueTime          *time.Time
	AcknowledgeTime  *time.Time
	ClimbTime        *time.Time
	Acknowledgements []Acknowledgement
}

// Acknowledgement is that somebody has taken note.
type Acknowledgement struct {
	Subject string
	Time    time.Time
	Note    string
}

// Name is the resource name.
func Name(id uuid.UUID) string { return resource.Name("escalations", id) }

// Name is the resource name.
func (e *Escalation) Name() string { return Name(e.ID) }

// Territory is where a level stands on a customer's path: the office is all of it, the region its first two segments, the headquarters the first. On a shorter path the lower
// levels stand at the deepest that there is.
func (l Level) Territory(path string) string {
	segments := strings.Split(path, "/")
	switch keep := map[Level]int{Region: 2, Headquarters: 1}[l]; {
	case keep == 0 || keep >= len(segments):
		return path
	default:
		return strings.Join(segments[:keep], "/")
	}
}

// tell says whom a level is: the leads of the desk of its territory, else of the nearest above, by the desks that have leads.
func (e *Escalation) tell(path string, leads map[string]*desk.Desk) {
	e.Territory, e.Subjects = e.Level.Territory(path), []string{}
	for _, territory := range desk.Path(e.Territory) {
		if d := leads[territory]; d != nil {
			e.Desk, e.Subjects = uuid.NullUUID{UUID: d.ID, Valid: true}, d.Leads
			return
		}
	}
}

// climb has an escalation go to the next level if nobody acknowledges it within a while; 0: it does not.
func (e *Escalation) climb(after time.Duration) {
	if after > 0 && e.Level < Headquarters {
		at := e.ToldTime.Add(after)
		e.ClimbTime = &at
	}
}

// toldTo says whether somebody was told.
func (e *Escalation) toldTo(subject string) bool {
	return slices.Contains(e.Subjects, subject)
}

// acknowledge adds that somebody has taken note, and says whether that is new: who has already is left as he is.
func (e *Escalation) acknowledge(a Acknowledgement) (added bool, err error) {
	for _, before := range e.Acknowledgements {
		if before.Subject == a.Subject {
			return false, nil
		}
	}
	if len(e.Acknowledgements) >= mostAcknowledgements {
		return false, fault.New(codes.FailedPrecondition, "ACKNOWLEDGEMENTS_FULL", fault.Text{
			En: e.Name() + " has been acknowledged by 100 people", Zh: e.Name() + " 已有 100 人确认",
		})
	}
	e.Acknowledgements = append(e.Acknowledgements, a)
	if e.AcknowledgeTime == nil {
		e.AcknowledgeTime = &a.Time
	}
	e.ClimbTime = nil
	return true, nil
}

func notToldError() error {
	return fault.Denied("NOT_TOLD", fault.Text{En: "this escalation was not told to you", Zh: "此升级未通知您"})
}
