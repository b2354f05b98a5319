package intake

import (
	"context"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/services/voice/internal/casefile"
	"github.com/guanxi-crm/guanxi/services/voice/internal/fact"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

// Receive takes in a voice, for the caller of ctx: the customer, if it is known, must be living and in his territories. A zero Received is now. The voice that came before
// under the same reference of its source comes back as it is.
func (s *Store) Receive(ctx context.Context, v *Voice) (kept *Voice, err error) {
	numbers, err := s.cases.Numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.ready(ctx, v, numbers); err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if kept, err = s.before(ctx, v); err != nil || kept != nil {
			return err
		}
		if !v.Customer.Valid {
			kept, err = s.wait(ctx, v)
			return err
		}
		return aggregate.Change(ctx, s.db, v.Customer.UUID, func(ctx context.Context) ([]history.Record, error) {
			var records []history.Record
			kept, records, err = s.keep(ctx, v, numbers)
			return records, err
		})
	})
	return kept, err
}

// ready completes a new voice.
func (s *Store) ready(ctx context.Context, v *Voice, numbers *settings.Numbers) (err error) {
	said := !v.Received.IsZero()
	if !said {
		v.Received = s.now()
	}
	if wrong := v.Check(s.now()); len(wrong) > 0 {
		return fault.Prefix(fault.Invalid(wrong...), "voice")
	}
	v.fill()
	if v.Digest, err = v.digest(said); err != nil {
		return err
	}
	if v.ID, err = uuid.NewV7(); err != nil {
		return err
	}
	if v.Customer.Valid {
		v.Territory = ""
	} else if v.Territory == "" {
		v.Territory = numbers.Intake.Territory
	}
	v.Author, v.CreateTime, v.Revision = auth.From(ctx).Subject, s.now(), 1
	v.UpdateTime = v.CreateTime
	return nil
}

// judge finds whether it is a major complaint.
func (s *Store) judge(ctx context.Context, v *Voice, numbers *settings.Numbers) error {
	var class int16
	if v.Customer.Valid {
		var err error
		if class, _, _, _, _, err = s.cases.Facts.Standing(ctx, v.Customer.UUID); err != nil {
			return err
		}
	}
	c := v.opening()
	c.Judge(numbers, class)
	v.Major = c.Major
	return nil
}

// put stores a new voice, or finds that the same one was faster.
func (s *Store) put(ctx context.Context, v *Voice) (*Voice, error) {
	result, err := s.db.NamedExec(ctx, insert, v)
	if err != nil {
		return nil, err
	}
	if n, err := result.RowsAffected(); err != nil || n == 1 {
		return v, err
	}
	return s.before(ctx, v)
}

// wait stores a voice of nobody known, whose events are its own.
func (s *Store) wait(ctx context.Context, v *Voice) (*Voice, error) {
	numbers, err := s.cases.Numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.judge(ctx, v, numbers); err != nil {
		return nil, err
	}
	kept, err := s.put(ctx, v)
	if err != nil || kept != v {
		return kept, err
	}
	event, err := v.received(ctx, v.ID)
	if err != nil {
		return nil, err
	}
	_, err = s.db.NamedExec(ctx, announce, struct {
		events.Event
		AggregateID uuid.UUID `db:"aggregate_id"`
	}{event, v.ID})
	return v, err
}

// keep stores a voice of a customer, who is held, and opens a case where the settings say so.
func (s *Store) keep(ctx context.Context, v *Voice, numbers *settings.Numbers) (*Voice, []history.Record, error) {
	if v.Reporter.Valid {
		if err := fact.RequireKnown(ctx, s.db, "voice.reporter", v.Customer.UUID, v.Reporter.UUID); err != nil {
			return nil, nil, err
		}
	}
	if err := s.judge(ctx, v, numbers); err != nil {
		return nil, nil, err
	}
	kept, err := s.put(ctx, v)
	if err != nil || kept != v {
		return kept, nil, err
	}
	more, err := s.open(ctx, v, numbers)
	if err != nil {
		return nil, nil, err
	}
	event, err := v.received(ctx, v.Customer.UUID)
	return v, append([]history.Record{history.NewRecord(event, history.Created, basic, nil)}, more...), err
}

// open opens a case for a voice where the settings say so.
func (s *Store) open(ctx context.Context, v *Voice, numbers *settings.Numbers) ([]history.Record, error) {
	if !Opens(&numbers.Intake, v.Source, v.Kind) {
		return nil, nil
	}
	return s.openCase(ctx, v, v.opening())
}

// openCase opens a case for a voice whose customer is held, and notes it there. It is one step with what is done to the voice besides: the revision stays.
func (s *Store) openCase(ctx context.Context, v *Voice, c *casefile.Case) ([]history.Record, error) {
	record, err := s.cases.Open(ctx, c, v.Name())
	if err != nil {
		return nil, err
	}
	v.Case = uuid.NullUUID{UUID: c.ID, Valid: true}
	c.Voices = 1
	_, err = s.db.NamedExec(ctx, update, v)
	return []history.Record{record}, err
}
