package loyalty

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Book is the points of one customer while postings are made in it. It holds to two rules that the database checks again: nothing falls below zero, and there is
// no debt while there are points.
type Book struct {
	Customer uuid.UUID
	Balance  int64
	Debt     int64
	Lots     []*Lot     // those with points left, the first to be spent first
	Postings []*Posting // made in this book
	Created  []*Lot
	Reversed []*Lot
}

// Add puts in a lot that has points left.
func (b *Book) Add(l *Lot) {
	if slices.Contains(b.Lots, l) {
		return
	}
	at, _ := slices.BinarySearchFunc(b.Lots, l, order)
	b.Lots = slices.Insert(b.Lots, at, l)
}

// order is that in which lots are spent: what expires first goes first, and of that what was earned first.
func order(a, b *Lot) int {
	return cmp.Or(expiry(a).Compare(expiry(b)), a.EarnDay.Compare(b.EarnDay), bytes.Compare(a.ID[:], b.ID[:]))
}

// expiry is the day of a lot for comparing; a lot that does not expire comes last.
func expiry(l *Lot) time.Time {
	if l.ExpireDay == nil {
		return time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)
	}
	return *l.ExpireDay
}

// find is the open lot of that id, or nil.
func (b *Book) find(id uuid.UUID) *Lot {
	i := slices.IndexFunc(b.Lots, func(l *Lot) bool { return l.ID == id })
	if i < 0 {
		return nil
	}
	return b.Lots[i]
}

// Open begins a lot for a posting that earns.
func (b *Book) Open(p *Posting, earned time.Time, expires *time.Time) *Lot {
	l := &Lot{Customer: b.Customer, ID: p.ID, Kind: p.Kind, Reference: p.Reference, EarnDay: earned, ExpireDay: expires}
	b.Created = append(b.Created, l)
	return l
}

// Earn brings points into a lot. A debt is paid first.
func (b *Book) Earn(p *Posting, l *Lot, points int64) {
	p.ExpireDay = l.ExpireDay
	b.move(p, Issued, l, -points)
	b.receive(p, l, points)
	b.close(p)
}

// TakeBack takes points out that a lot has brought and should not have: what is left in it, then out of the others, and the rest becomes a debt.
func (b *Book) TakeBack(p *Posting, l *Lot, points int64) {
	b.move(p, Issued, l, points)
	own := min(points, l.Left)
	b.move(p, Available, l, -own)
	b.move(p, Debt, nil, b.spend(p, points-own)-(points-own))
	b.close(p)
}

// Redeem spends points.
func (b *Book) Redeem(p *Posting, points int64) error {
	if points > b.Balance {
		return shortError(points - b.Balance)
	}
	b.move(p, Redeemed, nil, points)
	b.spend(p, points)
	b.close(p)
	return nil
}

// Expire lets go what is left of the lots whose last day is over.
func (b *Book) Expire(day time.Time) error {
	var past []*Lot
	for _, l := range b.Lots {
		if l.past(day) && l.Left > 0 {
			past = append(past, l)
		}
	}
	if len(past) == 0 {
		return nil
	}
	p, err := NewPosting(Expiry, "", "")
	if err != nil {
		return err
	}
	for _, l := range past {
		points := l.Left
		b.move(p, Available, l, -points)
		b.move(p, Expired, l, points)
	}
	b.close(p)
	return nil
}

// ReverseEarn takes back all that a lot has brought. That is refused when some of it is gone.
func (b *Book) ReverseEarn(p *Posting, l *Lot) error {
	points := l.Points
	if points <= 0 {
		return errNotReversible
	}
	if points > l.Left {
		return shortError(points - l.Left)
	}
	b.move(p, Issued, l, points)
	b.move(p, Available, l, -points)
	b.close(p)
	l.Reversed = true
	b.Reversed = append(b.Reversed, l)
	return nil
}

// ReverseRedemption brings points back into the lots they came from, as if they had never been spent: what would have expired by that day does so at once.
func (b *Book) ReverseRedemption(p *Posting, spent *Posting, from map[uuid.UUID]*Lot, day time.Time) {
	for _, line := range spent.Lines {
		if line.Account != Available {
			b.move(p, line.Account, nil, -line.Points)
			continue
		}
		l := from[line.Lot.UUID]
		if l.past(day) {
			b.move(p, Expired, l, -line.Points)
			continue
		}
		b.receive(p, l, -line.Points)
	}
	b.close(p)
}

// receive puts points where they belong: into the debt, as far as there is one, then into the lot.
func (b *Book) receive(p *Posting, l *Lot, points int64) {
	paid := min(points, b.Debt)
	b.move(p, Debt, nil, paid)
	if points > paid {
		b.move(p, Available, l, points-paid)
		b.Add(l)
	}
}

// spend takes points out of the lots in their order and says how many it got.
func (b *Book) spend(p *Posting, points int64) int64 {
	got := int64(0)
	for _, l := range b.Lots {
		take := min(l.Left, points-got)
		b.move(p, Available, l, -take)
		got += take
	}
	return got
}

func (b *Book) move(p *Posting, account Account, l *Lot, points int64) {
	if points == 0 {
		return
	}
	line := Line{Account: account, Points: points}
	if l != nil {
		line.Lot = uuid.NullUUID{UUID: l.ID, Valid: true}
	}
	switch account {
	case Available:
		b.Balance += points
		p.Points += points
		l.Left += points
	case Issued:
		l.Points -= points
	case Debt:
		b.Debt -= points
	case Redeemed, Expired: // the company's alone
	}
	p.Lines = append(p.Lines, line)
}

func (b *Book) close(p *Posting) {
	p.Customer, p.BalanceAfter = b.Customer, b.Balance
	b.Postings = append(b.Postings, p)
}
