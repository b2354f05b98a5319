// Package figure tells how the contacts with customers are going [客户接触监控、联络绩效].
package figure

import (
	"math"

	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// Group is what makes groups; the numbers are those of the API.
type Group int32

// The groups.
const (
	All Group = iota
	ByOwner
	ByActivity
	ByClass
	ByTerritory
)

// Figure is the figures of one group; the API says what each means.
type Figure struct {
	Key              string `db:"key"`
	Planned          int64  `db:"planned"`
	Done             int64  `db:"done"`
	OnTime           int64  `db:"on_time"`
	Due              int64  `db:"due"`
	Overdue          int64  `db:"overdue"`
	NotPlaced        int64  `db:"not_placed"`
	Cancelled        int64  `db:"cancelled"`
	PolicyPlanned    int64  `db:"policy_planned"`
	PolicyDone       int64  `db:"policy_done"`
	PolicyCustomers  int64  `db:"policy_customers"`
	CoveredCustomers int64  `db:"covered_customers"`
	AnswerKnown      int64  `db:"answer_known"`
	Responded        int64  `db:"responded"`
	Hits             int64  `db:"hits"`
	PlannedMinutes   int64  `db:"planned_minutes"`
	UsedMinutes      int64  `db:"used_minutes"`
	Messages         int64  `db:"messages"`
	MessagesAsked    int64  `db:"messages_asked"`
}

// Rates are shares from 0 to 1; nil where there is nothing to be a share of.
type Rates struct {
	Completion, Punctuality, Coverage, Response, Hit *float64
}

// Rates of a figure.
func (f *Figure) Rates() Rates {
	return Rates{
		Completion: share(f.Done, f.Done+f.Overdue), Punctuality: share(f.OnTime, f.Done), Coverage: share(f.CoveredCustomers, f.PolicyCustomers),
		Response: share(f.Responded, f.AnswerKnown), Hit: share(f.Hits, f.Done),
	}
}

func share(part, whole int64) *float64 {
	if whole == 0 {
		return nil
	}
	rate := float64(part) / float64(whole)
	return &rate
}

// Score is the performance, 0 to 100: the mean of the rates that there are by their weights, nil without any that weighs something.
func (r Rates) Score(w settings.ScoreWeights) *float64 {
	var sum, weights float64
	for _, one := range []struct {
		rate   *float64
		weight int32
	}{{r.Completion, w.Completion}, {r.Punctuality, w.Punctuality}, {r.Coverage, w.Coverage}, {r.Response, w.Response}, {r.Hit, w.Hit}} {
		if one.rate != nil {
			sum += *one.rate * float64(one.weight)
			weights += float64(one.weight)
		}
	}
	if weights == 0 {
		return nil
	}
	const hundredths = 100
	score := math.Round(100*sum/weights*hundredths) / hundredths
	return &score
}
