// Package measure keeps what can be measured of each customer: sums over windows of months, the rhythm of its orders, how it pays. The sums are recomputed from a
// customer's own orders when something about it changes, so that whatever judges a million customers reads a million rows and not their orders.
package measure

import (
	"time"

	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// Now and Then are the tables that measures are read from: those that are kept, and a temporary one of the same columns with the measures of a day that is past.
const (
	Now  = "measures"
	Then = "measures_then"
)

// windows are the spans that sums are over. Each begins with the first day of a month and ends before the next one's; until is the day that nothing after it counts.
type windows struct {
	Month        time.Time // the month that the windows end with
	Year         time.Time // last 12 months
	YearBefore   time.Time // the 12 before
	Quarters     [4]time.Time
	FiscalYear   int       // this fiscal year
	Fiscal       time.Time // its first day
	FiscalBefore time.Time
	Payments     time.Time // last 24 months
	Until        time.Time
}

func windowsOf(day time.Time, n *settings.Numbers) windows {
	month := time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, time.UTC)
	w := windows{
		Month: month, Year: month.AddDate(0, -11, 0), YearBefore: month.AddDate(0, -23, 0), Payments: month.AddDate(0, -23, 0), Until: day,
	}
	for i := range w.Quarters {
		w.Quarters[i] = w.Year.AddDate(0, 3*i, 0)
	}
	w.FiscalYear, w.Fiscal = n.FiscalYear(day)
	w.FiscalBefore = w.Fiscal.AddDate(-1, 0, 0)
	return w
}
