package stats

import (
	"fmt"
	"math"
)

// Reliability is how well items measure one thing together.
type Reliability struct {
	N int64
	// Alpha is Cronbach's (1951), of the items as they are.
	Alpha float64
	// Standardized is that of the items brought to one variance: k r / (1 + (k - 1) r), r the mean of their correlations.
	Standardized float64
	Items        []ItemReliability
}

// ItemReliability is how an item goes with the others.
type ItemReliability struct {
	Mean, Deviation float64
	// Total is the correlation with the sum of the other items (corrected item-total correlation); nil when that sum does not vary.
	Total *float64
	// Deleted is the alpha of the other items; nil when there is one other item only, or their sum does not vary.
	Deleted *float64
}

// ReliabilityOf looks at complete answers, a row per respondent and a column per item. It takes two items and two respondents at least, and each item has to vary: of one that
// all answer alike nothing can be told, and its name is its number.
func ReliabilityOf(responses [][]float64) (*Reliability, error) {
	if len(responses) == 0 {
		return nil, errEmpty
	}
	k := len(responses[0])
	means, covariances := make([]float64, k), square2(k)
	for n, row := range responses {
		if len(row) != k {
			return nil, undefined("RAGGED", fmt.Sprintf("has rows of different lengths: row %d has %d items and the first one %d", n, len(row), k),
				fmt.Sprintf("各行长度不一致：第 %d 行有 %d 项，首行有 %d 项", n, len(row), k))
		}
		if err := finite(row...); err != nil {
			return nil, err
		}
		accumulate(row, float64(n+1), means, covariances)
	}
	for i := range covariances {
		for j := range covariances[i] {
			covariances[i][j] /= math.Max(1, float64(len(responses)-1))
		}
	}
	return ReliabilityOfCovariances(int64(len(responses)), means, covariances)
}

// accumulate adds a row to running means and sums of products.
func accumulate(row []float64, n float64, means []float64, products [][]float64) {
	before := make([]float64, len(row))
	for i, v := range row {
		before[i] = v - means[i]
		means[i] += before[i] / n
	}
	for i := range row {
		for j := range row {
			products[i][j] += before[i] * (row[j] - means[j])
		}
	}
}

func square2(k int) [][]float64 {
	out := make([][]float64, k)
	for i := range out {
		out[i] = make([]float64, k)
	}
	return out
}

// ReliabilityOfCovariances is the same of the covariances of the items (divided by n - 1), which a database can compute.
func ReliabilityOfCovariances(n int64, means []float64, c [][]float64) (*Reliability, error) {
	k := len(c)
	switch {
	case n < 2:
		return nil, undefined("TOO_FEW_RESPONDENTS", "needs at least two respondents", "至少需要两名受访者")
	case k < 2:
		return nil, undefined("TOO_FEW_ITEMS", "needs at least two items", "至少需要两个题项")
	}
	var all, correlations float64
	for i := range c {
		if !(c[i][i] > 0) {
			return nil, undefined("NO_VARIANCE", fmt.Sprintf("has an item that all answered alike: number %d, counted from 0", i),
				fmt.Sprintf("有一个题项所有人回答相同：第 %d 项（从 0 起）", i))
		}
		for j := range c {
			all += c[i][j]
			if j < i {
				correlations += c[i][j] / math.Sqrt(c[i][i]*c[j][j])
			}
		}
	}
	alpha, ok := alphaOf(c, -1)
	mean := correlations / float64(k*(k-1)/2)
	below := 1 + float64(k-1)*mean
	if !ok || below <= tiny {
		return nil, undefined("NO_VARIANCE", "has items that cancel each other out: their sum does not vary", "各题项相互抵消：其合计没有差异")
	}
	out := &Reliability{N: n, Alpha: alpha, Standardized: float64(k) * mean / below, Items: make([]ItemReliability, k)}
	for i := range c {
		out.Items[i] = itemOf(means, c, all, i)
	}
	return out, finite(out.Alpha, out.Standardized)
}

// tiny is what is left of nothing after rounding, in proportion.
const tiny = 1e-12

func itemOf(means []float64, c [][]float64, all float64, i int) ItemReliability {
	out := ItemReliability{Mean: means[i], Deviation: math.Sqrt(c[i][i])}
	var row float64
	for j := range c {
		row += c[i][j]
	}
	if rest := all - 2*row + c[i][i]; rest > tiny*(all+2*math.Abs(row)) {
		total := (row - c[i][i]) / math.Sqrt(rest*c[i][i])
		out.Total = &total
	}
	if deleted, ok := alphaOf(c, i); ok && len(c) > 2 {
		out.Deleted = &deleted
	}
	return out
}

// alphaOf is k / (k - 1) x (1 - sum of variances / variance of the sum), of all items but one; ok is false when their sum does not vary.
func alphaOf(c [][]float64, without int) (alpha float64, ok bool) {
	var k, variances, sum float64
	for i := range c {
		if i == without {
			continue
		}
		k++
		variances += c[i][i]
		for j := range c {
			if j != without {
				sum += c[i][j]
			}
		}
	}
	if k < 2 || sum <= tiny*variances {
		return 0, false
	}
	return k / (k - 1) * (1 - variances/sum), true
}
