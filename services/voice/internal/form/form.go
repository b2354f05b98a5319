// Package form is the forms by which the public complains and suggests [网上投诉与建议表单]: which there are, what their pages look like, and what is done with what was filled in.
package form

import (
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// Kind is what a voice says; the numbers are those of the API.
type Kind int32

// Form is one of them.
type Form struct {
	ID             uuid.UUID
	Slug           string
	TitleEn        string
	TitleZh        string
	IntroEn        string
	IntroZh        string
	Kinds          []Kind
	ProductLines   []string
	Territory      string
	MinimumSeconds int32
	ValidHours     int32
	MostLinks      int32
	PerMinute      int32
	Active         bool
	Author         string
	CreateTime     time.Time
	UpdateTime     time.Time
	Revision       int64
}

// What is shipped; see FormGuard.
const (
	shippedSeconds   = 3
	shippedHours     = 24
	shippedLinks     = 3
	shippedPerMinute = 60
)

// Guard is the numbers that a form is guarded by.
type Guard struct {
	Minimum   time.Duration // from opening a page to sending it
	Valid     time.Duration // how long a page can be sent
	Links     int           // in a text, at most
	PerMinute int           // from everybody together
}

// Guard is the form's own, or what is shipped.
func (f *Form) Guard() Guard {
	or := func(own, shipped int32) int32 {
		if own == 0 {
			return shipped
		}
		return own
	}
	return Guard{
		Minimum: time.Duration(or(f.MinimumSeconds, shippedSeconds)) * time.Second, Valid: time.Duration(or(f.ValidHours, shippedHours)) * time.Hour,
		Links: int(or(f.MostLinks, shippedLinks)), PerMinute: int(or(f.PerMinute, shippedPerMinute)),
	}
}

// Name is the resource name of a form.
func Name(id uuid.UUID) string { return resource.Name("voiceForms", id) }

// Name is the resource name.
func (f *Form) Name() string { return Name(f.ID) }

// Path is where the gateway answers it.
func (f *Form) Path() string { return "/f/" + f.Slug }

// Check holds a form to the rules that a partial update may break.
func (f *Form) Check() []fault.Violation {
	var wrong []fault.Violation
	for _, c := range []struct {
		missing bool
		field   string
	}{{f.TitleEn == "", "title_en"}, {f.TitleZh == "", "title_zh"}, {len(f.Kinds) == 0, "kinds"}, {f.Territory == "", "territory"}} {
		if c.missing {
			wrong = append(wrong, fault.Field(c.field, "REQUIRED", fault.Text{En: "must be given", Zh: "必须填写"}))
		}
	}
	return wrong
}

// State is what became of a submission; the numbers are those of the API.
type State int16

// The states.
const (
	Suspect State = iota + 1
	TakenIn
	Discarded
)

// Suspicion is why a submission looks like spam; the numbers are those of the API.
type Suspicion int32

// The suspicions.
const (
	HiddenField Suspicion = iota + 1
	Links
)

// Submission is what somebody has filled in.
type Submission struct {
	Form, ID      uuid.UUID
	Territory     string // of the form
	Reference     string
	Nonce, Digest []byte
	State         State
	Suspicions    []Suspicion
	Language      string
	Content
	RepeatCount   int32
	Voice         uuid.NullUUID
	Decider       string
	DecideTime    *time.Time
	DiscardReason string
	CreateTime    time.Time
}

// SubmissionName is the resource name of a submission.
func SubmissionName(form, id uuid.UUID) string {
	return resource.Name("voiceForms", form, "submissions", id)
}

// Name is the resource name.
func (s *Submission) Name() string { return SubmissionName(s.Form, s.ID) }
