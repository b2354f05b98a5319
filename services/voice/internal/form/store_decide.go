package form

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/schedule"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

const (
	selectSubmission = `select ` + submissionColumns + ` from ` + fromSubmissions + ` where s.form_id = $1 and s.submission_id = $2`
	lockSubmission   = selectSubmission + ` for no key update of s`

	decide = `update form_submissions set state = :state, decider = :decider, decide_time = :decide_time, discard_reason = :discard_reason
	where form_id = :form_id and submission_id = :submission_id`

	announceSubmission = `with bumped as (
		update form_submissions set sequence = sequence + 1 where submission_id = :aggregate_id
		returning submission_id as aggregate_id, sequence as version
	)` + events.Insert

	forget = `delete from form_submissions where state > 1 and coalesce(decide_time, create_time) < $1`
)

// Submission reads one that the caller may see.
func (s *Store) Submission(ctx context.Context, form, id uuid.UUID) (*Submission, error) {
	return s.readSubmission(ctx, selectSubmission, form, id)
}

func (s *Store) readSubmission(ctx context.Context, query string, form, id uuid.UUID) (*Submission, error) {
	var r submissionRow
	err := s.db.Get(ctx, &r, query, form, id)
	if err != nil && !errors.Is(err, postgres.ErrNoRows) {
		return nil, err
	}
	if err != nil || !auth.From(ctx).Covers(r.Territory) {
		return nil, resource.Missing(ctx, SubmissionName(form, id), typev1.Level_BASIC)
	}
	return r.submission(), nil
}

// Release takes in what is suspect or was discarded.
func (s *Store) Release(ctx context.Context, form, id uuid.UUID) (*Submission, error) {
	return s.decide(ctx, form, id, func(ctx context.Context, sub *Submission) (bool, error) {
		if sub.State == TakenIn {
			return false, nil
		}
		sub.State, sub.DiscardReason = TakenIn, ""
		return true, s.takeIn(ctx, sub)
	})
}

// Discard says that a submission is none.
func (s *Store) Discard(ctx context.Context, form, id uuid.UUID, reason string) (*Submission, error) {
	return s.decide(ctx, form, id, func(_ context.Context, sub *Submission) (bool, error) {
		switch sub.State {
		case Discarded:
			return false, nil
		case TakenIn:
			return false, fault.New(codes.FailedPrecondition, "TAKEN_IN", fault.Text{En: sub.Name() + " is a voice already", Zh: sub.Name() + " 已作为客户声音受理"})
		case Suspect:
		}
		sub.State, sub.DiscardReason = Discarded, reason
		return true, nil
	})
}

// decide holds a submission and lets do decide it; it says whether anything differs.
func (s *Store) decide(ctx context.Context, form, id uuid.UUID, do func(context.Context, *Submission) (bool, error)) (sub *Submission, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if sub, err = s.readSubmission(ctx, lockSubmission, form, id); err != nil {
			return err
		}
		if differs, err := do(ctx, sub); err != nil || !differs {
			return err
		}
		now := s.now()
		sub.Decider, sub.DecideTime = auth.From(ctx).Subject, &now
		if _, err := s.db.NamedExec(ctx, decide, rowOfSubmission(sub)); err != nil {
			return err
		}
		return s.announce(ctx, announceSubmission)(sub.decided(ctx))
	})
	return sub, err
}

// Submissions reads a page of what was filled in, of one form or, with resource.Any, of all within the caller's territories.
func (s *Store) Submissions(ctx context.Context, plan *listing.Plan, form uuid.UUID) ([]*Submission, string, error) {
	if form != resource.Any {
		if _, err := s.Get(ctx, form); err != nil {
			return nil, "", err
		}
	}
	query, args := plan.Query(submissionColumns, fromSubmissions, "guanxi_covers(f.territory, $1) and ($2 or s.form_id = $3)", auth.From(ctx).Scope(), form == resource.Any, form)
	var rows []struct {
		submissionRow
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Submission, len(rows))
	for i := range rows {
		out[i] = rows[i].submission()
	}
	return out, next, err
}

// kept is how long a submission is kept that is decided: what was taken in stands in the voice, which is kept and forgotten with its customer.
const kept = 90 * 24 * time.Hour

// Jobs are the scheduled work.
func Jobs(s *Store) []schedule.Job {
	return []schedule.Job{{Name: "forget-form-submissions", Cron: "23 3 * * *", MaxCatchUp: 1, Run: func(ctx context.Context, due time.Time) error {
		_, err := s.db.Exec(ctx, forget, due.Add(-kept))
		return err
	}}}
}

const forgetSender = `update form_submissions set sender = '', company = '', contact = ''
	where voice_id in (select voice_id from voices where customer_id = $1 and reporter_id = $2)`

// Forget takes out of submissions who sent them, when it is known by now that it was that person; see fact.Forget. It comes before that of voices, which then no longer tell.
func (s *Store) Forget(ctx context.Context, customer, person uuid.UUID) error {
	_, err := s.db.Exec(ctx, forgetSender, customer, person)
	return err
}
