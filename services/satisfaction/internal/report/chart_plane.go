package report

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"unicode"
)

// point is an item among the quadrants; the number is that of the table.
type point struct {
	x, y     float64
	quadrant int
}

// span is from where to where an axis goes: what there is, with some room around it.
func span(values []float64, line float64) (low, high float64) {
	low, high = line, line
	for _, v := range values {
		low, high = math.Min(low, v), math.Max(high, v)
	}
	room := math.Max((high-low)*0.12, 0.01)
	return low - room, high + room
}

// scatter draws importance (to the right) over performance (upwards), and the lines between the quadrants.
func scatter(id string, t Tongue, desc string, points []point, importance, performance float64) template.HTML {
	const (
		left, bottom, top, height, radius = 30.0, 30.0, 10.0, 420.0, 10.0
	)
	c := newCanvas(height)
	var xs, ys []float64
	for _, p := range points {
		xs, ys = append(xs, p.x), append(ys, p.y)
	}
	lowX, highX := span(xs, importance)
	lowY, highY := span(ys, performance)
	w, h := chartWidth-left-8, height-bottom-top
	x := func(v float64) float64 { return left + w*(v-lowX)/(highX-lowX) }
	y := func(v float64) float64 { return top + h*(1-(v-lowY)/(highY-lowY)) }
	middleX, middleY := x(importance), y(performance)
	c.rect("quadrant q1", middleX, middleY, left+w-middleX, top+h-middleY)
	c.rect("quadrant q2", middleX, top, left+w-middleX, middleY-top)
	c.rect("quadrant q3", left, middleY, middleX-left, top+h-middleY)
	c.rect("quadrant q4", left, top, middleX-left, middleY-top)
	c.write("corner", "end", left+w-6, top+h-8, t.say(quadrantLabels[1]))
	c.write("corner", "end", left+w-6, top+18, t.say(quadrantLabels[2]))
	c.write("corner", "start", left+6, top+h-8, t.say(quadrantLabels[3]))
	c.write("corner", "start", left+6, top+18, t.say(quadrantLabels[4]))
	c.line("cross", middleX, top, middleX, top+h)
	c.line("cross", left, middleY, left+w, middleY)
	for i, p := range points {
		c.dot(fmt.Sprintf("dot q%d", p.quadrant), x(p.x), y(p.y), radius, strconv.Itoa(i+1))
	}
	c.write("axis", "middle", left+w/2, height-8, t.say(importanceAxis))
	c.addf(`<g transform="translate(16 %.1f) rotate(-90)">`, top+h/2)
	c.write("axis", "middle", 0, 0, t.say(performanceAxis))
	c.addf(`</g>`)
	return c.svg(id, t.say(chartQuadrants), desc)
}

// series is a line over waves; nil where there is no figure.
type series struct {
	label  string
	strong bool
	values []*float64
}

// lines draws how scores went from wave to wave. Each line has its name where it ends.
func lines(id, title, desc string, waves []string, all []series) template.HTML {
	const (
		left, right, top, bottom, height = 34.0, 185.0, 14.0, 30.0, 300.0
		apart                            = 15.0
	)
	c := newCanvas(height)
	var values []float64
	for _, s := range all {
		for _, v := range s.values {
			if v != nil {
				values = append(values, *v)
			}
		}
	}
	if len(values) == 0 {
		return ""
	}
	low, high := span(values, values[0])
	low, high = math.Max(0, math.Floor(low/5)*5), math.Min(100, math.Ceil(high/5)*5)
	w, h := chartWidth-left-right, height-top-bottom
	x := func(i int) float64 { return left + w*float64(i)/math.Max(1, float64(len(waves)-1)) }
	y := func(v float64) float64 { return top + h*(1-(v-low)/(high-low)) }
	for v := low; v <= high; v += math.Max(5, math.Ceil((high-low)/25)*5) {
		c.line("grid", left, y(v), left+w, y(v))
		c.write("axis", "end", left-5, y(v)+4, decimal(v, 0))
	}
	for i, wave := range waves {
		c.write("axis", "middle", x(i), height-8, wave)
	}
	for i, s := range all {
		c.follow(i, s, x, y)
	}
	for i, at := range spread(all, y, apart) {
		if last := all[i].values[len(all[i].values)-1]; last != nil {
			c.write(fmt.Sprintf("name s%d", i%seriesColours), "start", left+w+10, at+4, decimal(*last, 1)+" "+short(all[i].label))
		}
	}
	return c.broad(id, title, desc)
}

// short is a name that has room beside the lines: Chinese characters take twice as much.
func short(name string) string {
	const room = 22
	broad := 0
	for i, r := range name {
		if broad++; r > unicode.MaxLatin1 {
			broad++
		}
		if broad > room {
			return name[:i] + "…"
		}
	}
	return name
}

// seriesColours is how many the style sheet has.
const seriesColours = 8

func (c *canvas) follow(i int, s series, x func(int) float64, y func(float64) float64) {
	class := fmt.Sprintf("series s%d", i%seriesColours)
	if s.strong {
		class += " strong"
	}
	for n, v := range s.values {
		if v == nil {
			continue
		}
		if n > 0 && s.values[n-1] != nil {
			c.line(class, x(n-1), y(*s.values[n-1]), x(n), y(*v))
		}
		c.dot(class+" end", x(n), y(*v), 3.5, "")
	}
}

// spread is where the names of lines stand, by where they end, moved apart so that none covers another.
func spread(all []series, y func(float64) float64, apart float64) []float64 {
	at := make([]float64, len(all))
	var order []int
	for i, s := range all {
		if v := s.values[len(s.values)-1]; v != nil {
			at[i] = y(*v)
			place := len(order)
			for place > 0 && at[order[place-1]] > at[i] {
				place--
			}
			order = append(order[:place], append([]int{i}, order[place:]...)...)
		}
	}
	for n := 1; n < len(order); n++ {
		at[order[n]] = math.Max(at[order[n]], at[order[n-1]]+apart)
	}
	return at
}
