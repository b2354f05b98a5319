package response

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// Intake is a response on its way in.
type Intake struct {
	Survey        *survey.Survey
	Questionnaire *questionnaire.Questionnaire
	Response      *Response
	// Customer is who answered, also where the survey is anonymous and the response is not to say so: how it stands is kept, but not who it is.
	Customer uuid.NullUUID
	// Invitation is spent by it; nil: there is none.
	Invitation *survey.Invitation
	// Draft is the link of the response as it was started.
	Draft []byte
}

const (
	// Who closes the survey waits for those who are being taken in, and the other way round. In an anonymous survey the event is the survey's, so its number is needed.
	shareSurvey = `select state from surveys where survey_id = $1 for share`
	lockSurvey  = `select state from surveys where survey_id = $1 for no key update`

	// Two of the same source at the same time are one.
	lockSource = `select pg_advisory_xact_lock(hashtextextended($1, 5))`

	deleteDraft = `delete from responses where link = $1`

	// One who has answered: the customer, or the person of it where it is known.
	answeredBefore = `select exists (select from responses where survey_id = $1 and customer_id = $2 and person_id is not distinct from $3 and not person_gone and state = 2
		and response_id <> $4 and ($5::timestamptz is null or (accept_time, response_id) < ($5, $4)))`

	mainProductLine = `select l from orders, unnest(product_lines) as l where customer_id = $1 group by l order by count(*) desc, l limit 1`
)

// Accept takes a response in: judged, counted in its quotas, its link spent, announced; all or nothing. fresh is false when its source had sent it before; then kept is the first. The
// answers have been checked (Check or CheckPart of the questionnaire).
func (s *Store) Accept(ctx context.Context, in *Intake) (kept *Response, fresh bool, err error) {
	r := in.Response
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, false, err
	}
	if r.ID, err = uuid.NewV7(); err != nil {
		return nil, false, err
	}
	now := s.now()
	r.AcceptTime = &now
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if kept, err = s.sent(ctx, r); err != nil || kept != nil {
			return err
		}
		kept, fresh = r, true
		if err := s.requireOpen(ctx, in.Survey); err != nil {
			return err
		}
		if err := s.describe(ctx, in); err != nil {
			return err
		}
		return s.judgeAndKeep(ctx, in, numbers, now)
	})
	return kept, fresh, err
}

// sent is the response that the same source has sent before.
func (s *Store) sent(ctx context.Context, r *Response) (*Response, error) {
	if r.SourceID == "" {
		return nil, nil //nolint:nilnil // none is no error
	}
	if _, err := s.db.Exec(ctx, lockSource, r.Survey.String()+" "+r.SourceSystem+" "+r.SourceID); err != nil {
		return nil, err
	}
	return s.find(ctx, selectBySource, r.Survey, r.SourceSystem, r.SourceID)
}

func (s *Store) requireOpen(ctx context.Context, x *survey.Survey) error {
	query := shareSurvey
	if x.Anonymous {
		query = lockSurvey
	}
	var state survey.State
	if err := s.db.Get(ctx, &state, query, x.ID); err != nil {
		return err
	}
	if state != survey.Open {
		return notOpenError(x.ID)
	}
	return nil
}

// describe notes how the customer stands.
func (s *Store) describe(ctx context.Context, in *Intake) error {
	if !in.Customer.Valid {
		return nil
	}
	standing, err := s.facts.Standing(ctx, in.Customer.UUID)
	if err != nil {
		return err
	}
	var line string
	if err := s.db.Get(ctx, &line, mainProductLine, in.Customer.UUID); err != nil && !errors.Is(err, postgres.ErrNoRows) {
		return err
	}
	in.Response.Segment = segmentOf(standing, line)
	return nil
}

