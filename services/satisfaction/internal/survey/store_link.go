package survey

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/postgres"
)

const (
	invitationColumns = `survey_id, invitation_id, customer_id, person_id, stratum, state, cleared, refusal, ask_time, reminders, create_time, issue_time, remind_time, answer_time`

	bySecret = `select ` + invitationColumns + ` from invitations where secret_hash = $1`

	markOpened = `update invitations set state = 2 where survey_id = $1 and invitation_id = $2 and state = 1`

	// Of two answers by one link at the same time the second one waits here, and finds it used. In an anonymous survey everybody is reminded, so that reminders do not tell who
	// has answered, and the time is not kept, by which an answer could be found.
	markAnswered = `update invitations i set state = 3, answer_time = case when s.anonymous then null else $3::timestamptz end,
		ask_time = case when s.anonymous then i.ask_time end
	from surveys s where s.survey_id = i.survey_id and i.survey_id = $1 and i.invitation_id = $2 and i.state in (1, 2)`
)

// Redeem is the invitation that a link's secret belongs to, and its survey. A link that there is not, that is used or revoked, or whose survey does not take answers now has one kind of
// error: NOT_FOUND with the reason. It locks nothing; see Use.
func (s *Store) Redeem(ctx context.Context, secret string) (*Invitation, *Survey, error) {
	var i Invitation
	err := s.db.Get(ctx, &i, bySecret, digest(secret))
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, nil, linkError(LinkUnknown)
	}
	if err != nil {
		return nil, nil, err
	}
	x, err := s.Find(ctx, i.Survey)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case i.State == Answered:
		return nil, nil, linkError(LinkUsed)
	case i.State == Revoked:
		return nil, nil, linkError(LinkExpired)
	case x.State != Open:
		return nil, nil, linkError(SurveyClosed)
	case !x.Running(s.now()):
		return nil, nil, linkError(LinkExpired)
	}
	return &i, x, nil
}

// Opened notes that the page of an invitation was looked at. Who looked is told to nobody.
func (s *Store) Opened(ctx context.Context, i *Invitation) error {
	_, err := s.db.Exec(ctx, markOpened, i.Survey, i.ID)
	return err
}

// Use spends the link of an invitation, in the caller's transaction: of several answers by one link the first counts, and the others have the error of a link that is used.
func (s *Store) Use(ctx context.Context, i *Invitation) error {
	result, err := s.db.Exec(ctx, markAnswered, i.Survey, i.ID, s.now())
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return linkError(LinkUsed)
}

const (
	stratumLabel = `select label from survey_strata where survey_id = $1 and stratum = $2`

	quotasOf = `select quota, label_en, label_zh, condition, target, filled from quotas where survey_id = $1 order by quota`

	lockQuotas = `select quota, label_en, label_zh, condition, target, filled from quotas where survey_id = $1 and quota = any($2) order by quota for no key update`

	addQuotas = `update quotas set filled = filled + $3 where survey_id = $1 and quota = any($2)`
)

// Fill counts an answer in the quotas that it meets, in the caller's transaction and before customers are locked: in all of them, or, when one of them is full, in none, and the
// error is FAILED_PRECONDITION (QUOTA_FULL). The rows are locked in order, so that none gets above its target whoever else fills it.
func (s *Store) Fill(ctx context.Context, survey uuid.UUID, x Case) error {
	return s.count(ctx, survey, x, 1)
}

// Unfill gives back what Fill took of the same case: the answer is void.
func (s *Store) Unfill(ctx context.Context, survey uuid.UUID, x Case) error {
	return s.count(ctx, survey, x, -1)
}

func (s *Store) count(ctx context.Context, survey uuid.UUID, x Case, by int32) error {
	met, err := s.met(ctx, survey, x)
	if err != nil || len(met) == 0 {
		return err
	}
	var held []quotaRow
	if err := s.db.Select(ctx, &held, lockQuotas, survey, met); err != nil {
		return err
	}
	for i := range held {
		if by > 0 && held[i].Filled >= held[i].Target {
			return quotaFullError(&held[i].Quota)
		}
	}
	_, err = s.db.Exec(ctx, addQuotas, survey, met, by)
	return err
}

// met are the quotas that count a case; their conditions do not change once the survey is open.
func (s *Store) met(ctx context.Context, survey uuid.UUID, x Case) (pq.Int32Array, error) {
	all, err := s.quotas(ctx, survey)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	if err := s.db.Get(ctx, &x.label, stratumLabel, survey, x.Stratum); err != nil && !errors.Is(err, postgres.ErrNoRows) {
		return nil, err
	}
	var out pq.Int32Array
	for i := range all {
		if all[i].Condition.Counts(x) {
			out = append(out, int32(all[i].Number))
		}
	}
	return out, nil
}

// quotaRow is a quota as the table has it.
type quotaRow struct {
	Quota
	Condition postgres.JSON[Condition] `db:"condition"`
}

func (s *Store) quotas(ctx context.Context, survey uuid.UUID) ([]Quota, error) {
	var rows []quotaRow
	if err := s.db.Select(ctx, &rows, quotasOf, survey); err != nil {
		return nil, err
	}
	out := make([]Quota, len(rows))
	for i := range rows {
		out[i] = rows[i].Quota
		out[i].Condition = rows[i].Condition.V
	}
	return out, nil
}

const forget = `update invitations set person_id = null where customer_id = $1 and person_id = $2`

// Forget takes a person out of the invitations, which stay their customer's; it is a fact.Forget.
func (s *Store) Forget(ctx context.Context, customer, person uuid.UUID) error {
	_, err := s.db.Exec(ctx, forget, customer, person)
	return err
}
