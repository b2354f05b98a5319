package response

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// Decision is that a response counts, or does not, after it was taken in.
type Decision struct {
	Why    Reason // 0: it counts
	ByHand bool
	Said   string
}

// Whoever has changed the response meanwhile is found out by its revision.
const setState = `update responses set state = $4, void_reason = $5, by_hand = $6, decision = $7, announced = announced or $8, revision = revision + 1
	where survey_id = $1 and response_id = $2 and revision = $3`

// Decide has a response count or not, by hand.
func (s *Store) Decide(ctx context.Context, of, id uuid.UUID, tag string, d Decision) (*Response, error) {
	x, err := s.surveys.Get(ctx, of)
	if err != nil {
		return nil, err
	}
	q, err := s.questionnaires.Version(ctx, x.Questionnaire, x.QuestionnaireVersion)
	if err != nil {
		return nil, err
	}
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	var decided *Response
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.lockSurvey(ctx, x); err != nil {
			return err
		}
		r, err := s.Get(ctx, of, id)
		if err != nil {
			return err
		}
		decided = r
		if err := etag.Check(tag, r.Revision, r.Name()); err != nil {
			return err
		}
		if r.ByHand && r.VoidReason == d.Why {
			return nil
		}
		return s.decide(ctx, x, q, numbers, r, d)
	})
	return decided, err
}

// lockSurvey locks the survey before all else; it need not be open.
func (s *Store) lockSurvey(ctx context.Context, x *survey.Survey) error {
	query := shareSurvey
	if x.Anonymous {
		query = lockSurvey
	}
	var state survey.State
	return s.db.Get(ctx, &state, query, x.ID)
}

// decide changes what has become of a response, in its quotas, too.
func (s *Store) decide(ctx context.Context, x *survey.Survey, q *questionnaire.Questionnaire, numbers *settings.Numbers, r *Response, d Decision) error {
	was, revision, before := r.State, r.Revision, stateField(r.State)
	r.judged(d.Why)
	r.ByHand, r.Decision = d.ByHand, d.Said
	if err := s.recount(ctx, r, was); err != nil {
		return err
	}
	held, err := s.hold(ctx, &Intake{Survey: x, Customer: r.Customer})
	if err != nil {
		return err
	}
	first := r.State == Accepted && !r.Announced
	result, err := s.db.Exec(ctx, setState, r.Survey, r.ID, revision, r.State, r.VoidReason, r.ByHand, r.Decision, first)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		if err == nil {
			err = fault.Aborted(r.Name())
		}
		return err
	}
	r.Revision++
	var low []string
	if first {
		low = Low(q, r.Answers, &numbers.Response)
	}
	records, err := s.told(ctx, r, before, first, low)
	if err != nil || len(records) == 0 {
		return err
	}
	return s.record(ctx, r, held, records)
}

// recount brings the quotas up to date.
func (s *Store) recount(ctx context.Context, r *Response, was State) error {
	switch {
	case was == Void && r.State == Accepted:
		return s.surveys.Fill(ctx, r.Survey, r.Counted)
	case was == Accepted && r.State == Void:
		return s.surveys.Unfill(ctx, r.Survey, r.Counted)
	}
	return nil
}

// told is what subscribers hear of a decision, and what the history keeps. One that makes no difference is kept, too: somebody has taken it upon himself.
func (s *Store) told(ctx context.Context, r *Response, before history.Field, first bool, low []string) ([]history.Record, error) {
	now := s.now()
	said, err := json.Marshal(r.Decision)
	if err != nil {
		return nil, err
	}
	before.To = stateField(r.State).From
	fields := []history.Field{before, {Path: "decision", To: string(said), Level: typev1.Level_MANAGER}}
	if before.From == before.To {
		fields = fields[1:]
	}
	if r.State == Void {
		return r.voided(ctx, now, fields)
	}
	records, err := r.restored(ctx, now, fields)
	if err != nil || !first {
		return records, err
	}
	more, err := r.accepted(ctx, now, low)
	return append(records, more...), err
}

func stateField(state State) history.Field {
	names := map[State]string{Accepted: `"ACCEPTED"`, Void: `"VOID"`}
	return history.Field{Path: "state", From: names[state], Level: typev1.Level_BASIC}
}
