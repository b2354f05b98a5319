package response

import (
	"context"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// Tally is how the responses of a survey stand after they were judged again.
type Tally struct {
	Accepted, NewlyVoid, NewlyAccepted, QuotaFull int64
	Void                                          map[Reason]int64
}

// batch is how many responses are read at once.
const batch = 500

const selectJudged = `select ` + columns + ` from ` + from + ` where ` + reach + ` and r.state > 1 and r.response_id > $3 order by r.response_id limit $4`

// Validate judges the responses of a survey that the caller may see again. Each change is a transaction of its own: what was done stays done when the rest fails, and is found to be
// done the next time.
func (s *Store) Validate(ctx context.Context, of uuid.UUID, scope any, dry bool) (*Tally, error) {
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
	v := &validation{Store: s, survey: x, questionnaire: q, numbers: numbers, dry: dry, tally: &Tally{Void: map[Reason]int64{}}}
	last := uuid.Nil
	for {
		var rows []row
		if err := s.db.Select(ctx, &rows, selectJudged, of, scope, last, batch); err != nil {
			return nil, err
		}
		for i := range rows {
			if err := v.judge(ctx, rows[i].response()); err != nil {
				return nil, err
			}
		}
		if len(rows) < batch {
			return v.tally, nil
		}
		last = rows[len(rows)-1].ID
	}
}

type validation struct {
	*Store
	survey        *survey.Survey
	questionnaire *questionnaire.Questionnaire
	numbers       *settings.Numbers
	dry           bool
	tally         *Tally
}

func (v *validation) judge(ctx context.Context, r *Response) error {
	why := r.VoidReason
	if !r.ByHand {
		before, err := v.answeredBefore(ctx, r, r.AcceptTime)
		if err != nil {
			return err
		}
		why = Judge(v.questionnaire, r.Answers, r.Seconds, before, &v.numbers.Response)
	}
	if why != r.VoidReason {
		changed, err := v.change(ctx, r, why)
		if err != nil {
			return err
		}
		if !changed {
			why = r.VoidReason
		}
	}
	if why == 0 {
		v.tally.Accepted++
	} else {
		v.tally.Void[why]++
	}
	return nil
}

// change makes a response what it is found to be; false when its quotas have no room for it, or its customer is gone.
func (v *validation) change(ctx context.Context, r *Response, why Reason) (bool, error) {
	was := r.VoidReason
	if !v.dry {
		err := v.db.InTx(ctx, func(ctx context.Context) error {
			if err := v.lockSurvey(ctx, v.survey); err != nil {
				return err
			}
			changed := *r
			return v.decide(ctx, v.survey, v.questionnaire, v.numbers, &changed, Decision{Why: why})
		})
		if err != nil {
			switch fault.From(err).Reason() {
			case "QUOTA_FULL":
				v.tally.QuotaFull++
				return false, nil
			case "DELETED":
				return false, nil
			}
			return false, err
		}
	}
	if was == 0 {
		v.tally.NewlyVoid++
	}
	if why == 0 {
		v.tally.NewlyAccepted++
	}
	return true, nil
}
