package loyalty

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Whatever is done in a book, in whatever order, it stays sound: the rules alone, without a database.
func TestBookStaysSound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := &Book{Customer: uuid.New()}
		today, known, spent := day(2026, time.January, 1), map[uuid.UUID]*Lot{}, []*Posting{}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			before := len(b.Postings)
			balance := b.Balance
			points := rapid.Int64Range(1, 50).Draw(t, "points")
			p, err := NewPosting(rapid.SampledFrom([]Kind{Other, Adjustment, Redemption, Expiry, Reversal}).Draw(t, "kind"), "", "")
			require.NoError(t, err)
			switch p.Kind {
			case Other:
				last := today.AddDate(0, 0, rapid.IntRange(0, 5).Draw(t, "days"))
				known[p.ID] = b.Open(p, today, &last)
				b.Earn(p, known[p.ID], points)
			case Adjustment:
				if l := pick(t, b.Created); l != nil && !l.past(today) {
					b.TakeBack(p, l, points)
				}
			case Redemption:
				if b.Redeem(p, points) == nil {
					spent = append(spent, p)
				} else {
					require.Greater(t, points, balance)
				}
			case Expiry:
				today = today.AddDate(0, 0, 1)
				require.NoError(t, b.Expire(today))
			default:
				if len(spent) > 0 {
					b.ReverseRedemption(p, spent[0], known, today)
					spent = spent[1:]
				} else if l := pick(t, b.Created); l != nil {
					left, brought := l.Left, l.Points
					require.Equal(t, brought <= 0 || left < brought, b.ReverseEarn(p, l) != nil)
				}
			}
			requireBook(t, b, before, balance)
		}
	})
}

func pick(t *rapid.T, lots []*Lot) *Lot {
	if len(lots) == 0 {
		return nil
	}
	return rapid.SampledFrom(lots).Draw(t, "lot")
}

// requireBook holds the book, and what was posted in it since, to the rules.
func requireBook(t *rapid.T, b *Book, before int, balance int64) {
	left := int64(0)
	for _, l := range b.Created {
		require.GreaterOrEqual(t, l.Left, int64(0))
		left += l.Left
	}
	require.Equal(t, b.Balance, left)
	require.GreaterOrEqual(t, b.Debt, int64(0))
	require.True(t, b.Balance == 0 || b.Debt == 0)
	for _, p := range b.Postings[before:] {
		sum := int64(0)
		for _, l := range p.Lines {
			sum += l.Points
			require.Equal(t, l.Account == Available || l.Account == Issued || l.Account == Expired, l.Lot.Valid)
		}
		require.Zero(t, sum)
		require.GreaterOrEqual(t, len(p.Lines), 2)
		balance += p.Points
		require.Equal(t, balance, p.BalanceAfter)
	}
	require.Equal(t, balance, b.Balance)
}

func TestAddMonths(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to time.Time
		months   int
	}{
		{day(2026, 1, 31), day(2026, 2, 28), 1},
		{day(2024, 2, 29), day(2026, 2, 28), 24},
		{day(2026, 1, 5), day(2025, 1, 5), -12},
		{day(2026, 12, 31), day(2027, 6, 30), 6},
	} {
		require.Equal(t, c.to, addMonths(c.from, c.months))
	}
}
