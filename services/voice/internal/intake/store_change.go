package intake

import (
	"context"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/services/voice/internal/casefile"
	"github.com/guanxi-crm/guanxi/services/voice/internal/fact"
)

// locked lets do change a voice, which is locked after the customer, who is held. of finds the customer from the voice as it was.
func (s *Store) locked(
	ctx context.Context, id uuid.UUID, tag string, of func(*Voice) (uuid.UUID, error), do func(context.Context, *Voice) ([]history.Record, error),
) (v *Voice, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if v, err = s.Get(ctx, id); err != nil { // before anything is said of the customer
			return err
		}
		customer, err := of(v)
		if err != nil {
			return err
		}
		return aggregate.Change(ctx, s.db, customer, func(ctx context.Context) ([]history.Record, error) {
			if _, err := s.db.Exec(ctx, lock, id); err != nil {
				return nil, err
			}
			if v, err = s.Get(ctx, id); err != nil { // as it is now that nobody else changes it
				return nil, err
			}
			if err := etag.Check(tag, v.Revision, v.Name()); err != nil {
				return nil, err
			}
			return do(ctx, v)
		})
	})
	return v, err
}

// Identify says whose a voice is.
func (s *Store) Identify(ctx context.Context, id uuid.UUID, tag string, customer uuid.UUID, reporter uuid.NullUUID) (*Voice, error) {
	numbers, err := s.cases.Numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	whose := func(v *Voice) (uuid.UUID, error) {
		if v.Customer.Valid {
			return customer, identifiedError(v)
		}
		return customer, nil
	}
	return s.locked(ctx, id, tag, whose, func(ctx context.Context, v *Voice) ([]history.Record, error) {
		if _, err := whose(v); err != nil { // somebody was faster
			return nil, err
		}
		v.Customer, v.Territory = uuid.NullUUID{UUID: customer, Valid: true}, ""
		if reporter.Valid {
			if err := fact.RequireKnown(ctx, s.db, "reporter", customer, reporter.UUID); err != nil {
				return nil, err
			}
			v.Reporter, v.ReporterName, v.ReporterContact = reporter, "", ""
		}
		if err := s.write(ctx, v); err != nil {
			return nil, err
		}
		more, err := s.open(ctx, v, numbers)
		if err != nil {
			return nil, err
		}
		event, err := v.identified(ctx)
		return append([]history.Record{history.NewRecord(event, history.Changed, basic, nil)}, more...), err
	})
}

// known is the customer of a voice that has one.
func known(v *Voice) (uuid.UUID, error) {
	if !v.Customer.Valid {
		return uuid.Nil, unidentifiedError(v)
	}
	return v.Customer.UUID, nil
}

// OpenCase opens a case for a voice that has none; an empty title and a zero request are found from the voice.
func (s *Store) OpenCase(ctx context.Context, id uuid.UUID, tag, title string, request casefile.Request) (c *casefile.Case, err error) {
	_, err = s.locked(ctx, id, tag, known, func(ctx context.Context, v *Voice) ([]history.Record, error) {
		if v.Case.Valid {
			return nil, answeredError(v)
		}
		c = v.opening()
		if title != "" {
			c.Title = title
		}
		if request != 0 {
			c.Request = request
		}
		v.Revision, v.UpdateTime = v.Revision+1, s.now()
		return s.openCase(ctx, v, c)
	})
	return c, err
}

// Attach adds a voice to a case of its customer.
func (s *Store) Attach(ctx context.Context, id uuid.UUID, tag string, to uuid.UUID) (*Voice, error) {
	if _, err := s.Get(ctx, id); err != nil { // before anything is said of the case
		return nil, err
	}
	c, err := s.cases.Get(ctx, to)
	if err != nil {
		return nil, err
	}
	return s.locked(ctx, id, tag, known, func(ctx context.Context, v *Voice) ([]history.Record, error) {
		switch {
		case v.Case.Valid && v.Case.UUID == to:
			return nil, nil
		case v.Case.Valid:
			return nil, answeredError(v)
		case c.Customer != v.Customer.UUID:
			return nil, fault.Invalid(fault.Field("case", "CUSTOMER", fault.Text{En: "is of another customer", Zh: "属于其他客户"}))
		}
		if c, err = s.cases.Get(ctx, to); err != nil { // as it is now that the customer is held
			return nil, err
		}
		v.Case = uuid.NullUUID{UUID: to, Valid: true}
		if err := s.write(ctx, v); err != nil {
			return nil, err
		}
		return s.cases.Gather(ctx, c, v.Name(), casefile.Severity(v.Grading), v.Affected, v.DurationMinutes)
	})
}
