package plan

import (
	"context"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
)

// Create keeps the first version of a plan.
func (s *Store) Create(ctx context.Context, p *Plan) error {
	return aggregate.Change(ctx, s.db, p.Customer, func(ctx context.Context) ([]history.Record, error) {
		for state, refused := range map[State]error{Draft: errDraft, Approved: errApproved} {
			if err := s.none(ctx, p, state, refused); err != nil {
				return nil, err
			}
		}
		p.State, p.Version = Draft, 1
		if err := s.refer(ctx, p); err != nil {
			return nil, fault.Prefix(err, "plan")
		}
		if err := s.add(ctx, p); err != nil {
			return nil, err
		}
		return p.record(ctx, history.Created, p.created())
	})
}

// none refuses when a version of p's customer and year is in that state.
func (s *Store) none(ctx context.Context, p *Plan, state State, refused error) error {
	if there, err := s.ofState(ctx, p.Customer, p.FiscalYear, state); err != nil || there == nil {
		return err
	}
	return refused
}

func (s *Store) add(ctx context.Context, p *Plan) (err error) {
	if p.ID, err = uuid.NewV7(); err != nil {
		return err
	}
	p.Revision, p.CreateTime, p.UpdateTime = 1, s.now(), s.now()
	_, err = s.db.NamedExec(ctx, insert, rowOf(p))
	return err
}

// within runs do on a version of a living customer that is held.
func (s *Store) within(ctx context.Context, id uuid.UUID, tag string, do func(context.Context, *Plan) ([]history.Record, error)) (p *Plan, err error) {
	if p, err = s.Get(ctx, id); err != nil { // before anything is said of the customer
		return nil, err
	}
	err = aggregate.Change(ctx, s.db, p.Customer, func(ctx context.Context) ([]history.Record, error) {
		if p, err = s.Whole(ctx, id); err != nil { // as it is now that the customer is held
			return nil, err
		}
		if err := etag.Check(tag, p.Revision, p.name()); err != nil {
			return nil, err
		}
		return do(ctx, p)
	})
	return p, err
}

func (s *Store) write(ctx context.Context, p *Plan) error {
	p.Revision, p.UpdateTime = p.Revision+1, s.now()
	_, err := s.db.NamedExec(ctx, update, rowOf(p))
	return err
}

// Change lets do change a draft; do says whether anything differs.
func (s *Store) Change(ctx context.Context, id uuid.UUID, tag string, do func(*Plan) (differs bool, err error)) (*Plan, error) {
	return s.within(ctx, id, tag, func(ctx context.Context, p *Plan) ([]history.Record, error) {
		if p.State != Draft {
			return nil, p.notDraft()
		}
		if differs, err := do(p); err != nil || !differs {
			return nil, err
		}
		if err := s.refer(ctx, p); err != nil {
			return nil, fault.Prefix(err, "plan")
		}
		p.edited(auth.From(ctx).Subject)
		if err := s.write(ctx, p); err != nil {
			return nil, err
		}
		return p.record(ctx, history.Changed, p.changed())
	})
}

// Approve puts a draft in force.
func (s *Store) Approve(ctx context.Context, id uuid.UUID, tag string) (*Plan, error) {
	return s.within(ctx, id, tag, func(ctx context.Context, p *Plan) ([]history.Record, error) {
		if err := p.approvable(auth.From(ctx).Subject); err != nil {
			return nil, err
		}
		if err := s.addBaselines(ctx, p); err != nil {
			return nil, err
		}
		before, err := s.ofState(ctx, p.Customer, p.FiscalYear, Approved)
		if err != nil {
			return nil, err
		}
		if before != nil {
			before.State = Superseded
			if err := s.write(ctx, before); err != nil {
				return nil, err
			}
			p.Succeed(before)
		}
		now := s.now()
		p.State, p.Approver, p.ApproveTime = Approved, auth.From(ctx).Subject, &now
		if err := s.write(ctx, p); err != nil {
			return nil, err
		}
		return p.record(ctx, history.Changed, p.approved(before))
	})
}

// Revise makes the next draft from the version in force.
func (s *Store) Revise(ctx context.Context, id uuid.UUID, reason string) (next *Plan, err error) {
	_, err = s.within(ctx, id, "", func(ctx context.Context, p *Plan) ([]history.Record, error) {
		if p.State != Approved {
			return nil, p.notApproved()
		}
		if err := s.none(ctx, p, Draft, errDraft); err != nil {
			return nil, err
		}
		next = p.Revise(auth.From(ctx).Subject, reason)
		if err := s.add(ctx, next); err != nil {
			return nil, err
		}
		if err := s.addReports(ctx, next); err != nil {
			return nil, err
		}
		return next.record(ctx, history.Created, next.revised(p))
	})
	return next, err
}

// Report appends what came of a measure.
func (s *Store) Report(ctx context.Context, id uuid.UUID, r Report) (*Plan, error) {
	return s.within(ctx, id, "", func(ctx context.Context, p *Plan) ([]history.Record, error) {
		if p.State != Approved {
			return nil, p.notApproved()
		}
		if wrong := p.CheckReport(r); len(wrong) > 0 {
			return nil, fault.Invalid(wrong...)
		}
		report, err := uuid.NewV7()
		if err != nil {
			return nil, err
		}
		r.Version, r.Author, r.Time = p.Version, auth.From(ctx).Subject, s.now()
		_, err = s.db.Exec(ctx, insertReport, p.Customer, p.FiscalYear, p.Version, report, r.Measure, r.State, r.Percent, r.Note, r.Author, r.Time)
		if err != nil {
			return nil, err
		}
		p.Take(r)
		p.Reports = append([]Report{r}, p.Reports[:min(len(p.Reports), keptReports-1)]...)
		if err := s.write(ctx, p); err != nil {
			return nil, err
		}
		return p.record(ctx, history.Changed, p.reported(r))
	})
}
