// Package judgement is what people judge of customers where nothing can be measured [人工评定]. Package grade reads it.
package judgement

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
)

// Judgement is what a person judged of one factor. It counts from JudgeDay until the day before ExpireDay, unless it is withdrawn or a later one takes its place.
type Judgement struct {
	Customer       uuid.UUID  `db:"customer_id"`
	ID             uuid.UUID  `db:"judgement_id"`
	Factor         string     `db:"factor"`
	Level          int16      `db:"level"`
	Evidence       string     `db:"evidence"`
	JudgeDay       time.Time  `db:"judge_day"`
	ExpireDay      time.Time  `db:"expire_day"`
	Author         string     `db:"author"`
	CreateTime     time.Time  `db:"create_time"`
	WithdrawTime   *time.Time `db:"withdraw_time"`
	WithdrawAuthor string     `db:"withdraw_author"`
}

const (
	// usualYears is how long a judgement counts when nothing is said.
	usualYears = 1
	maxYears   = 10
)

// Complete fills in the days that were left out (zero).
func (j *Judgement) Complete(today time.Time) {
	if j.JudgeDay.IsZero() {
		j.JudgeDay = today
	}
	if j.ExpireDay.IsZero() {
		j.ExpireDay = j.JudgeDay.AddDate(usualYears, 0, 0)
	}
}

// Check holds a complete judgement to the rules, given the models that are in force or to come.
func (j *Judgement) Check(today time.Time, models []*gradingmodel.Model) []fault.Violation {
	var wrong []fault.Violation
	if !judgeable(models, j.Factor) {
		wrong = append(wrong, fault.Field("factor", "FACTOR", fault.Text{
			En: "is not a factor that people judge, in a grading model in force or to come", Zh: "不是现行或即将生效的分级模型中可由人工评定的因素",
		}))
	}
	if j.JudgeDay.After(today) {
		wrong = append(wrong, fault.Field("judge_date", "FUTURE", fault.Text{
			En: "must not be after today, " + today.Format(time.DateOnly), Zh: "不得晚于今日 " + today.Format(time.DateOnly),
		}))
	}
	if !j.ExpireDay.After(j.JudgeDay) || j.ExpireDay.After(j.JudgeDay.AddDate(maxYears, 0, 0)) {
		wrong = append(wrong, fault.Field("expire_date", "RANGE", fault.Text{
			En: fmt.Sprintf("must be after judge_date and at most %d years after it", maxYears), Zh: fmt.Sprintf("必须晚于 judge_date,且不超过其后 %d 年", maxYears),
		}))
	}
	return wrong
}

func judgeable(models []*gradingmodel.Model, factor string) bool {
	for _, m := range models {
		if i := m.Find(factor); i >= 0 && m.Factors[i].Judgeable() {
			return true
		}
	}
	return false
}
