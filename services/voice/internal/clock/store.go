package clock

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/voice/internal/calendar"
	"github.com/guanxi-crm/guanxi/services/voice/internal/rule"
)

// Of is a case as its clocks need to know it; the numbers are those of the API.
type Of struct {
	Customer, Case uuid.UUID
	Request        int16 // RequestKind
	Severity       int16
	Major          bool
	Class          int16 // of the customer; 0 not known
	SLAFactor      decimal.Decimal
	Zone           string // of the customer; targets are reckoned in the zone of the rule's calendar
	Received       time.Time
}

// Difference is what a change of a case moved.
type Difference struct {
	Moves []Move
}

// Move is what became of one clock.
type Move struct {
	Clock                     uuid.UUID
	Measure                   Measure
	BeforeDue, AfterDue       *time.Time
	BeforeTarget, AfterTarget int64
	BeforeRule, AfterRule     uuid.UUID
}

// Store keeps clocks.
type Store struct {
	db        *postgres.DB
	now       func() time.Time
	rules     *rule.Store
	calendars *calendar.Store
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store {
	rules := rule.NewStore(db, now)
	return &Store{db: db, now: now, rules: rules, calendars: rules.Calendars}
}

// Ship stores the calendars and rules of a new installation, if that has not been done.
func (s *Store) Ship(ctx context.Context) error { return s.rules.Ship(ctx) }

// Start starts the clocks that the rules ask for, from when the case was received. It runs, as all that follows, in the caller's transaction, which holds the customer.
func (s *Store) Start(ctx context.Context, of Of) error {
	b, err := s.brief(ctx)
	if err != nil {
		return err
	}
	var made []*Clock
	for _, m := range []Measure{FirstResponse, Resolution} {
		p, err := b.promise(ctx, of, m)
		if err != nil {
			return err
		}
		if p == nil {
			continue
		}
		id, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("clock: %w", err)
		}
		made = append(made, start(of.Customer, of.Case, id, m, *p, of.Received))
	}
	return s.save(ctx, made)
}

// Pause stops the time of those running clocks that pause while we wait for the customer.
func (s *Store) Pause(ctx context.Context, customer, id uuid.UUID, at time.Time) error {
	return s.each(ctx, customer, id, func(k *Clock) bool { return k.pause(at) })
}

// Resume lets paused clocks run on.
func (s *Store) Resume(ctx context.Context, customer, id uuid.UUID, at time.Time) error {
	return s.each(ctx, customer, id, func(k *Clock) bool { return k.resume(at) })
}

// Stop ends a clock: met, or missed when it was due before. One that is not open, or not there, is left alone. Alarms that were due by then and are not fired yet stay due, so that
// who escalates finds them: a breach is announced however soon after it the clock was stopped, while no level is told any more.
func (s *Store) Stop(ctx context.Context, customer, id uuid.UUID, measure Measure, at time.Time) error {
	return s.each(ctx, customer, id, func(k *Clock) bool { return k.Measure == measure && k.stop(at) })
}

// Cancel ends the open clocks of a case without a verdict, as when it turned out to be a duplicate.
func (s *Store) Cancel(ctx context.Context, customer, id uuid.UUID, at time.Time) error {
	return s.each(ctx, customer, id, func(k *Clock) bool { return k.cancel(at) })
}

// each changes the clocks of a case, in the order of their measures.
func (s *Store) each(ctx context.Context, customer, id uuid.UUID, change func(k *Clock) bool) error {
	clocks, err := s.load(ctx, customer, id)
	if err != nil {
		return err
	}
	var changed []*Clock
	for _, k := range clocks {
		if change(k) {
			changed = append(changed, k)
		}
	}
	return s.save(ctx, changed)
}

// Reopen lets a clock go on from what was used, by the rules as they are now. Where no rule says anything of it any more it stays stopped.
func (s *Store) Reopen(ctx context.Context, of Of, measure Measure, at time.Time) error {
	b, err := s.brief(ctx)
	if err != nil {
		return err
	}
	p, err := b.promise(ctx, of, measure)
	if err != nil || p == nil {
		return err
	}
	return s.each(ctx, of.Customer, of.Case, func(k *Clock) bool { return k.Measure == measure && k.reopen(*p, at) })
}

// Reproject takes the open clocks over to what the rules say of the case now, after its severity, major or the customer's class has changed: same used time, new target and
// calendar. The interval before is kept. A clock for which the same rule counts with the same SLA factor keeps to its versions, and one of which no rule says anything any more is
// held to what it was.
func (s *Store) Reproject(ctx context.Context, of Of, at time.Time) (Difference, error) {
	var d Difference
	b, err := s.brief(ctx)
	if err != nil {
		return d, err
	}
	clocks, err := s.load(ctx, of.Customer, of.Case)
	if err != nil {
		return d, err
	}
	var changed []*Clock
	for _, k := range clocks {
		p, err := b.promise(ctx, of, k.Measure)
		if err != nil {
			return d, err
		}
		if p == nil {
			continue
		}
		if m := k.moving(); k.differs(p) && k.retarget(*p, CaseChanged, at) {
			changed, d.Moves = append(changed, k), append(d.Moves, m.to(k))
		} else if k.State.Open() && !k.Offered.Equal(p.Offered) { // a later version of the rule may apply it
			k.Offered = p.Offered
			changed = append(changed, k)
		}
	}
	return d, s.save(ctx, changed)
}

// differs says whether the case calls for another rule or another factor, and not only for later versions of the same.
func (k *Clock) differs(p *Promise) bool {
	return k.Rule != p.Rule || !k.Factor.Equal(p.Factor)
}

// moving is a clock before a change.
func (k *Clock) moving() Move {
	return Move{Clock: k.ID, Measure: k.Measure, BeforeDue: k.Due, BeforeTarget: k.Target, BeforeRule: k.Rule}
}

// to is what a clock has become.
func (m Move) to(k *Clock) Move {
	m.AfterDue, m.AfterTarget, m.AfterRule = k.Due, k.Target, k.Rule
	return m
}

// brief is what clocks are made by at one time: the rules, and the newest versions of the calendars.
type brief struct {
	s      *Store
	book   rule.Book
	newest map[uuid.UUID]int32
}

func (s *Store) brief(ctx context.Context) (*brief, error) {
	book, err := s.rules.Book(ctx)
	if err != nil {
		return nil, err
	}
	newest, err := s.calendars.Newest(ctx)
	return &brief{s: s, book: book, newest: newest}, err
}

// promise is what the rules ask of a measure of a case; nil when they say nothing of it.
func (b *brief) promise(ctx context.Context, of Of, m Measure) (*Promise, error) {
	r, t := b.book.Choose(rule.Case{Request: of.Request, Severity: of.Severity, Class: of.Class, Major: of.Major}, m)
	if r == nil {
		return nil, nil //nolint:nilnil // see above
	}
	version := b.newest[t.Calendar]
	at, err := b.s.calendars.Time(ctx, calendar.Version{ID: t.Calendar, Version: version})
	if err != nil {
		return nil, err
	}
	seconds, factor := t.With(of.SLAFactor)
	return &Promise{
		Terms:   Terms{Rule: r.ID, RuleVersion: r.Version, Calendar: t.Calendar, CalendarVersion: version, Factor: factor, Target: seconds},
		Offered: of.SLAFactor, Pauses: t.Pauses, Steps: t.Steps, Time: at,
	}, nil
}
