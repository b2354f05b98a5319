// Package signal is what is observed of customers and what orders do not show: complaints, scores, our share of their supply, interest, referrals.
package signal

import (
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Kind is what a signal is about; the numbers are those of the API.
type Kind int16

// The kinds.
const (
	Interest Kind = iota + 1
	Complaint
	Satisfaction
	SupplyShare
	Relationship
	Referral
)

// DefaultSystem is the source system of a signal that names none.
const DefaultSystem = "default"

// Signal is one observation.
type Signal struct {
	CustomerID   uuid.UUID       `db:"customer_id"`
	ID           uuid.UUID       `db:"signal_id"`
	Kind         Kind            `db:"kind"`
	Value        decimal.Decimal `db:"value"`
	Time         time.Time       `db:"signal_time"`
	SourceSystem string          `db:"source_system"`
	SourceID     string          `db:"source_id"`
	Note         string          `db:"note"`
	Author       string          `db:"author"`
	CreateTime   time.Time       `db:"create_time"`
}

// ranges are what the values of each kind mean something in.
var ranges = map[Kind]struct{ least, most int64 }{
	Interest: {1, 1}, Complaint: {1, 2}, Satisfaction: {0, 100}, SupplyShare: {0, 1}, Relationship: {-1, 3}, Referral: {1, 1},
}

// slack is how far the clock of another system may be ahead of ours.
const slack = 5 * time.Minute

// Check holds a signal to its rules.
func (s *Signal) Check(now time.Time) []fault.Violation {
	var wrong []fault.Violation
	r, known := ranges[s.Kind]
	switch {
	case !known:
		wrong = append(wrong, fault.Field("kind", "REQUIRED", fault.Text{En: "must be given", Zh: "必须填写"}))
	case s.Value.LessThan(decimal.NewFromInt(r.least)) || s.Value.GreaterThan(decimal.NewFromInt(r.most)):
		least, most := decimal.NewFromInt(r.least).String(), decimal.NewFromInt(r.most).String()
		wrong = append(wrong, fault.Field("value", "RANGE", fault.Text{
			En: "must be from " + least + " to " + most + " for this kind", Zh: "此类信号的取值须为 " + least + " 至 " + most,
		}))
	}
	if !s.Value.Equal(s.Value.Round(4)) {
		wrong = append(wrong, fault.Field("value", "DECIMALS", fault.Text{En: "must have at most 4 decimals", Zh: "小数不得超过 4 位"}))
	}
	if s.Time.After(now.Add(slack)) || s.Time.Year() < 1900 {
		wrong = append(wrong, fault.Field("signal_time", "RANGE", fault.Text{En: "must lie between the year 1900 and now", Zh: "须在 1900 年至现在之间"}))
	}
	return wrong
}
