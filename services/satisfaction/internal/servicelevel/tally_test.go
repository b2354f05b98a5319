package servicelevel_test

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// three-valued truths.
type truth int8

const (
	unknown truth = iota
	yes
	no
)

func is(b bool) truth {
	if b {
		return yes
	}
	return no
}

// tally is what is counted one by one.
type tally struct {
	orders, returns             int
	timely                      [7]int // by status
	lineFill                    [3]int // by truth
	orders3, damage, docs       [3]int
	perfect                     [3]int
	imperfect                   int
	ordered, filled, dark       int
	spans                       [8][]int64
	unknownSpans, negativeSpans [8]int
}

// status goes through the rule as it is documented.
func (o *order) status(r *satisfactionv1.OnTimeRule, now time.Time) int {
	due := o.requested
	if r.GetDue() == satisfactionv1.OnTimeRule_PROMISED {
		due = o.promised
	}
	if due == nil {
		return 5
	}
	zone, _ := time.LoadLocation(o.zone)
	inTime := func(at time.Time) bool {
		if r.GetComparison() == satisfactionv1.OnTimeRule_TIMESTAMP {
			return !at.After(*due)
		}
		return at.In(zone).Format(time.DateOnly) <= due.In(zone).Format(time.DateOnly)
	}
	done := o.shipped
	if r.GetDone() == satisfactionv1.OnTimeRule_DELIVERED {
		done = o.delivered
	}
	switch {
	case done != nil && inTime(*done):
		return 1
	case done != nil:
		return 2
	case o.delivered != nil && inTime(*o.delivered):
		return 1
	case o.delivered != nil:
		return 6
	case inTime(now):
		return 4
	}
	return 3
}

// add counts an order with these of its lines; none says that it has no lines at all.
func (x *tally) add(o *order, lines []line, none bool, r *satisfactionv1.OnTimeRule, now time.Time) {
	var ours []line
	for _, l := range lines {
		if l.quantity > 0 {
			ours = append(ours, l)
		}
	}
	if len(ours) == 0 && !none {
		x.returns++
		return
	}
	x.orders++
	status := o.status(r, now)
	x.timely[status]++
	for _, l := range ours {
		switch {
		case l.filled == nil:
			x.lineFill[unknown]++
			x.dark += l.quantity
		case *l.filled < l.quantity:
			x.lineFill[no]++
		default:
			x.lineFill[yes]++
		}
		if l.filled != nil {
			x.ordered += l.quantity
			x.filled += max(0, min(*l.filled, l.quantity))
		}
	}
	complete := over(ours, func(l line) truth {
		if l.filled == nil {
			return unknown
		}
		return is(*l.filled >= l.quantity)
	})
	undamaged := over(ours, func(l line) truth {
		if l.damaged == nil {
			return unknown
		}
		return is(*l.damaged == 0)
	})
	documents := unknown
	if o.documents != nil {
		documents = is(*o.documents)
	}
	x.orders3[complete]++
	x.damage[undamaged]++
	x.docs[documents]++
	x.grade(status, complete, undamaged, documents)
	x.time(o)
}

// over is unknown as soon as one of them is, or there are none.
func over(lines []line, of func(line) truth) truth {
	out := yes
	for _, l := range lines {
		told := of(l)
		if told == unknown {
			return unknown
		}
		out = max(out, told) // no is more than yes
	}
	if len(lines) == 0 {
		return unknown
	}
	return out
}

func (x *tally) grade(status int, rest ...truth) {
	timely := unknown
	if status <= 3 {
		timely = is(status == 1)
	}
	all := slices.Concat(rest, []truth{timely})
	switch {
	case slices.Contains(all, unknown):
		x.perfect[unknown]++
		if slices.Contains(all, no) {
			x.imperfect++
		}
	case slices.Contains(all, no):
		x.perfect[no]++
	default:
		x.perfect[yes]++
	}
}

