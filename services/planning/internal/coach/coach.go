// Package coach is who of a customer guides us [教练], verified on eight criteria and by independent observers.
package coach

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/planning/internal/powermap"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// Criterion is what a coach is known by; the numbers are those of the API, from 1 to Criteria.
type Criterion int16

// Criteria is how many there are.
const Criteria = 8

// maxObservations is how many a coach has at most.
const maxObservations = 400

// Coach is somebody who guides us, or who may come to do so.
type Coach struct {
	Customer     uuid.UUID     `db:"customer_id"`
	ID           uuid.UUID     `db:"coach_id"`
	Person       uuid.UUID     `db:"person_id"`
	Note         string        `db:"note"`
	Observations []Observation `db:"-"` // the latest day first
	Author       string        `db:"author"`
	Revision     int64         `db:"revision"`
	CreateTime   time.Time     `db:"create_time"`
	RetireTime   *time.Time    `db:"retire_time"`
	RetireAuthor string        `db:"retire_author"`
	RetireReason string        `db:"retire_reason"`
}

// Observation is what somebody of ours observed of one criterion.
type Observation struct {
	Criterion Criterion `json:"criterion"`
	Holds     bool      `json:"holds"`
	Observer  string    `json:"observer"`
	Day       time.Time `json:"day"`
	Note      string    `json:"note,omitempty"`
	Recorder  string    `json:"recorder"`
}

// Check holds new observations to the rules.
func Check(observations []Observation, today time.Time) []fault.Violation {
	var wrong []fault.Violation
	for i, o := range observations {
		if o.Day.After(today) {
			wrong = append(wrong, fault.Field(fmt.Sprintf("observations[%d].date", i), "FUTURE", fault.Text{
				En: "must not be after today, " + today.Format(time.DateOnly), Zh: "不得晚于今日 " + today.Format(time.DateOnly),
			}))
		}
	}
	return wrong
}

// Observe adds observations. Of one day the ones that were recorded later come first.
func (c *Coach) Observe(observations []Observation) {
	all := append(slices.Clone(observations), c.Observations...)
	slices.SortStableFunc(all, func(a, b Observation) int { return b.Day.Compare(a.Day) })
	c.Observations = all
}

// State is how a criterion stands; zero: nothing that is not stale is known.
type State struct {
	Holds    bool
	Strength float64
	Day      time.Time
	Observer string
}

// Judgement is what the observations of a coach come to on a day.
type Judgement struct {
	States   [Criteria]State // by criterion, from 1
	Held     int32
	Agreeing []string // observers, in alphabetical order
	Quality  float64
	Verified bool
}

// Judge weighs the observations up to a day. Evidence decays as that of power maps does.
func (c *Coach) Judge(on time.Time, rules settings.Evidence) Judgement {
	var j Judgement
	fresh := make([]Observation, 0, len(c.Observations))
	for _, o := range c.Observations {
		if powermap.Fresh(o.Day, on, rules) {
			fresh = append(fresh, o)
		}
	}
	for criterion, o := range last(fresh) {
		s := State{o.Holds, powermap.Strength(o.Day, on, rules), o.Day, o.Observer}
		j.States[criterion-1] = s
		if s.Holds {
			j.Held++
		}
	}
	for _, s := range j.States { // in one order, so that the sum is one figure
		if s.Holds {
			j.Quality += s.Strength / Criteria
		}
	}
	j.Agreeing = agreeing(fresh, &j.States)
	j.Verified = c.RetireTime == nil && j.Held >= rules.CoachCriteria && int32(len(j.Agreeing)) >= rules.IndependentObservers
	return j
}

// last are the observations that decide: of each criterion the one of the latest day, of those of one day one that says no, of those again the first observer by name.
func last(observations []Observation) map[Criterion]Observation {
	out := map[Criterion]Observation{}
	for _, o := range observations {
		was, known := out[o.Criterion]
		if !known || o.later(was) {
			out[o.Criterion] = o
		}
	}
	return out
}

func (o Observation) later(was Observation) bool {
	if c := o.Day.Compare(was.Day); c != 0 {
		return c > 0
	}
	if o.Holds != was.Holds {
		return was.Holds
	}
	return o.Observer < was.Observer
}

// agreeing are the observers by whose own last word on each criterion more hold than not, one of them a criterion that holds by the word of all.
func agreeing(observations []Observation, states *[Criteria]State) []string {
	byObserver := map[string][]Observation{}
	for _, o := range observations {
		byObserver[o.Observer] = append(byObserver[o.Observer], o)
	}
	var out []string
	for observer, own := range byObserver {
		yes, no, held := 0, 0, false
		for criterion, o := range last(own) {
			if o.Holds {
				yes++
				held = held || states[criterion-1].Holds
			} else {
				no++
			}
		}
		if held && yes > no {
			out = append(out, observer)
		}
	}
	slices.Sort(out)
	return out
}

// Judged is a coach with what his observations come to.
type Judged struct {
	*Coach
	Judgement
}

// Strength is how strong the coaching of a customer is.
type Strength struct {
	Figure   float64  // the qualities of the verified together
	Verified []Judged // the best first
	Count    int      // of all that are not retired
}

// Sum finds it on a day from all coaches of a customer.
func Sum(coaches []*Coach, on time.Time, rules settings.Evidence) Strength {
	var s Strength
	for _, c := range coaches {
		if c.RetireTime != nil {
			continue
		}
		s.Count++
		if j := c.Judge(on, rules); j.Verified {
			s.Verified = append(s.Verified, Judged{c, j})
		}
	}
	slices.SortFunc(s.Verified, func(a, b Judged) int {
		return cmp.Or(cmp.Compare(b.Quality, a.Quality), strings.Compare(a.ID.String(), b.ID.String()))
	})
	for i := range s.Verified {
		s.Figure += s.Verified[i].Quality
	}
	return s
}

// Text says what it is.
func (s *Strength) Text() fault.Text {
	if len(s.Verified) == 0 {
		return fault.Text{
			En: fmt.Sprintf("None of %d coaches is verified: nobody guides us for certain.", s.Count), Zh: fmt.Sprintf("%d 位教练均未通过验证：尚无可靠的教练。", s.Count),
		}
	}
	return fault.Text{
		En: fmt.Sprintf("%d of %d coaches are verified; their qualities come to %.3f.", len(s.Verified), s.Count, s.Figure),
		Zh: fmt.Sprintf("%[2]d 位教练中有 %[1]d 位通过验证，质量合计 %.3[3]f。", len(s.Verified), s.Count, s.Figure),
	}
}

// labels are the criteria, from 1.
var labels = [Criteria]fault.Text{
	{En: "Shows leaders test reports that speak for us", Zh: "主动向领导提交有利于我方的测试报告"},
	{En: "Tells of the market what he is free to tell", Zh: "主动告知可公开的市场信息"},
	{En: "Can be met at any time", Zh: "能随时约见"},
	{En: "Guides our next step", Zh: "主动指导我们的下一步工作"},
	{En: "Speaks for us against rivals", Zh: "在竞争中主动为我方说话"},
	{En: "Shares a professional interest, openly acknowledged", Zh: "有公开认可的共同专业兴趣"},
	{En: "Introduces leaders", Zh: "主动引见领导"},
	{En: "Explains how decisions are made", Zh: "主动说明决策过程"},
}
