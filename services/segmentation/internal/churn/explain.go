package churn

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Explain says in words why the risk was raised.
func (r *Risk) Explain() fault.Text {
	f := r.Figures
	switch r.Reason {
	case Silence:
		return f.silence()
	case YearDrop:
		return fault.Text{
			En: fmt.Sprintf("Sales of the last 12 months are %s %s, %s below the %s of the 12 months before.",
				amount(f.After), f.Currency, percent(f.Drop), amount(f.Before)),
			Zh: fmt.Sprintf("最近12个月销售额为%s %s，比此前12个月的%s低%s。", amount(f.After), f.Currency, amount(f.Before), percent(f.Drop)),
		}
	case ShareLoss:
		return fault.Text{
			En: fmt.Sprintf("Our share of its supply was %s within a year before and is %s now.", percent(f.Before), percent(f.After)),
			Zh: fmt.Sprintf("我方占有率由一年内最高的%s降至%s。", percent(f.Before), percent(f.After)),
		}
	case ComplaintBurst:
		return fault.Text{
			En: fmt.Sprintf("%d complaints within %d days.", f.Count, f.Days),
			Zh: fmt.Sprintf("%[2]d天内投诉%[1]d次。", f.Count, f.Days),
		}
	case SatisfactionFall:
		return fault.Text{
			En: fmt.Sprintf("Satisfaction fell from %s to %s.", f.Before, f.After),
			Zh: fmt.Sprintf("满意度由%s降至%s。", f.Before, f.After),
		}
	case ProbabilityAlive:
		return fault.Text{
			En: fmt.Sprintf("By the purchase model of %s it has left with a probability of %s: %d repeat orders, the last on %s.",
				f.ModelDay, percent(decimal.NewFromFloat(1-f.Alive)), f.X, f.LastDay),
			Zh: fmt.Sprintf("按%s的购买模型，该客户已流失的概率为%s：重复订货%d次，最近一次为%s。",
				f.ModelDay, percent(decimal.NewFromFloat(1-f.Alive)), f.X, f.LastDay),
		}
	}
	return fault.Text{}
}

func (f Figures) silence() fault.Text {
	if !f.OwnRhythm {
		return fault.Text{
			En: fmt.Sprintf("No order since %s, %d days ago. It has no rhythm of its own yet; of its tier %d days of silence are tolerated, until %s.",
				f.LastDay, f.SilenceDays, f.ToleratedDays, f.LimitDay),
			Zh: fmt.Sprintf("自%s以来%d天未订货。该客户尚无自身订货节奏，其阶层允许沉默%d天，即至%s。", f.LastDay, f.SilenceDays, f.ToleratedDays, f.LimitDay),
		}
	}
	return fault.Text{
		En: fmt.Sprintf("No order since %s, %d days ago. It orders every %g days (median of %d intervals, median deviation %g); %d days of silence are within its rhythm, until %s.",
			f.LastDay, f.SilenceDays, f.MedianDays, f.Intervals, f.DeviationDays, f.ToleratedDays, f.LimitDay),
		Zh: fmt.Sprintf("自%s以来%d天未订货。该客户通常每%g天订货一次（%d个间隔的中位数，绝对中位差%g），其节奏允许沉默%d天，即至%s。",
			f.LastDay, f.SilenceDays, f.MedianDays, f.Intervals, f.DeviationDays, f.ToleratedDays, f.LimitDay),
	}
}

func amount(d decimal.Decimal) string { return d.StringFixed(2) }

func percent(d decimal.Decimal) string { return d.Shift(2).Round(1).String() + "%" }
