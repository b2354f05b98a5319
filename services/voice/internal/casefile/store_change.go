package casefile

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/services/voice/internal/clock"
	"github.com/guanxi-crm/guanxi/services/voice/internal/fact"
)

// at is now, or when the case was received by another clock that is ahead of ours.
func (s *Store) at(c *Case) time.Time {
	now := s.now()
	if c.Received.After(now) {
		return c.Received
	}
	return now
}

// of is a case for its clocks.
func (s *Store) of(ctx context.Context, c *Case) (clock.Of, error) {
	class, _, _, factor, zone, err := s.Facts.Standing(ctx, c.Customer)
	return clock.Of{
		Customer: c.Customer, Case: c.ID, Request: int16(c.Request), Severity: int16(c.Severity), Major: c.Major, Class: class, SLAFactor: factor, Zone: zone,
		Received: c.Received,
	}, err
}

// Create opens a case, in a transaction of its own. Its customer is to be living and in the caller's territories.
func (s *Store) Create(ctx context.Context, c *Case) error {
	return aggregate.Change(ctx, s.db, c.Customer, func(ctx context.Context) ([]history.Record, error) {
		record, err := s.Open(ctx, c, "")
		return []history.Record{record}, err
	})
}

// Open opens a case in the caller's transaction, which holds the customer and writes the record. voice is the name of the voice that opens it; empty when none does.
func (s *Store) Open(ctx context.Context, c *Case, voice string) (record history.Record, err error) {
	numbers, err := s.Numbers.Current(ctx)
	if err != nil {
		return record, err
	}
	c.fill()
	if c.Reporter.Valid {
		if err := fact.RequireKnown(ctx, s.db, "case.reporter", c.Customer, c.Reporter.UUID); err != nil {
			return record, err
		}
	}
	if c.ID, err = uuid.NewV7(); err != nil {
		return record, err
	}
	of, err := s.of(ctx, c)
	if err != nil {
		return record, err
	}
	c.State, c.Author, c.CreateTime, c.Revision = Received, auth.From(ctx).Subject, s.now(), 1
	c.UpdateTime = c.CreateTime
	c.Judge(numbers, of.Class)
	of.Case, of.Severity, of.Major = c.ID, int16(c.Severity), c.Major
	if _, err := s.db.NamedExec(ctx, insert, c); err != nil {
		return record, err
	}
	if err := s.Clocks.Start(ctx, of); err != nil {
		return record, err
	}
	data := map[string]string{"verb": "open", "to": Received.String()}
	if voice != "" {
		data["voice"] = voice
	}
	if err := s.Note(ctx, c.Customer, c.ID, Entry{Kind: StepEntry, Time: c.CreateTime, Data: data}); err != nil {
		return record, err
	}
	return c.opened(ctx, voice)
}

// Change lets do change a case; do returns what to announce, nothing when it has changed nothing. The customer is held.
func (s *Store) Change(ctx context.Context, id uuid.UUID, tag string, do func(context.Context, *Case) ([]history.Record, error)) (c *Case, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if c, err = s.Get(ctx, id); err != nil { // before anything is said of the customer
			return err
		}
		return aggregate.Change(ctx, s.db, c.Customer, func(ctx context.Context) ([]history.Record, error) {
			if c, err = s.Get(ctx, id); err != nil { // as it is now that the customer is held
				return nil, err
			}
			if err := etag.Check(tag, c.Revision, c.Name()); err != nil {
				return nil, err
			}
			return do(ctx, c)
		})
	})
	return c, err
}

// write stores a changed case under its next revision.
func (s *Store) write(ctx context.Context, c *Case) error {
	c.Revision, c.UpdateTime = c.Revision+1, s.now()
	_, err := s.db.NamedExec(ctx, update, c)
	return err
}

// Touch stores that something of a case has changed that stands elsewhere, and announces it by that name. The caller's transaction holds the customer.
func (s *Store) Touch(ctx context.Context, c *Case, what string) ([]history.Record, error) {
	if err := s.write(ctx, c); err != nil {
		return nil, err
	}
	record, err := c.changed(ctx, nil, what)
	return []history.Record{record}, err
}

// Update changes fields of a case: set does it and says which. Severity and major follow, and the clocks with them.
func (s *Store) Update(ctx context.Context, id uuid.UUID, tag string, set func(context.Context, *Case) ([]history.Field, error)) (*Case, error) {
	return s.Change(ctx, id, tag, func(ctx context.Context, c *Case) ([]history.Record, error) {
		before := *c
		fields, err := set(ctx, c)
		if err != nil || len(fields) == 0 {
			return nil, err
		}
		if c.Reporter.Valid && c.Reporter != before.Reporter {
			if err := fact.RequireKnown(ctx, s.db, "case.reporter", c.Customer, c.Reporter.UUID); err != nil {
				return nil, err
			}
		}
		return s.alter(ctx, c, fields)
	})
}

