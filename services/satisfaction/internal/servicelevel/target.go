package servicelevel

import (
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
)

// Target is what an indicator is to be. Months are their first days, midnight UTC.
type Target struct {
	Measure
	Rule // zero unless the indicator looks at being on time

	ID          uuid.UUID  `db:"target_id"`
	LabelEn     string     `db:"label_en"`
	LabelZh     string     `db:"label_zh"`
	ProductLine string     `db:"product_line"`
	Class       int16      `db:"class"`
	LastMonth   *time.Time `db:"last_month"`
	JudgedMonth *time.Time `db:"judged_month"`
	Author      string     `db:"author"`
	CreateTime  time.Time  `db:"create_time"`
	UpdateTime  time.Time  `db:"update_time"`
	Revision    int64      `db:"revision"`
	Values      []Value    `db:"-"` // the earliest first; at least one
}

// Value is what a target is from a month on.
type Value struct {
	FirstMonth Month           `json:"first_month"`
	Value      decimal.Decimal `json:"value"`
	Author     string          `json:"author"`
	CreateTime time.Time       `json:"create_time"`
}

// Name is the resource name.
func Name(id uuid.UUID) string { return resource.Name("serviceLevelTargets", id) }

// Name is the resource name.
func (t *Target) Name() string { return Name(t.ID) }

// Latest is the value that begins last.
func (t *Target) Latest() Value { return t.Values[len(t.Values)-1] }

// In is what the target is in a month, if it is for that.
func (t *Target) In(month time.Time) (value decimal.Decimal, ok bool) {
	if t.LastMonth != nil && month.After(*t.LastMonth) {
		return value, false
	}
	for _, v := range t.Values {
		if v.FirstMonth.After(month) {
			break
		}
		value, ok = v.Value, true
	}
	return value, ok
}

// fits says how closely a target is made for what is asked for; 0: not at all.
func (t *Target) fits(m Measure, a *Ask) int {
	switch {
	case t.Measure != m, t.ProductLine != "" && t.ProductLine != a.ProductLine, t.Class != AnyClass && t.Class != a.Class, m.Indicator.Timely() && t.Rule != a.Rule:
		return 0
	}
	near := 1
	if t.ProductLine != "" {
		near += 2
	}
	if t.Class != AnyClass {
		near++
	}
	return near
}

// Fitting is the closest of the targets that fit in a month, and what it is then; nil when none does.
func Fitting(all []*Target, m Measure, a *Ask, month time.Time) (best *Target, value decimal.Decimal) {
	most := 0
	for _, t := range all {
		is, ok := t.In(month)
		if near := t.fits(m, a); ok && near > most {
			best, value, most = t, is, near
		}
	}
	return best, value
}

// due are the months of a target that are to be judged: those that are over, and settled, and that it is for, from the one on in which it was made.
func (t *Target) due(now time.Time, n *settings.Numbers) []time.Time {
	today, month := n.Today(now), later(monthOf(n.Today(t.CreateTime)), t.Values[0].FirstMonth.Time)
	if t.JudgedMonth != nil {
		month = later(month, t.JudgedMonth.AddDate(0, 1, 0))
	}
	var all []time.Time
	for ; !today.Before(month.AddDate(0, 1, int(n.ServiceLevel.SettleDays))); month = month.AddDate(0, 1, 0) {
		if _, ok := t.In(month); !ok {
			break
		}
		all = append(all, month)
	}
	return all
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