func (s *Store) judgeAndKeep(ctx context.Context, in *Intake, numbers *settings.Numbers, now time.Time) error {
	r := in.Response
	r.Counted = r.counts()
	before, err := s.answeredBefore(ctx, r, nil)
	if err != nil {
		return err
	}
	r.judged(Judge(in.Questionnaire, r.Answers, r.Seconds, before, &numbers.Response))
	if r.State == Accepted { // quotas are locked before customers
		if err := s.surveys.Fill(ctx, r.Survey, r.Counted); err != nil {
			return err
		}
	}
	held, err := s.hold(ctx, in)
	if err != nil {
		return err
	}
	if before, err = s.answeredBefore(ctx, r, nil); err != nil { // somebody else of the same was faster
		return err
	}
	if before && r.State == Accepted {
		r.judged(Duplicate)
		if err := s.surveys.Unfill(ctx, r.Survey, r.Counted); err != nil {
			return err
		}
	}
	if err := s.spend(ctx, in); err != nil {
		return err
	}
	r.Announced = r.State == Accepted
	if in.Survey.Anonymous {
		if err := r.hide(numbers.Zone); err != nil {
			return err
		}
	}
	if _, err := s.db.NamedExec(ctx, insert, rowOf(r, in.Questionnaire)); err != nil {
		return err
	}
	if r.State != Accepted {
		return nil
	}
	records, err := r.accepted(ctx, now, Low(in.Questionnaire, r.Answers, &numbers.Response))
	if err != nil {
		return err
	}
	return s.record(ctx, r, held, records)
}

func (r *Response) judged(why Reason) {
	r.State, r.VoidReason = Accepted, why
	if why != 0 {
		r.State = Void
	}
}

// spend uses the link up. One that is void all the same has been answered by who had it; one that an interviewer was told leaves the link alone then.
func (s *Store) spend(ctx context.Context, in *Intake) error {
	if in.Invitation != nil && (in.Draft != nil || in.Response.State == Accepted) {
		if err := s.surveys.Use(ctx, in.Invitation); err != nil {
			return err
		}
	}
	if in.Draft == nil {
		return nil
	}
	_, err := s.db.Exec(ctx, deleteDraft, in.Draft) // invitations are locked before what was started by them
	return err
}

// hold locks the customer that a response belongs to, or else would: also in an anonymous survey, so that a link works only as long as its customer is there.
func (s *Store) hold(ctx context.Context, in *Intake) (map[uuid.UUID]*aggregate.Held, error) {
	if !in.Customer.Valid {
		return map[uuid.UUID]*aggregate.Held{}, nil
	}
	id := in.Customer.UUID
	held, err := aggregate.Hold(ctx, s.db, []uuid.UUID{id})
	if err != nil {
		return nil, err
	}
	if h := held[id]; h == nil || h.Deleted {
		return nil, aggregate.Explain(ctx, s.db, id)
	}
	return held, nil
}

// answeredBefore says whether the same respondent has been accepted: at all, or before a time. In an anonymous survey nobody knows.
func (s *Store) answeredBefore(ctx context.Context, r *Response, at *time.Time) (before bool, err error) {
	if !r.Customer.Valid {
		return false, nil
	}
	return before, s.db.Get(ctx, &before, answeredBefore, r.Survey, r.Customer, r.Person, r.ID, at)
}

const advanceSurvey = `update surveys set sequence = sequence + $2 where survey_id = $1 returning sequence`

// record numbers and writes what is to be told of a response: its customer's, who is held, or its survey's, which is locked.
func (s *Store) record(ctx context.Context, r *Response, held map[uuid.UUID]*aggregate.Held, records []history.Record) error {
	if r.Customer.Valid {
		return aggregate.Record(ctx, s.db, held, records)
	}
	var last int64
	if err := s.db.Get(ctx, &last, advanceSurvey, r.Survey, len(records)); err != nil {
		return err
	}
	for i := range records {
		records[i].Version = last - int64(len(records)-1-i)
	}
	return history.InsertAll(ctx, s.db, records)
}
