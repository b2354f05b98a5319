// Package quality is how complete and how right the basic data of customers are [资料完备率、准确率].
package quality

import (
	"fmt"
	"time"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/profile/internal/requirement"
)

// State says how far a field can be relied on; the numbers are those of the API.
type State int32

// The states.
const (
	Missing State = iota + 1
	Unverified
	Verified
	Changed
	Aged
)

// Verification says by whom, when and how a field was compared with what is true.
type Verification struct {
	Field    string    `db:"field"`
	Hash     string    `db:"value_hash"` // of the value that was compared
	Method   int32     `db:"method"`     // as in the API
	Verifier string    `db:"verifier"`
	Time     time.Time `db:"verify_time"`
	Source   string    `db:"source"`
}

// Value is what a field of a customer holds, as far as its quality goes.
type Value struct {
	Filled bool
	Hash   string
}

// Judged is a field with what is known of it.
type Judged struct {
	requirement.Rule
	State        State
	Verification *Verification
	// Expires is until when the verification holds; nil where it does not, or for good.
	Expires *time.Time
}

// Quality is that of one customer.
type Quality struct{ Fields []Judged }

// Judge says how far a field can be relied on.
func Judge(rule requirement.Rule, v Value, last *Verification, now time.Time) Judged {
	out := Judged{Rule: rule, Verification: last}
	switch {
	case !v.Filled:
		out.State = Missing
		out.Verification = nil // whoever does not see the value does not see either that somebody has looked at it
	case last == nil || !requirement.Verifiable(rule.Field):
		out.State, out.Verification = Unverified, nil
	case last.Hash != v.Hash:
		out.State = Changed
	case rule.ValidDays == 0:
		out.State = Verified
	default:
		ends := last.Time.Add(time.Duration(rule.ValidDays) * 24 * time.Hour)
		if !ends.After(now) {
			out.State = Aged
			break
		}
		out.State, out.Expires = Verified, &ends
	}
	return out
}

// Completeness is the weight of what is filled of the weight of all: 1 where nothing is asked for.
func (q *Quality) Completeness() float64 {
	filled, all := q.weights(func(f Judged) (bool, bool) { return f.State != Missing, true })
	if all == 0 {
		return 1
	}
	return float64(filled) / float64(all)
}

// Accuracy is the weight of what holds as verified of the weight of what is filled and can be: 0 where nothing is.
func (q *Quality) Accuracy() float64 {
	right, all := q.weights(func(f Judged) (bool, bool) {
		return f.State == Verified, f.State != Missing && requirement.Verifiable(f.Field)
	})
	if all == 0 {
		return 0
	}
	return float64(right) / float64(all)
}

func (q *Quality) weights(counts func(Judged) (part, whole bool)) (part, whole int64) {
	for _, f := range q.Fields {
		isPart, isWhole := counts(f)
		if isPart && isWhole {
			part += int64(f.Weight)
		}
		if isWhole {
			whole += int64(f.Weight)
		}
	}
	return part, whole
}

// Comparison is what somebody says to have verified.
type Comparison struct {
	Fields []string
	Method int32
	Source string
	Time   time.Time
}

// Check holds it to its rules. Times of somebody whose clock is a little ahead are not minded.
func (c *Comparison) Check(now time.Time) []fault.Violation {
	var wrong []fault.Violation
	for i, field := range c.Fields {
		switch {
		case !requirement.Known(field):
			wrong = append(wrong, fault.Field(at(i), "FIELD", fault.Text{En: "is no field of a customer: " + field, Zh: "不是客户的字段：" + field}))
		case !requirement.Verifiable(field):
			wrong = append(wrong, fault.Field(at(i), "NOT_VERIFIABLE", fault.Text{
				En: field + " is of people, or decided by ourselves, and cannot be verified", Zh: field + " 属于人员信息或由我方自行决定，无法核实",
			}))
		}
	}
	if c.Time.After(now.Add(time.Minute)) {
		wrong = append(wrong, fault.Field("verify_time", "FUTURE", fault.Text{En: "is still to come", Zh: "不得晚于当前时间"}))
	}
	return wrong
}

// Empty says that a field has nothing that could be right.
func Empty(i int, field string) fault.Violation {
	return fault.Field(at(i), "EMPTY", fault.Text{En: field + " is empty", Zh: field + " 为空"})
}

func at(i int) string { return fmt.Sprintf("fields[%d]", i) }
