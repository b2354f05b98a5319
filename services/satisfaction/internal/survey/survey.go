// Package survey is who is asked what, when, and by which sample [测评项目]: a population, a census or a stratified random sample of it, quotas, and invitations with links that
// are good for one answer.
package survey

import (
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/resource"
)

// State is how far a survey is; the numbers of this and of the following are those of the API.
type State int16

// The states.
const (
	Draft State = iota + 1
	Open
	Closed
	Opening // the sample is being drawn
)

// InvitationState is what has become of an invitation.
type InvitationState int16

// The states of invitations.
const (
	Issued InvitationState = iota + 1
	Opened
	Answered
	Expired // follows from the survey, and is not stored
	Revoked
	Drawn
)

// Survey is one.
type Survey struct {
	ID                   uuid.UUID           `db:"survey_id"`
	LabelEn              string              `db:"label_en"`
	LabelZh              string              `db:"label_zh"`
	Purpose              string              `db:"purpose"`
	Questionnaire        uuid.UUID           `db:"questionnaire_id"`
	QuestionnaireVersion int32               `db:"questionnaire_version"`
	Previous             uuid.NullUUID       `db:"previous_id"`
	Wave                 string              `db:"wave"`
	Territory            string              `db:"territory"` // empty: of the whole company
	Seed                 string              `db:"seed"`
	StartTime            *time.Time          `db:"start_time"`
	EndTime              *time.Time          `db:"end_time"`
	Cost                 decimal.NullDecimal `db:"cost"`
	Currency             string              `db:"currency"`
	MinimumGroup         int32               `db:"minimum_group"`
	Anonymous            bool                `db:"anonymous"`
	State                State               `db:"state"`
	Operation            uuid.NullUUID       `db:"operation_id"`
	PopulationSize       int64               `db:"population_size"`
	SampleSize           int64               `db:"sample_size"`
	Census               bool                `db:"census"`
	Author               string              `db:"author"`
	CreateTime           time.Time           `db:"create_time"`
	UpdateTime           time.Time           `db:"update_time"`
	OpenTime             *time.Time          `db:"open_time"`
	CloseTime            *time.Time          `db:"close_time"`
	Revision             int64               `db:"revision"`
	Population           Population          `db:"-"`
	Plan                 Plan                `db:"-"`
	Quotas               []Quota             `db:"-"`
	Strata               []Stratum           `db:"-"`
}

// Role is where a customer stands in its life with us.
type Role int16

// The roles.
const (
	Current   Role = iota + 1 // buys
	Former                    // has not bought for long
	Potential                 // has not bought yet
)

// Lifecycle are segmentation's lifecycle roles that make up a role.
func (r Role) Lifecycle() []int32 {
	switch r {
	case Current:
		return []int32{3, 4} // NEW, ESTABLISHED
	case Former:
		return []int32{5}
	case Potential:
		return []int32{0, 1, 2} // not judged, PROSPECT, RESPONDER
	}
	return nil
}

// Population is whom the survey is about. An empty list is no limit. The territory is the survey's.
type Population struct {
	Relations []int32 `json:"relations,omitempty"` // as profile numbers them: user, buyer, intermediary, internal
	Roles     []Role  `json:"roles,omitempty"`
	Classes   []int32 `json:"classes,omitempty"`
	Tiers     []int32 `json:"tiers,omitempty"`
}

// Invitation is that of a customer.
type Invitation struct {
	Survey     uuid.UUID       `db:"survey_id"`
	ID         uuid.UUID       `db:"invitation_id"`
	Customer   uuid.UUID       `db:"customer_id"`
	Person     uuid.NullUUID   `db:"person_id"`
	Stratum    int16           `db:"stratum"`
	State      InvitationState `db:"state"`
	Cleared    bool            `db:"cleared"`
	Refusal    string          `db:"refusal"`
	AskTime    *time.Time      `db:"ask_time"`
	Reminders  int16           `db:"reminders"`
	CreateTime time.Time       `db:"create_time"`
	IssueTime  *time.Time      `db:"issue_time"`
	RemindTime *time.Time      `db:"remind_time"`
	AnswerTime *time.Time      `db:"answer_time"`
}

// Name is the resource name.
func Name(id uuid.UUID) string { return resource.Name("surveys", id) }

// Name is the resource name.
func (s *Survey) Name() string { return Name(s.ID) }

// Name is the resource name.
func (i *Invitation) Name() string { return resource.Name("surveys", i.Survey, "invitations", i.ID) }

// Running says whether the survey takes answers at an instant: it is open, and that is within its schedule.
func (s *Survey) Running(now time.Time) bool {
	return s.State == Open && (s.StartTime == nil || !now.Before(*s.StartTime)) && (s.EndTime == nil || now.Before(*s.EndTime))
}
