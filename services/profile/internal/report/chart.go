package report

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/shopspring/decimal"
)

// The chart's measures, in the units of its view box; on a telephone it is half as wide, and still to be read.
const (
	chartWidth, chartHeight = 560.0, 200.0
	chartTop, chartBottom   = 20.0, 26.0
)

// curve draws the sales of the months of two years as SVG, in the colours of the page's style sheet, and says in words what it shows. A month in which more came back than
// was sold has no bar.
func (b builder) curve(currency string) template.HTML {
	names, sums := b.months(currency)
	best := 0
	for i := range sums {
		if sums[i].GreaterThan(sums[best]) {
			best = i
		}
	}
	if !sums[best].IsPositive() {
		return ""
	}
	var out strings.Builder
	step, room := chartWidth/float64(len(names)), chartHeight-chartTop-chartBottom
	base := chartHeight - chartBottom
	for i, sum := range sums {
		share := decimal.Max(sum, decimal.Zero).Div(sums[best]).InexactFloat64()
		class := "bar"
		if i >= len(sums)-yearMonths {
			class = "bar strong"
		}
		fmt.Fprintf(&out, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`, class, float64(i)*step+2, base-room*share, step-4, room*share)
		if i%6 == 0 {
			fmt.Fprintf(&out, `<text class="axis" x="%.1f" y="%.1f">%s</text>`, float64(i)*step+2, chartHeight-8, names[i])
		}
	}
	fmt.Fprintf(&out, `<line class="grid" x1="0" y1="%.1f" x2="%.0f" y2="%.1f"/>`, base, chartWidth, base)
	fmt.Fprintf(&out, `<text class="axis" x="0" y="12">%s %s</text>`, template.HTMLEscapeString(currency), amount(sums[best]))
	title := template.HTMLEscapeString(b.sayf(salesTitle, currency))
	desc := template.HTMLEscapeString(b.sayf(salesDesc, names[0], names[len(names)-1], amount(sums[best]), names[best]))
	return template.HTML(fmt.Sprintf(`<figure class="chart"><svg viewBox="0 0 %.0f %.0f" role="img" aria-labelledby="sales-title sales-desc"><title id="sales-title">%s</title><desc id="sales-desc">%s</desc>%s</svg></figure>`, //nolint:gosec // all that people have written is escaped
		chartWidth, chartHeight, title, desc, out.String()))
}
