package rebate

import (
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Explain tells in words how the total came about.
func (p *Posting) Explain() fault.Text {
	base, total := p.amount(p.Base), p.amount(p.Total)
	out := fault.Text{En: base + " were prepaid", Zh: "提前付款 " + base}
	if p.Kind == Target {
		percent := (&Agreement{Target: p.Target}).Attainment(p.Base).String()
		out = fault.Text{
			En: "sales of " + base + " are " + percent + " % of the target of " + p.amount(p.Target.Decimal),
			Zh: "销售额 " + base + "，完成目标 " + p.amount(p.Target.Decimal) + " 的 " + percent + "%",
		}
	}
	if !p.Threshold.Valid {
		return fault.Text{En: out.En + ", which reaches no tier: " + total, Zh: out.Zh + "，未达到任何档位，应得 " + total}
	}
	edge := p.Threshold.Decimal.String() + " " + p.Currency
	if p.Kind == Target {
		edge = p.Threshold.Decimal.String() + " %"
	}
	return fault.Text{
		En: out.En + "; the tier from " + edge + " gives " + p.Rate.String() + " % of all: " + total,
		Zh: out.Zh + "；达到 " + edge + " 档，按全额的 " + p.Rate.String() + "% 计，应得 " + total,
	}
}

// amount is written with the decimals of the currency, or with all it has when these are more.
func (p *Posting) amount(d decimal.Decimal) string {
	if n := places(p.Currency); d.Equal(d.Round(n)) {
		return d.StringFixed(n) + " " + p.Currency
	}
	return d.String() + " " + p.Currency
}
