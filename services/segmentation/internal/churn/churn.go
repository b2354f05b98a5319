// Package churn warns of customers who are about to leave [流失预警]: at the moment at which their silence leaves their own rhythm, and for other reasons that can be
// seen in sales, signals and the purchase model. A risk is raised once, says by which figures, and is cleared when its condition no longer holds.
package churn

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/services/segmentation/internal/purchase"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// Reason is a rule by which a risk is seen; the numbers are those of the API.
type Reason int16

// The reasons.
const (
	Silence Reason = iota + 1
	YearDrop
	ShareLoss
	ComplaintBurst
	SatisfactionFall
	ProbabilityAlive
)

const (
	daysOfWeek = 7.0
	// outlook is how many days ahead the orders of a customer are predicted.
	outlook = 90
	// clearedShown is how many cleared risks are shown with a customer; a list has the others.
	clearedShown = 50
)

// Settings are where the numbers in force are read.
type Settings interface {
	Current(ctx context.Context) (*settings.Numbers, error)
}

// Risk is one reason to fear that a customer leaves.
type Risk struct {
	CustomerID uuid.UUID
	ID         uuid.UUID
	Reason     Reason
	RaiseDay   time.Time
	RaiseTime  time.Time
	Cause      string
	Reference  string
	Version    int32 // of the settings
	Figures    Figures
	End        *End // nil while it is open
}

// End is how a risk was cleared.
type End struct {
	Day       time.Time
	Time      time.Time
	Cause     string
	Reference string
}

// Figures are what a risk was raised by; which of them are set depends on its reason. They are kept as JSON under these names, which therefore stay. Days are
// YYYY-MM-DD.
type Figures struct {
	LastDay string `json:"last_day"` // of the last order

	// Silence.
	SilenceDays   int32   `json:"silence_days,omitzero"`
	ToleratedDays int32   `json:"tolerated_days,omitzero"`
	LimitDay      string  `json:"limit_day,omitzero"` // the last day that is tolerated
	OwnRhythm     bool    `json:"own_rhythm,omitzero"`
	Intervals     int32   `json:"intervals,omitzero"`
	MedianDays    float64 `json:"median_days,omitzero"`
	DeviationDays float64 `json:"deviation_days,omitzero"`
	Tier          int16   `json:"tier,omitzero"`

	// Year drop, share loss, satisfaction fall.
	Before       decimal.Decimal `json:"before,omitzero"`
	After        decimal.Decimal `json:"after,omitzero"`
	Drop         decimal.Decimal `json:"drop,omitzero"`
	Currency     string          `json:"currency,omitzero"`
	BeforeSignal uuid.UUID       `json:"before_signal,omitzero"`
	AfterSignal  uuid.UUID       `json:"after_signal,omitzero"`

	// Complaint burst.
	Count int32 `json:"count,omitzero"`
	Days  int32 `json:"days,omitzero"`

	// Probability alive.
	Alive     float64 `json:"alive,omitzero"`
	Threshold float64 `json:"threshold,omitzero"`
	X         int32   `json:"x,omitzero"`
	Tx        float64 `json:"tx,omitzero"`
	T         float64 `json:"t,omitzero"`
	ModelDay  string  `json:"model_day,omitzero"`
}

// Rhythm is how a customer orders, and how long its silence is tolerated.
type Rhythm struct {
	FirstDay  time.Time `db:"first_day"`
	LastDay   time.Time `db:"last_day"`
	OrderDays int32     `db:"order_days"`
	Own       bool      `db:"own"`
	Median    *float64  `db:"interval_median"`
	Tolerated *int32    `db:"tolerated"` // nil: no rule says
}

// History is what the purchase model looks at, in weeks.
func (r Rhythm) History(today time.Time) purchase.History {
	h := purchase.History{X: int(r.OrderDays) - 1, Tx: days(r.FirstDay, r.LastDay) / daysOfWeek}
	h.T = max(days(r.FirstDay, today)/daysOfWeek, h.Tx) // an order may be dated ahead
	return h
}

func days(from, to time.Time) float64 { return to.Sub(from).Hours() / 24 }

// Model is a purchase model fitted to the histories of all customers, in weeks. Back-tests keep it as JSON under these names.
type Model struct {
	ID         uuid.UUID `json:"id"`
	FitDay     time.Time `json:"fit_day"`
	Customers  int64     `json:"customers"`
	Version    int32     `json:"version"` // of the settings
	CreateTime time.Time `json:"create_time"`

	purchase.Model `json:"parameters"`
}
