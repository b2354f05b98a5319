package response

import (
	"cmp"
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

const invitationOf = `select survey_id, invitation_id, customer_id, person_id, stratum, state from invitations where survey_id = $1 and customer_id = $2`

// Take takes in what somebody said to an interviewer, or to whoever else asked for us.
func (s *Store) Take(ctx context.Context, x *survey.Survey, q *questionnaire.Questionnaire, r *Response) (kept *Response, fresh bool, err error) {
	r.Survey, r.StartTime = x.ID, s.now()
	r.Interviewer = cmp.Or(r.Interviewer, auth.From(ctx).Subject)
	in := &Intake{Survey: x, Questionnaire: q, Response: r, Customer: r.Customer}
	if err := requireCustomer(x, r); err != nil {
		return nil, false, err
	}
	if r.Customer.Valid {
		if err := aggregate.Visible(ctx, s.db, r.Customer.UUID); err != nil { // before anything is said about the response
			return nil, false, err
		}
		if in.Invitation, err = s.invitation(ctx, x.ID, r.Customer.UUID); err != nil {
			return nil, false, err
		}
	}
	if err := stratify(x, in); err != nil {
		return nil, false, err
	}
	if in.Invitation != nil && in.Invitation.State != survey.Issued && in.Invitation.State != survey.Opened {
		in.Invitation = nil // there is no link to be spent
	}
	if wrong := q.CheckPart(r.Answers); len(wrong) > 0 {
		return nil, false, fault.Invalid(wrong...)
	}
	return s.Accept(ctx, in)
}

func requireCustomer(x *survey.Survey, r *Response) error {
	switch {
	case x.Anonymous && r.Customer.Valid:
		return fault.Invalid(fault.Field("customer", "ANONYMOUS", fault.Text{En: "must be empty: the survey is anonymous", Zh: "须为空：该测评为匿名"}))
	case !x.Anonymous && !r.Customer.Valid:
		return fault.Invalid(fault.Field("customer", "REQUIRED", fault.Text{En: "must be given", Zh: "必须填写"}))
	}
	return nil
}

func (s *Store) invitation(ctx context.Context, of, customer uuid.UUID) (*survey.Invitation, error) {
	var i survey.Invitation
	err := s.db.Get(ctx, &i, invitationOf, of, customer)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, nil //nolint:nilnil // none is no error
	}
	return &i, err
}

// stratify finds the stratum that a response counts in.
func stratify(x *survey.Survey, in *Intake) error {
	r := in.Response
	switch {
	case r.Stratum != 0:
	case in.Invitation != nil:
		r.Stratum = in.Invitation.Stratum
	case len(x.Strata) == 1:
		r.Stratum = x.Strata[0].Number
	}
	for _, one := range x.Strata {
		if one.Number == r.Stratum {
			return nil
		}
	}
	return fault.Invalid(fault.Field("stratum", "STRATUM", fault.Text{En: "is none of the survey's, or has to be given", Zh: "不是该测评的层，或必须填写"}))
}
