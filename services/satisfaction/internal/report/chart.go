package report

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
)

// canvas draws a chart as SVG. Its colours are those of the page's style sheet, so that it is readable by day, by night and on paper; it is as wide as the column of text, and what it
// shows is said in words, too.
type canvas struct {
	out           strings.Builder
	width, height float64
}

func newCanvas(height float64) *canvas { return &canvas{width: chartWidth, height: height} }

// addf writes an element; texts go through write.
func (c *canvas) addf(format string, with ...any) { fmt.Fprintf(&c.out, format, with...) }

func (c *canvas) rect(class string, x, y, w, h float64) {
	c.addf(`<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`, class, x, y, max(0, w), h)
}

func (c *canvas) line(class string, x, y, x2, y2 float64) {
	c.addf(`<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, class, x, y, x2, y2)
}

// write is a text, which people may have written.
func (c *canvas) write(class, anchor string, x, y float64, text string) {
	c.addf(`<text class="%s" text-anchor="%s" x="%.1f" y="%.1f">%s</text>`, class, anchor, x, y, template.HTMLEscapeString(text))
}

// dot is a circle with something in it.
func (c *canvas) dot(class string, x, y, r float64, text string) {
	c.addf(`<circle class="%s" cx="%.1f" cy="%.1f" r="%.1f"/>`, class, x, y, r)
	if text != "" {
		c.write("dot-text", "middle", x, y+4, text)
	}
}

// svg is the chart, as wide as there is room.
func (c *canvas) svg(id, title, desc string) template.HTML { return c.figure("chart", id, title, desc) }

// broad is one that is moved to and fro where there is little room.
func (c *canvas) broad(id, title, desc string) template.HTML {
	return c.figure("chart broad", id, title, desc)
}

func (c *canvas) figure(class, id, title, desc string) template.HTML {
	return template.HTML(fmt.Sprintf(`<figure class="%[7]s"><svg viewBox="0 0 %.0[1]f %.0[2]f" role="img" aria-labelledby="%[3]s-title %[3]s-desc"><title id="%[3]s-title">%[4]s</title><desc id="%[3]s-desc">%[5]s</desc>%[6]s</svg></figure>`, //nolint:gosec // all that people have written is escaped
		c.width, c.height, id, template.HTMLEscapeString(title), template.HTMLEscapeString(desc), c.out.String(), class))
}

// bar is a line of a bar chart, from 0 to 100. Low is nil when there is no interval, Value when it is withheld.
type bar struct {
	label            string
	strong           bool
	indent           int
	value, low, high *float64
	absent           string
}

// chartWidth suits a column of text; on a telephone it is half of that, and still to be read.
const chartWidth = 560.0

// bars draws scores with their intervals.
func bars(id, title, desc string, all []bar) template.HTML {
	const (
		row, left, right, top = 42.0, 6.0, 46.0, 8.0
		step                  = 25
	)
	c := newCanvas(top + row*float64(len(all)) + 22)
	scale := (chartWidth - left - right) / 100
	for v := 0; v <= 100; v += step {
		x := left + scale*float64(v)
		c.line("grid", x, top, x, c.height-20)
		c.write("axis", "middle", x, c.height-5, strconv.Itoa(v))
	}
	for i, b := range all {
		y := top + row*float64(i)
		class := "label"
		if b.strong {
			class = "label strong"
		}
		c.write(class, "start", left+12*float64(b.indent), y+14, b.label)
		if b.value == nil {
			c.write("axis", "start", left+4, y+32, b.absent)
			continue
		}
		fill := "bar"
		if b.strong {
			fill = "bar strong"
		}
		c.rect("track", left, y+20, 100*scale, 14)
		c.rect(fill, left, y+20, scale**b.value, 14)
		if b.low != nil && b.high != nil {
			from, to := left+scale**b.low, left+scale**b.high
			for _, class := range []string{"halo", "whisker"} { // it has to be seen on the bar and beside it
				c.line(class, from, y+27, to, y+27)
				c.line(class, from, y+22, from, y+32)
				c.line(class, to, y+22, to, y+32)
			}
		}
		c.write("value", "end", chartWidth-2, y+32, decimal(*b.value, 1))
	}
	return c.svg(id, title, desc)
}

// share is a part of a bar that is all of something, in percent.
type share struct {
	label, class string
	percent      float64
}

// stacked draws parts of a whole.
func stacked(id, title, desc string, all []share) template.HTML {
	c := newCanvas(88)
	x, each := 0.0, chartWidth/float64(len(all))
	for i, s := range all {
		w := chartWidth * s.percent / 100
		c.rect(s.class, x, 6, w, 34)
		if s.percent >= 8 {
			c.write("inside", "middle", x+w/2, 28, decimal(s.percent, 1)+" %")
		}
		at := each * float64(i)
		c.rect(s.class, at+2, 58, 14, 14)
		c.write("label", "start", at+22, 70, s.label+" "+decimal(s.percent, 1)+" %")
		x += w
	}
	return c.svg(id, title, desc)
}
