package questionnaire

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
)

const (
	pretestColumns = `questionnaire_id, pretest_id, version, revision, respondents, passed, figures, settings_version, author, create_time`

	insertPretest = `insert into pretests (` + pretestColumns + `)
	values (:questionnaire_id, :pretest_id, :version, :revision, :respondents, :passed, :figures, :settings_version, :author, :create_time)`
)

// pretestRow is a pretest as the table has it.
type pretestRow struct {
	Pretest
	Figures postgres.JSON[Figures] `db:"figures"`
}

// Pretest tries the draft on some respondents and keeps the figures; whether the draft counts as pretested follows from this one.
func (s *Store) Pretest(ctx context.Context, id uuid.UUID, tag string, respondents []Answers) (*Pretest, error) {
	numbers, err := s.settings.Current(ctx)
	if err != nil {
		return nil, err
	}
	var out *Pretest
	_, err = s.draft(ctx, id, tag, func(ctx context.Context, q *Questionnaire) (bool, error) {
		if wrong := q.wrong(respondents, numbers.Pretest); len(wrong) > 0 {
			return false, fault.Invalid(wrong...)
		}
		model, err := s.model(ctx, q)
		if err != nil {
			return false, err
		}
		figures := q.Try(model, respondents, numbers.Pretest)
		out = &Pretest{
			Questionnaire: id, Version: q.Version, Revision: q.Revision, Respondents: int32(len(respondents)), Passed: len(figures.Failures) == 0,
			SettingsVersion: numbers.Version, Author: auth.From(ctx).Subject, CreateTime: s.now(), Figures: *figures,
		}
		if out.ID, err = uuid.NewV7(); err != nil {
			return false, err
		}
		if _, err := s.db.NamedExec(ctx, insertPretest, pretestRow{*out, postgres.JSON[Figures]{V: *figures}}); err != nil {
			return false, err
		}
		before := q.State
		if q.State = Draft; out.Passed {
			q.State = Pretested
		}
		return q.State != before, nil
	})
	return out, err
}

// wrong says what is wrong with the answers of respondents. What is required may be missing: that is what one wants to see.
func (q *Questionnaire) wrong(respondents []Answers, rules settings.Pretest) []fault.Violation {
	if n := int32(len(respondents)); n < rules.LeastRespondents || n > rules.MostRespondents {
		return []fault.Violation{fault.Field("respondents", "COUNT", fault.Text{
			En: fmt.Sprintf("must be %d to %d", rules.LeastRespondents, rules.MostRespondents), Zh: fmt.Sprintf("须为 %d 至 %d 人", rules.LeastRespondents, rules.MostRespondents),
		})}
	}
	var out []fault.Violation
	for i, answers := range respondents {
		if wrong := q.CheckPart(answers); len(wrong) > 0 {
			out = append(out, fault.From(fault.Prefix(fault.Invalid(wrong...), fmt.Sprintf("respondents[%d]", i))).Violations()...)
		}
	}
	return out
}

// Pretests reads a page of those of a questionnaire.
func (s *Store) Pretests(ctx context.Context, plan *listing.Plan, of uuid.UUID) ([]*Pretest, string, error) {
	query, args := plan.Query(pretestColumns, "pretests", "questionnaire_id = $1", of)
	var rows []struct {
		pretestRow
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Pretest, len(rows))
	for i := range rows {
		out[i] = &rows[i].Pretest
		out[i].Figures = rows[i].Figures.V
	}
	return out, next, err
}
