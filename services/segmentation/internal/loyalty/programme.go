package loyalty

import (
	"time"

	"github.com/shopspring/decimal"
)

// Programme is one version of the rules, ready to be calculated with.
type Programme struct {
	Enabled  bool
	Start    time.Time       // orders and referrals from this day on bring points
	Rate     decimal.Decimal // points for one unit of sales
	Referral int64
	Months   int32   // after which points expire; 0: never
	Levels   []Level // from the lowest, which begins at 0
}

// Level is a level of the programme.
type Level struct {
	ID                     string
	LabelEn, LabelZh       string
	From                   int64
	BenefitsEn, BenefitsZh string
}

// LevelOf is the place among the levels that so many points reach. Below 0, when more was returned than bought, it is the lowest.
func (p *Programme) LevelOf(earned int64) int {
	at := 0
	for i, l := range p.Levels {
		if earned >= l.From {
			at = i
		}
	}
	return at
}

// Expires is the last day of points earned on a day, or nil.
func (p *Programme) Expires(earned time.Time) *time.Time {
	if p.Months == 0 {
		return nil
	}
	day := addMonths(earned, int(p.Months))
	return &day
}

// since is the day before the first one of the window of 12 months that makes the level.
func since(day time.Time) time.Time { return addMonths(day, -12) }

// addMonths goes to the same day of another month, or to the last one of a month that is too short, as PostgreSQL does.
func addMonths(day time.Time, months int) time.Time {
	first := time.Date(day.Year(), day.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(day.Day(), last)-1)
}