func (x *tally) time(o *order) {
	steps := []*time.Time{o.ordered, o.transmitted, o.processed, o.assembled, o.shipped, o.delivered}
	for part, ends := range [][2]int{{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}, {0, 4}, {0, 5}} {
		from, to := steps[ends[0]], steps[ends[1]]
		switch {
		case from == nil || to == nil:
			x.unknownSpans[part]++
		case to.Before(*from):
			x.negativeSpans[part]++
		default:
			x.spans[part] = append(x.spans[part], to.Sub(*from).Microseconds())
		}
	}
}

func (x *tally) String() string {
	var out strings.Builder
	fmt.Fprintln(&out, x.orders, x.returns, x.timely[1:], x.lineFill, x.orders3, x.damage, x.docs, x.perfect, x.imperfect, x.ordered, x.filled, x.dark)
	edges := []int64{1, 2, 3, 5, 7, 10, 14, 21, 30, 60}
	for part := range 7 {
		spans := slices.Clone(x.spans[part])
		slices.Sort(spans)
		n := len(spans)
		buckets := make([]int, len(edges)+1)
		sum, mean, median, p90, most, deviation := new(big.Int), "", "", "", "", ""
		for _, s := range spans {
			sum.Add(sum, big.NewInt(s))
			bucket := 0
			for bucket < len(edges) && s >= edges[bucket]*86_400_000_000 {
				bucket++
			}
			buckets[bucket]++
		}
		if n > 0 {
			mean = inDays(decimal.NewFromBigInt(sum, 0), int64(n))
			median = inDays(decimal.NewFromInt(spans[(n-1)/2]).Add(decimal.NewFromInt(spans[n/2])), 2)
			p90, most = inDays(decimal.NewFromInt(spans[(9*n+9)/10-1]), 1), inDays(decimal.NewFromInt(spans[n-1]), 1)
		}
		if n > 1 {
			squares, total := decimal.Zero, decimal.NewFromBigInt(sum, 0)
			for _, s := range spans {
				d := decimal.NewFromInt(s).Mul(decimal.NewFromInt(int64(n))).Sub(total)
				squares = squares.Add(d.Mul(d))
			}
			variance := squares.DivRound(decimal.NewFromInt(int64(n)*int64(n)*int64(n-1)), 20)
			root := new(big.Float).SetPrec(200).Sqrt(variance.BigFloat())
			exact, _ := new(big.Float).Quo(root, big.NewFloat(86_400_000_000)).Float64()
			deviation = decimal.NewFromFloat(exact).Round(6).String()
		}
		fmt.Fprintln(&out, n, x.unknownSpans[part], x.negativeSpans[part], mean, median, p90, most, deviation, buckets)
	}
	return out.String()
}

func inDays(micros decimal.Decimal, by int64) string {
	return micros.DivRound(decimal.NewFromInt(by).Mul(decimal.NewFromInt(86_400_000_000)), 6).String()
}

// read writes an answer as a tally is written.
func read(l *satisfactionv1.ServiceLevel) string {
	three := func(s *satisfactionv1.ServiceShare) [3]int {
		return [3]int{int(s.GetUnknownCount()), int(s.GetCount()), int(s.GetKnownCount() - s.GetCount())}
	}
	o, q := l.GetOnTime(), l.GetQuantityFill()
	var out strings.Builder
	fmt.Fprintln(&out, l.GetOrderCount(), l.GetReturnCount(),
		[]int64{o.GetOnTimeCount(), o.GetLateCount(), o.GetOverdueCount(), o.GetPendingCount(), o.GetUndatedCount(), o.GetUntimedCount()}, three(l.GetLineFill()),
		three(l.GetOrderFill()), three(l.GetDamageFree()), three(l.GetDocumentsCorrect()), three(l.GetPerfectOrder()), l.GetUnknownImperfectCount(), q.GetOrderedQuantity(),
		q.GetFilledQuantity(), q.GetUnknownQuantity())
	for _, c := range l.GetCycleTimes() {
		var buckets []int64
		for _, b := range c.GetBuckets() {
			buckets = append(buckets, b.GetCount())
		}
		fmt.Fprintln(&out, c.GetCount(), c.GetUnknownCount(), c.GetNegativeCount(), c.GetMeanDays(), c.GetMedianDays(), c.GetP90Days(), c.GetMaxDays(),
			c.GetStandardDeviationDays(), buckets)
	}
	return out.String()
}
