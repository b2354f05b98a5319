package report

import (
	"strconv"
	"strings"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// decimal writes a number with so many decimals; what rounds to nothing has no sign.
func decimal(x float64, decimals int) string {
	s := strconv.FormatFloat(x, 'f', decimals, 64)
	if strings.Trim(s, "-0.") == "" {
		return strings.TrimPrefix(s, "-")
	}
	return s
}

// signed writes by how much something changed.
func signed(x float64) string {
	if s := decimal(x, 1); !strings.HasPrefix(s, "-") && strings.Trim(s, "0.") != "" {
		return "+" + s
	}
	return decimal(x, 1)
}

// chance writes how likely something is.
func chance(p float64) string {
	if p < 0.001 {
		return "< 0.001"
	}
	return decimal(p, 3)
}

// percent writes a part of one.
func percent(x float64) string { return strconv.FormatFloat(100*x, 'f', -1, 64) + " %" }

func interval(f *satisfactionv1.Figure, decimals int) Cell {
	if f.Low == nil {
		return text("–")
	}
	return text(decimal(f.GetLow(), decimals) + " – " + decimal(f.GetHigh(), decimals))
}

// told is a score, or why there is none.
func (t Tongue) told(f *satisfactionv1.Figure, decimals int) Cell {
	switch {
	case f.GetWithheld():
		return text(t.say(hidden))
	case f == nil || f.Score == nil:
		return text("–")
	}
	return figure(f.GetScore(), decimals)
}

// moved are by how much a figure changed since the wave before, and how likely that is by chance.
func moved(f *satisfactionv1.Figure) []Cell {
	c := f.GetChange()
	if c == nil {
		return []Cell{text("–"), text("–")}
	}
	mark := ""
	if c.GetBeyondChance() {
		mark = " *"
	}
	difference := c.GetDifference()
	cells := []Cell{{Text: signed(difference) + mark, Number: &difference}, text("–")}
	if c.PValue != nil {
		p := c.GetPValue()
		cells[1] = Cell{Text: chance(p), Number: &p}
	}
	return cells
}

func optional(x *float64, decimals int) Cell {
	if x == nil {
		return text("–")
	}
	return figure(*x, decimals)
}

// number is a column of figures.
func (t Tongue) number(l label) Column { return Column{Label: t.say(l), Number: true} }

func (t Tongue) column(l label) Column { return Column{Label: t.say(l)} }

func (t Tongue) wide(l label) Column { return Column{Label: t.say(l), Wide: true} }

// join puts names after each other, as the language does.
func (t Tongue) join(names []string) string { return strings.Join(names, t.say(label{"、", ", "})) }
