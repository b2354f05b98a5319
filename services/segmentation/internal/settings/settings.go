// Package settings is the numbers that segmentation works by, kept as versions.
package settings

import (
	"time"

	"github.com/shopspring/decimal"
)

// Numbers is one version, ready to be calculated with. Shares are fractions of 1; the API has percent where it says so.
type Numbers struct {
	Version             int32
	Currency            string
	Rates               []Rate // by currency, then day
	FiscalYearStart     time.Month
	Zone                *time.Location
	Basis               Basis
	AutomaticBasisShare float64
	ClassShares         Shares
	ABCShares           Shares
	TierByRank          bool
	TierBands           []TierBand // from the lowest
	TierRankShares      TierShares
	TierHysteresis      decimal.Decimal
	Lifecycle           Lifecycle
	Churn               Churn
	ExactRankingLimit   int64
}

// Rate is what one unit of a currency is worth from a day on.
type Rate struct {
	Currency string
	From     time.Time
	Rate     decimal.Decimal
}

// Basis says what customers are ranked by; the numbers are those of the API.
type Basis int16

// The bases.
const (
	GrossProfit Basis = iota + 1
	Sales
	Automatic
)

// Shares are the borders of a ranking from the top, each after the one before.
type Shares struct{ Core, Important, Ordinary float64 }

// TierShares are the borders of the tiers by rank, from the top.
type TierShares struct{ Project, VIP, Mid, Ordinary float64 }

// TierBand is a tier as a band of the monthly contribution. The numbers of tiers are those of the API: 1 transient ... 5 project.
type TierBand struct {
	Tier        int16
	Lower       decimal.Decimal
	First, Last int16           // inner levels
	Step        decimal.Decimal // of the topmost band
}

// Lifecycle are the numbers of the lifecycle.
type Lifecycle struct {
	ResponderDays, EstablishedOrderDays, StableOrderDays, StableTenureDays, FormerDays int32
	DeclineDrop                                                                        float64
}

// Churn are the numbers of the churn warnings. Back-tests keep those that they try as JSON under these names.
type Churn struct {
	MinIntervals      int32           `json:"min_intervals"`
	DeviationFactor   float64         `json:"deviation_factor"`
	MedianFactor      float64         `json:"median_factor"`
	TierSilence       map[int16]int32 `json:"tier_silence"` // days by tier
	YearDrop          float64         `json:"year_drop"`
	ShareLoss         float64         `json:"share_loss"`
	ComplaintCount    int32           `json:"complaint_count"`
	ComplaintDays     int32           `json:"complaint_days"`
	SatisfactionDrop  float64         `json:"satisfaction_drop"`
	AliveBelow        float64         `json:"alive_below"`
	ModelMinCustomers int32           `json:"model_min_customers"`
}

// Today is the company's business day of an instant, as midnight UTC.
func (n *Numbers) Today(now time.Time) time.Time {
	y, m, d := now.In(n.Zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// FiscalYear is the fiscal year that a day belongs to, called by the calendar year it starts in, and its first day.
func (n *Numbers) FiscalYear(day time.Time) (year int, start time.Time) {
	year = day.Year()
	if day.Month() < n.FiscalYearStart {
		year--
	}
	return year, time.Date(year, n.FiscalYearStart, 1, 0, 0, 0, 0, time.UTC)
}

// Rate is what one unit of a currency is worth on a day; ok is false when that is not known.
func (n *Numbers) Rate(currency string, day time.Time) (rate decimal.Decimal, ok bool) {
	if currency == n.Currency {
		return decimal.NewFromInt(1), true
	}
	for _, r := range n.Rates {
		if r.Currency == currency && !r.From.After(day) {
			rate, ok = r.Rate, true
		}
	}
	return rate, ok
}