// alter judges a case whose fields have changed anew, and stores, notes and announces it.
func (s *Store) alter(ctx context.Context, c *Case, fields []history.Field, more ...string) ([]history.Record, error) {
	judged, err := s.rejudge(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := s.write(ctx, c); err != nil {
		return nil, err
	}
	all := append(history.Names(fields), more...)
	all = append(all, judged...)
	if err := s.Note(ctx, c.Customer, c.ID, Entry{Kind: Change, Data: map[string]string{"fields": strings.Join(all, ",")}}); err != nil {
		return nil, err
	}
	record, err := c.changed(ctx, fields, all...)
	return []history.Record{record}, err
}

// rejudge finds severity and major of a case anew and takes its clocks over to what follows; it names what has changed.
func (s *Store) rejudge(ctx context.Context, c *Case) ([]string, error) {
	numbers, err := s.Numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	of, err := s.of(ctx, c)
	if err != nil {
		return nil, err
	}
	before := *c
	if !c.Judge(numbers, of.Class) {
		return nil, nil
	}
	of.Severity, of.Major = int16(c.Severity), c.Major
	_, err = s.Clocks.Reproject(ctx, of, s.at(c))
	return differences(&before, c), err
}

// differences names which of severity and major differ.
func differences(before, after *Case) (names []string) {
	if before.Severity != after.Severity {
		names = append(names, "severity")
	}
	if before.Major != after.Major {
		names = append(names, "major")
	}
	return names
}

// Grade sets severity (0: leave it) or major (nil: leave it) by hand.
func (s *Store) Grade(ctx context.Context, id uuid.UUID, tag string, severity Severity, major *bool, reason string) (*Case, error) {
	if severity == 0 && major == nil {
		return nil, fault.Invalid(fault.Field("severity", "REQUIRED", fault.Text{En: "or major must be given", Zh: "severity 与 major 须至少给出一项"}))
	}
	return s.Change(ctx, id, tag, func(ctx context.Context, c *Case) ([]history.Record, error) {
		if c.State == Closed {
			return nil, ClosedError(c)
		}
		before := *c
		if severity != 0 && (c.Severity != severity || c.Basis != ByHand) {
			c.Severity, c.Basis, c.SeverityReason = severity, ByHand, reason
		}
		if major != nil && (c.Major != *major || !c.MajorByHand) {
			c.Major, c.MajorByHand, c.MajorReason = *major, true, reason
		}
		if *c == before {
			return nil, nil
		}
		return s.graded(ctx, &before, c, reason)
	})
}

func (s *Store) graded(ctx context.Context, before, c *Case, reason string) ([]history.Record, error) {
	numbers, err := s.Numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	of, err := s.of(ctx, c)
	if err != nil {
		return nil, err
	}
	c.Judge(numbers, of.Class) // a severity set by hand can make it a major complaint
	of.Severity, of.Major = int16(c.Severity), c.Major
	if _, err := s.Clocks.Reproject(ctx, of, s.at(c)); err != nil {
		return nil, err
	}
	if err := s.write(ctx, c); err != nil {
		return nil, err
	}
	fields := differences(before, c)
	if before.Basis != c.Basis {
		fields = append(fields, "severity_basis")
	}
	if before.MajorByHand != c.MajorByHand {
		fields = append(fields, "major_by_hand")
	}
	if err := s.Note(ctx, c.Customer, c.ID, Entry{Kind: Change, Note: reason, Data: map[string]string{"fields": strings.Join(fields, ",")}}); err != nil {
		return nil, err
	}
	record, err := c.changed(ctx, nil, fields...)
	return []history.Record{record}, err
}

// Gather adds what a further voice says to a case that is not closed. The caller's transaction holds the customer.
func (s *Store) Gather(ctx context.Context, c *Case, voice string, grading Severity, affected, minutes int32) ([]history.Record, error) {
	if c.State == Closed {
		return nil, ClosedError(c)
	}
	if err := s.Note(ctx, c.Customer, c.ID, Entry{Kind: VoiceEntry, Data: map[string]string{"voice": voice}}); err != nil {
		return nil, err
	}
	c.Worsen(grading, affected, minutes)
	return s.alter(ctx, c, nil, "voices")
}
