package response

import (
	"context"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// Code is an entry of a code book.
type Code struct {
	Question string `db:"question"`
	Code     string `db:"code"`
	LabelEn  string `db:"label_en"`
	LabelZh  string `db:"label_zh"`
	Answers  int64  `db:"answers"`
}

const (
	// The head is locked, so that a code does not go while an answer is given it.
	lockBook = `select 1 from questionnaire_heads where questionnaire_id = $1 for no key update`

	// Of the responses that the caller may see, as in a list of them.
	codesOf = `select k.question, k.code, k.label_en, k.label_zh, (
			select count(*) from response_codes rc join responses r using (survey_id, response_id) left join customers c on c.customer_id = r.customer_id
			where ` + reach + ` and r.state = 2 and rc.questionnaire_id = k.questionnaire_id and rc.question = k.question and rc.code = k.code
		) as answers
	from answer_codes k where k.questionnaire_id = $3 and ($4 = '' or k.question = $4) order by k.question, k.position`

	usedCode = `select min(code) from response_codes where questionnaire_id = $1 and question = $2 and not code = any($3) having count(*) > 0`

	dropCodes = `delete from answer_codes where questionnaire_id = $1 and question = $2 and not code = any($3)`

	putCodes = `insert into answer_codes (questionnaire_id, question, code, position, label_en, label_zh)
	select $1, $2, code, n, label_en, label_zh from unnest($3::text[], $4::text[], $5::text[]) with ordinality as l (code, label_en, label_zh, n)
	on conflict (questionnaire_id, question, code) do update set position = excluded.position, label_en = excluded.label_en, label_zh = excluded.label_zh`

	uncode = `delete from response_codes where survey_id = $1 and response_id = $2 and question = $3`

	putCoding = `insert into response_codes (survey_id, response_id, questionnaire_id, question, code, author, create_time)
	select $1, $2, $3, $4, c, $6, $7 from unnest($5::text[]) as c`

	touch = `update responses set revision = revision + 1 where survey_id = $1 and response_id = $2 and revision = $3`

	codedAs = `select rc.response_id, rc.question, rc.code from response_codes rc join answer_codes k using (questionnaire_id, question, code)
	where rc.survey_id = $1 and rc.response_id = any($2) order by rc.response_id, rc.question, k.position`
)

// Codes are the code books of a survey's questions, or of one of them, each code with how many of its accepted answers have it.
func (s *Store) Codes(ctx context.Context, of uuid.UUID, question string) ([]Code, error) {
	x, err := s.surveys.Get(ctx, of)
	if err != nil {
		return nil, err
	}
	var out []Code
	return out, s.db.Select(ctx, &out, codesOf, of, auth.From(ctx).Scope(), x.Questionnaire, question)
}

// ReplaceCodes writes the code book of a question.
func (s *Store) ReplaceCodes(ctx context.Context, of uuid.UUID, question string, codes []Code) ([]Code, error) {
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		x, err := s.openQuestion(ctx, of, question)
		if err != nil {
			return err
		}
		if err := survey.RequireReach(ctx, x.Territory); err != nil {
			return err
		}
		names, en, zh := make(pq.StringArray, len(codes)), make(pq.StringArray, len(codes)), make(pq.StringArray, len(codes))
		for i, c := range codes {
			names[i], en[i], zh[i] = c.Code, c.LabelEn, c.LabelZh
		}
		var used []string
		if err := s.db.Select(ctx, &used, usedCode, x.Questionnaire, question, names); err != nil {
			return err
		}
		if len(used) > 0 {
			return codeUsedError(used[0])
		}
		if _, err := s.db.Exec(ctx, dropCodes, x.Questionnaire, question, names); err != nil {
			return err
		}
		_, err = s.db.Exec(ctx, putCodes, x.Questionnaire, question, names, en, zh)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.Codes(ctx, of, question)
}

// openQuestion is the survey, if the question is an open one of it; its code book is locked.
func (s *Store) openQuestion(ctx context.Context, of uuid.UUID, question string) (*survey.Survey, error) {
	x, err := s.surveys.Get(ctx, of)
	if err != nil {
		return nil, err
	}
	q, err := s.questionnaires.Version(ctx, x.Questionnaire, x.QuestionnaireVersion)
	if err != nil {
		return nil, err
	}
	for _, one := range q.Questions() {
		if one.Code == question && one.Kind == questionnaire.Open {
			var locked int
			return x, s.db.Get(ctx, &locked, lockBook, x.Questionnaire)
		}
	}
	return nil, questionError()
}

// Code says what the answer to a question is about.
func (s *Store) Code(ctx context.Context, of, id uuid.UUID, tag, question string, codes []string) (*Response, error) {
	var coded *Response
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		r, err := s.Get(ctx, of, id)
		if err != nil {
			return err
		}
		coded = r
		if err := etag.Check(tag, r.Revision, r.Name()); err != nil {
			return err
		}
		x, err := s.openQuestion(ctx, of, question)
		if err != nil {
			return err
		}
		if r.Answers[question].Text == "" {
			return questionError()
		}
		if err := s.requireCodes(ctx, of, question, codes); err != nil {
			return err
		}
		result, err := s.db.Exec(ctx, touch, of, id, r.Revision)
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
		if _, err := s.db.Exec(ctx, uncode, of, id, question); err != nil {
			return err
		}
		_, err = s.db.Exec(ctx, putCoding, of, id, x.Questionnaire, question, pq.Array(postgres.OrEmpty(codes)), auth.From(ctx).Subject, s.now())
		return err
	})
	return coded, err
}

func (s *Store) requireCodes(ctx context.Context, of uuid.UUID, question string, codes []string) error {
	book, err := s.Codes(ctx, of, question)
	if err != nil {
		return err
	}
	known, seen := map[string]bool{}, map[string]bool{}
	for _, c := range book {
		known[c.Code] = true
	}
	var wrong []fault.Violation
	for i, code := range codes {
		if !known[code] {
			wrong = append(wrong, fault.Field(at("codes", i), "CODE_UNKNOWN", fault.Text{En: "is not in the code book", Zh: "不在码表中"}))
		}
		if seen[code] {
			wrong = append(wrong, fault.Field(at("codes", i), "UNIQUE", fault.Text{En: "stands twice", Zh: "重复"}))
		}
		seen[code] = true
	}
	if len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	return nil
}

// coding is a code that a response has.
type coding struct {
	Response uuid.UUID `db:"response_id"`
	Question string    `db:"question"`
	Code     string    `db:"code"`
}

// codings are the codes of responses of a survey.
func (s *Store) codings(ctx context.Context, of uuid.UUID, all []*Response) ([]coding, error) {
	ids := make([]uuid.UUID, len(all))
	for i, r := range all {
		ids[i] = r.ID
	}
	var out []coding
	return out, s.db.Select(ctx, &out, codedAs, of, pq.Array(ids))
}
