package issue

import (
	"math"

	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

// Differ stands for a product or cause of a group whose cases have several.
const Differ = "*"

// Corpus is how many cases there are, and in how many of them a term occurs.
type Corpus struct {
	Cases int64
	Of    map[string]int64
}

// Weight is how much a term tells: the rarer the more.
func (c *Corpus) Weight(term string) float64 {
	return math.Log(1 + float64(c.Cases+1)/float64(c.Of[term]+1))
}

// Document is a case, or a group as the sum of its cases, as they are compared.
type Document struct {
	// Terms are in the order of the alphabet, each with the number of cases that have it.
	Terms  []string
	Counts map[string]int
	// Square is that of the length of their vector.
	Square float64
	// Line, Code and Cause are what all of the cases have in common, as far as they say: "" none says anything, Differ they have several.
	Line, Code, Cause string
}

// Measure finds the square of the length of a document's vector, whose elements are the counts of its terms times their weights.
func (c *Corpus) Measure(d *Document) {
	d.Square = 0
	for _, term := range d.Terms {
		d.Square += square(c.Weight(term) * float64(d.Counts[term]))
	}
}

func square(x float64) float64 { return x * x }

// Similarity is how similar two documents are, 0 to 1: of the texts the cosine of their vectors, of product and cause whether they are the same, weighed by the rules. What is not
// known of both does not count. It is the same either way round, and 1 of a document and itself.
func Similarity(r *settings.Issue, c *Corpus, a, b *Document) float64 {
	var sum, weights float64
	add := func(weight, value float64) {
		sum += weight * value
		weights += weight
	}
	if a.Square > 0 || b.Square > 0 {
		add(r.Text, cosine(c, a, b))
	}
	if value, known := sameProduct(a, b); known {
		add(r.Product, value)
	}
	if known(a.Cause) && known(b.Cause) {
		add(r.Cause, same(a.Cause, b.Cause))
	}
	if weights == 0 { // neither says anything
		return 1
	}
	return min(1, sum/weights)
}

// cosine is held below 1: a group's length may have been measured before its terms became rarer.
func cosine(c *Corpus, a, b *Document) float64 {
	if a.Square <= 0 || b.Square <= 0 {
		return 0
	}
	dot := 0.0
	for _, term := range a.Terms {
		if n := b.Counts[term]; n > 0 {
			dot += square(c.Weight(term)) * float64(a.Counts[term]*n)
		}
	}
	if cos := dot / math.Sqrt(a.Square*b.Square); cos < alike {
		return cos
	}
	return 1
}

// alike is where the error of the calculation begins.
const alike = 1 - 1e-12

// sameProduct compares the products, or where one is not said the lines.
func sameProduct(a, b *Document) (value float64, ok bool) {
	switch {
	case known(a.Code) && known(b.Code):
		return same(a.Code, b.Code), true
	case known(a.Line) && known(b.Line):
		return same(a.Line, b.Line), true
	}
	return 0, false
}

func known(code string) bool { return code != "" && code != Differ }

func same(a, b string) float64 {
	if a == b {
		return 1
	}
	return 0
}

// common is what a group and one more case have in common.
func common(group, more string) string {
	switch {
	case more == "" || more == group:
		return group
	case group == "":
		return more
	default:
		return Differ
	}
}
