package report

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

const (
	monthLayout = "2006-01"
	yearMonths  = 12
)

// traded is what was sold of something in a year, and in the year before.
type traded struct{ last, before decimal.Decimal }

// sold is what is counted together; the line is empty for all of a currency.
type sold struct{ currency, line string }

// sales is the last twelve months against those before, by currency and product line, and the months of the first currency as a chart.
func (b builder) sales() Part {
	if len(b.Sales) == 0 {
		return Part{Note: b.say(noSales)}
	}
	lines := b.counted()
	keys := slices.SortedFunc(maps.Keys(lines), func(x, y sold) int { // a total behind its lines
		return cmp.Or(cmp.Compare(x.currency, y.currency), cmp.Compare(len(y.line), 0)-cmp.Compare(len(x.line), 0), cmp.Compare(x.line, y.line))
	})
	p := Part{Chart: b.curve(keys[0].currency), Note: b.sayf(salesNote, b.SalesEnd.Format(monthLayout)), Columns: []Column{
		{Label: b.say(columnLine)},
		{Label: b.say(columnUnit)},
		{Label: b.say(columnBefore), Number: true},
		{Label: b.say(columnLast), Number: true},
		{Label: b.say(columnGrowth), Number: true},
	}}
	for _, k := range keys {
		name := k.line
		if name == "" {
			name = b.say(allLines)
		}
		p.Rows = append(p.Rows, []string{name, k.currency, amount(lines[k].before), amount(lines[k].last), growth(*lines[k])})
	}
	return p
}

// counted are the two years of each product line and of each currency.
func (b builder) counted() map[sold]*traded {
	from := b.SalesEnd.AddDate(0, 1-yearMonths, 0).Format(monthLayout)
	lines := map[sold]*traded{}
	add := func(k sold, s Sale) {
		t := lines[k]
		if t == nil {
			t = &traded{}
			lines[k] = t
		}
		if s.Month >= from {
			t.last = t.last.Add(s.Amount)
		} else {
			t.before = t.before.Add(s.Amount)
		}
	}
	for _, s := range b.Sales {
		add(sold{s.Currency, ""}, s)
		if s.ProductLine != "" {
			add(sold{s.Currency, s.ProductLine}, s)
		}
	}
	return lines
}

// amount is written with its thousands apart.
func amount(d decimal.Decimal) string {
	text := d.StringFixed(2)
	sign := ""
	if text[0] == '-' {
		sign, text = "-", text[1:]
	}
	const group, tail = 3, 3 // of digits; point and cents
	for at := len(text) - tail - group; at > 0; at -= group {
		text = text[:at] + "," + text[at:]
	}
	return sign + text
}

// growth is by how much more was sold; nothing can be said when nothing was before.
func growth(t traded) string {
	if !t.before.IsPositive() {
		return "–"
	}
	const percent = 100
	g := t.last.Sub(t.before).Mul(decimal.NewFromInt(percent)).DivRound(t.before, 1)
	if g.IsPositive() {
		return "+" + g.StringFixed(1) + " %"
	}
	return g.StringFixed(1) + " %"
}

// months are the sums of a currency over all months of the two years.
func (b builder) months(currency string) (names []string, sums []decimal.Decimal) {
	at := map[string]int{}
	for m := b.SalesEnd.AddDate(0, 1-2*yearMonths, 0); !m.After(b.SalesEnd); m = m.AddDate(0, 1, 0) {
		at[m.Format(monthLayout)] = len(names)
		names = append(names, m.Format(monthLayout))
	}
	sums = make([]decimal.Decimal, len(names))
	for _, s := range b.Sales {
		if i, ok := at[s.Month]; ok && s.Currency == currency {
			sums[i] = sums[i].Add(s.Amount)
		}
	}
	return names, sums
}

// monthOf is the first day of a month.
func monthOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
}
