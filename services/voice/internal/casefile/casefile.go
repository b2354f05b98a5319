// Package casefile is what we do about voices of customers [案件、投诉单]: cases, the states they go through, and everything that happened on the way.
package casefile

import (
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// slack is how far the clock of another system may be ahead of ours.
const slack = 5 * time.Minute

// State is how far a case is; the numbers of this and of the following are those of the API.
type State int16

// The states.
const (
	Received State = iota + 1
	Triaged
	Assigned
	InProgress
	Waiting
	Resolved
	Confirmed
	Closed
)

// Request is what response rules go by.
type Request int16

// The kinds of requests.
const (
	Inquiry Request = iota + 1
	Complaint
	ReturnedGoods
	Proposal
)

// Track is who takes a case up.
type Track int16

// The tracks.
const (
	Problem Track = iota + 1
	Requirement
)

// Severity is how bad it is.
type Severity int16

// The severities, the worst first.
const (
	Critical Severity = iota + 1
	High
	Medium
	Low
)

// Basis is what a severity rests on.
type Basis int16

// The bases.
const (
	Grading Basis = iota + 1
	Computed
	ByHand
)

// Outcome is what came of a closed case.
type Outcome int16

// The outcomes.
const (
	Solved Outcome = iota + 1
	Duplicate
	Withdrawn
	Unfounded
)

// Case is what we do about one or several voices.
type Case struct {
	Customer        uuid.UUID     `db:"customer_id"`
	ID              uuid.UUID     `db:"case_id"`
	Request         Request       `db:"request_kind"`
	Track           Track         `db:"track"`
	Phase           int16         `db:"phase"`
	Technicality    int16         `db:"technicality"`
	Severity        Severity      `db:"severity"`
	Basis           Basis         `db:"severity_basis"`
	SeverityReason  string        `db:"severity_reason"`
	Major           bool          `db:"major"`
	MajorByHand     bool          `db:"major_by_hand"`
	MajorReason     string        `db:"major_reason"`
	State           State         `db:"state"`
	Title           string        `db:"title"`
	Description     string        `db:"description"`
	ProductLine     string        `db:"product_line"`
	ProductCode     string        `db:"product_code"`
	Order           string        `db:"order_reference"`
	Reporter        uuid.NullUUID `db:"reporter_id"`
	ReporterSenior  bool          `db:"reporter_senior"` // known to MANAGER and above only
	Grading         Severity      `db:"grading"`         // the customer's own; 0 none
	Affected        int32         `db:"affected"`
	DurationMinutes int32         `db:"duration_minutes"`
	Cause           string        `db:"cause"`
	CauseText       string        `db:"cause_text"`
	Implicit        bool          `db:"implicit"`
	Assignee        string        `db:"assignee"`
	Desk            uuid.NullUUID `db:"desk_id"`
	Outcome         Outcome       `db:"outcome"`
	Resolution      string        `db:"resolution"`
	CloseReason     string        `db:"close_reason"`
	ReopenCount     int32         `db:"reopen_count"`
	ReassignCount   int32         `db:"reassign_count"`
	IssueGroup      uuid.NullUUID `db:"issue_group_id"`
	Recall          uuid.NullUUID `db:"recall_id"`
	Author          string        `db:"author"`
	Received        time.Time     `db:"received_time"`
	TriageTime      *time.Time    `db:"triage_time"`
	AssignTime      *time.Time    `db:"assign_time"`
	StartTime       *time.Time    `db:"start_time"`
	FirstResponse   *time.Time    `db:"first_response_time"`
	WaitTime        *time.Time    `db:"wait_time"`
	ResolveTime     *time.Time    `db:"resolve_time"`
	ConfirmTime     *time.Time    `db:"confirm_time"`
	CloseTime       *time.Time    `db:"close_time"`
	ReopenTime      *time.Time    `db:"reopen_time"`
	CreateTime      time.Time     `db:"create_time"`
	UpdateTime      time.Time     `db:"update_time"`
	Revision        int64         `db:"revision"`
	Voices          int32         `db:"voice_count"`
}

// Name is the resource name of a case.
func Name(id uuid.UUID) string { return resource.Name("cases", id) }

// Name is its resource name.
func (c *Case) Name() string { return Name(c.ID) }

// Open says whether there is still something to be done.
func (c *Case) Open() bool { return c.State < Resolved }

// fill fills in what is left out.
func (c *Case) fill() {
	if c.Track == 0 {
		c.Track = Problem
		if c.Request == Proposal {
			c.Track = Requirement
		}
	}
}

// Check holds a case to what the API's constraints cannot say.
func (c *Case) Check(now time.Time) []fault.Violation {
	var wrong []fault.Violation
	required := fault.Text{En: "must be given", Zh: "必须填写"}
	if c.Request == 0 {
		wrong = append(wrong, fault.Field("request_kind", "REQUIRED", required))
	}
	if c.Title == "" {
		wrong = append(wrong, fault.Field("title", "REQUIRED", required))
	}
	return append(wrong, CheckReceived(c.Received, now)...)
}

// CheckReceived holds the time at which something was received to its rule.
func CheckReceived(at, now time.Time) []fault.Violation {
	if at.After(now.Add(slack)) || at.Year() < 1900 {
		return []fault.Violation{fault.Field("received_time", "RANGE", fault.Text{En: "must lie between the year 1900 and now", Zh: "须在 1900 年至现在之间"})}
	}
	return nil
}
