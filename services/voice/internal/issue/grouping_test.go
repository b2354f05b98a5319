package issue_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/services/voice/internal/issue"
)

// told is a complaint of an issue, -1 of none.
type told struct {
	issue int
	code  string
	text  string
}

// mixed are all complaints in an order by chance.
func mixed(seed uint64) []told {
	var out []told
	for i, p := range planted {
		for _, text := range p.texts {
			out = append(out, told{i, p.code, text})
		}
	}
	for _, text := range noise {
		out = append(out, told{-1, "", text})
	}
	rand.New(rand.NewPCG(seed, 1)).Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// quality is how many of the pairs of cases that were put together belong together, and how many of those that belong together were.
func quality(all []told, group func(i int) uuid.UUID) (precision, recall float64) {
	var together, right, belong float64
	for i := range all {
		for j := range i {
			same, put := all[i].issue >= 0 && all[i].issue == all[j].issue, group(i) == group(j)
			if put {
				together++
			}
			if same {
				belong++
			}
			if put && same {
				right++
			}
		}
	}
	return right / max(together, 1), right / max(belong, 1)
}

// Complaints as they are written in Chinese, simplified and traditional, and English come together by what they complain of, in whatever order they come.
func TestPlantedIssuesAreFound(t *testing.T) {
	t.Parallel()
	var worstPrecision, worstRecall, precisions, recalls float64 = 1, 1, 0, 0
	const orders = 20
	for seed := range uint64(orders) {
		all := mixed(seed)
		corpus := &issue.Corpus{Of: map[string]int64{}}
		groups := make([]uuid.UUID, len(all))
		var known []*issue.Profile
		for i, c := range all {
			// Case by case, as they come: what a term tells is known of those before.
			one := issue.NewCase(uuid.New(), uuid.New(), time.Unix(0, 0), c.text, issue.Facts{Code: c.code})
			near := make([]uuid.UUID, len(known))
			for j, p := range known {
				near[j] = p.ID
				measure(corpus, p)
			}
			placed := issue.NewGrouping(shipped(), corpus, uuid.New, known).Place(one, near)
			if placed.Group.New {
				known = append(known, placed.Group)
				placed.Group.New = false
			}
			groups[i] = placed.Group.ID
			corpus.Cases++
			for _, term := range one.Terms {
				corpus.Of[term]++
			}
		}
		precision, recall := quality(all, func(i int) uuid.UUID { return groups[i] })
		worstPrecision, worstRecall = min(worstPrecision, precision), min(worstRecall, recall)
		precisions, recalls = precisions+precision, recalls+recall
	}
	t.Logf("%d complaints, %d orders: precision %.3f (worst %.3f), recall %.3f (worst %.3f)", len(mixed(0)), orders, precisions/orders, worstPrecision, recalls/orders, worstRecall)
	require.Greater(t, worstPrecision, 0.85)
	require.Greater(t, worstRecall, 0.6)
}

func measure(c *issue.Corpus, p *issue.Profile) {
	d := &issue.Document{Counts: p.Counts}
	for term := range p.Counts {
		d.Terms = append(d.Terms, term)
	}
	c.Measure(d)
	p.Square = d.Square
}
