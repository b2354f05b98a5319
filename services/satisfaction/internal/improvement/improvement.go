// Package improvement is what is done about what customers are not satisfied with [改进], and whether the next wave shows that it helped.
package improvement

import (
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
)

// State is how far an improvement is; the numbers of this and of the following are those of the API.
type State int16

// The states.
const (
	Proposed State = iota + 1
	Open
	Done
	Dropped
	Verified
)

// Verdict is what the next wave shows; 0 nothing yet.
type Verdict int16

// The verdicts.
const (
	Improved Verdict = iota + 1
	NotShown
	Worse
)

// Improvement is something that is done about an item.
type Improvement struct {
	ID             uuid.UUID     `db:"improvement_id"`
	Survey         uuid.UUID     `db:"survey_id"`
	Item           string        `db:"item_code"`
	LabelEn        string        `db:"label_en"`
	LabelZh        string        `db:"label_zh"`
	Owner          string        `db:"owner"`
	Due            *time.Time    `db:"due_date"`
	Measures       string        `db:"measures"`
	State          State         `db:"state"`
	Score          *float64      `db:"score"`
	Verdict        Verdict       `db:"verdict"`
	VerifiedSurvey uuid.NullUUID `db:"verified_survey_id"`
	VerifyTime     *time.Time    `db:"verify_time"`
	DueTime        *time.Time    `db:"due_time"`
	Author         string        `db:"author"`
	CreateTime     time.Time     `db:"create_time"`
	UpdateTime     time.Time     `db:"update_time"`
	Revision       int64         `db:"revision"`
	Change         *Change       `db:"-"`
}

// Change is what changed from one wave to the other, as the message of the API has it.
type Change struct {
	Before     float64  `json:"before"`
	Difference float64  `json:"difference"`
	Low        *float64 `json:"low,omitempty"`
	High       *float64 `json:"high,omitempty"`
	PValue     *float64 `json:"p_value,omitempty"`
	Beyond     bool     `json:"beyond"`
}

// Name is the resource name.
func Name(id uuid.UUID) string { return resource.Name("improvements", id) }

// Name is the resource name.
func (i *Improvement) Name() string { return Name(i.ID) }

// Check holds an improvement to its rules.
func (i *Improvement) Check() []fault.Violation {
	var wrong []fault.Violation
	if i.State == Verified {
		wrong = append(wrong, fault.Field("state", "VERIFIED", fault.Text{En: "becomes VERIFIED by verifying it only", Zh: "只能通过验证变为 VERIFIED"}))
	}
	if i.Due == nil && (i.State == Open || i.State == Done) {
		wrong = append(wrong, fault.Field("due_date", "REQUIRED", fault.Text{En: "must be given", Zh: "必须填写"}))
	}
	return wrong
}

// Judge says what two waves show. Where neither varies a difference is none of chance's: all said one thing, and now all say another.
func Judge(before, after *stats.Domain, confidence float64) (Verdict, *Change, error) {
	c := &Change{Before: before.Mean, Difference: after.Mean - before.Mean}
	d, err := stats.Changed(before, after, confidence)
	switch {
	case err == nil:
		c.Low, c.High, c.PValue, c.Beyond = &d.Low, &d.High, &d.PValue, d.Beyond(confidence)
	case before.Deviation == 0 && after.Deviation == 0 && before.N > 1 && after.N > 1:
		c.Beyond = c.Difference != 0
	default:
		return 0, nil, err
	}
	switch {
	case !c.Beyond:
		return NotShown, c, nil
	case c.Difference > 0:
		return Improved, c, nil
	}
	return Worse, c, nil
}
