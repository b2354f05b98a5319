// Package responsetest makes open surveys with customers who have links, for tests of what is done with their answers.
package responsetest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
)

// Options say what a survey is like.
type Options struct {
	Customers int
	Anonymous bool
	// Quotas are the targets of quotas that count everybody.
	Quotas []int
	// Territory is the survey's; the customers are in cn/south all the same.
	Territory string
	Body      *questionnaire.Body // nil: Body
}

// World is an open survey. The i-th customer has the i-th link.
type World struct {
	Survey, Questionnaire uuid.UUID
	Customers             []uuid.UUID
	Secrets               []string
}

// Name is the survey's.
func (w *World) Name() string { return "surveys/" + w.Survey.String() }

// Customer is the name of one.
func (w *World) Customer(i int) string { return "customers/" + w.Customers[i].String() }

// Text is the same in both languages but for a mark.
func Text(en, zh string) questionnaire.Text { return questionnaire.Text{En: en, Zh: zh} }

// Body is a questionnaire in three sections: grades, of which low ones lead to a question in words, which is asked in a section of its own; and about the respondent, where one choice leads
// to a question on the same page.
func Body() *questionnaire.Body {
	scale := func(code, item, en, zh string, direction indexmodel.Direction) questionnaire.Question {
		return questionnaire.Question{
			Code: code, Kind: questionnaire.Scale, Text: Text(en, zh), Required: true, IndexItem: item, Scale: indexmodel.SevenGrades, Direction: direction,
			Anchors: indexmodel.Usual(indexmodel.SevenGrades).Grades,
		}
	}
	polite := scale("polite", "contact.polite", "How satisfied are you with how politely you are treated?", "您对服务人员的礼貌程度满意吗？", indexmodel.HigherIsBetter)
	polite.Importance = true
	prompt := scale("prompt", "contact.prompt", "How satisfied are you with how fast you are answered?", "您对我们的响应速度满意吗？", indexmodel.HigherIsBetter)
	slow := scale("slow", "contact.prompt", "How often do you wait for us in vain?", "您多久会遇到一次久等无果的情况？", indexmodel.LowerIsBetter)
	slow.Required, slow.Anchors = false, []indexmodel.Grade{{Value: 1, En: "never", Zh: "从不"}, {Value: 7, En: "always", Zh: "总是"}}
	return &questionnaire.Body{
		Introduction: Text("Please tell us what you think of our service. It takes about three minutes.", "请谈谈您对我们服务的看法，大约需要三分钟。"),
		Instructions: Text("Think of the last twelve months.", "请按最近十二个月的情况作答。"),
		Sections: []questionnaire.Section{
			{Code: "service", Label: Text("Our service", "我们的服务"), Questions: []questionnaire.Question{polite, prompt, slow}},
			{Code: "why", Label: Text("What went wrong", "不满意的原因"), Questions: []questionnaire.Question{{
				Code: "reason", Kind: questionnaire.Open, Text: Text("What should we do better?", "您认为我们应如何改进？"),
				Conditions: []questionnaire.Condition{{Question: "prompt", Least: 1, Most: 3}},
			}}},
			{Code: "you", Label: Text("About you", "关于您"), Respondent: true, Questions: []questionnaire.Question{
				{
					Code: "recommend", Kind: questionnaire.Recommendation, Text: Text("How likely are you to recommend us?", "您有多大可能向他人推荐我们？"), Required: true,
					Scale: indexmodel.ZeroToTen, Direction: indexmodel.HigherIsBetter, Anchors: indexmodel.Usual(indexmodel.ZeroToTen).Grades,
				},
				{Code: "role", Kind: questionnaire.Single, Text: Text("What do you do?", "您的岗位是？"), Required: true, Options: []questionnaire.Option{
					{Code: "buyer", Label: Text("I buy", "采购")}, {Code: "user", Label: Text("I use", "使用")}, {Code: "other", Label: Text("Something else", "其他")},
				}},
				{Code: "which", Kind: questionnaire.Open, Text: Text("And what is that?", "请说明您的岗位"), Conditions: []questionnaire.Condition{{Question: "role", Choices: []string{"other"}}}},
				{Code: "ways", Kind: questionnaire.Multiple, Text: Text("How do you reach us?", "您通过哪些方式联系我们？"), Options: []questionnaire.Option{
					{Code: "phone", Label: Text("By telephone", "电话")}, {Code: "mail", Label: Text("By e-mail", "邮件")}, {Code: "visit", Label: Text("In person", "面谈")},
				}},
			}},
		},
	}
}

const (
	insertHead          = `insert into questionnaire_heads (questionnaire_id) values ($1)`
	insertQuestionnaire = `insert into questionnaires (questionnaire_id, version, state, label_en, label_zh, body, author, create_time, update_time, release_time)
	values ($1, 1, 3, 'x', 'x', $2, 'x', $3, $3, $3)`
	insertSurvey = `insert into surveys (survey_id, label_en, label_zh, purpose, questionnaire_id, questionnaire_version, wave, territory, population, plan, seed, currency,
		minimum_group, anonymous, state, author, create_time, update_time, open_time)
	values ($1, 'Customer survey', '客户满意度调查', '', $2, 1, '', $3, '{}', '{}', 'x', '', 5, $4, 2, 'x', $5, $5, $5)`
	insertStratum    = `insert into survey_strata (survey_id, stratum, label, size, planned, weight) values ($1, 1, 'all', $2, $2, 1)`
	insertQuota      = `insert into quotas (survey_id, quota, label_en, label_zh, condition, target) values ($1, $2, 'x', 'x', '{}', $3)`
	insertCustomer   = `insert into customers (customer_id, territory, class, create_time) values ($1, 'cn/south', 1, $2)`
	insertInvitation = `insert into invitations (survey_id, invitation_id, customer_id, stratum, state, secret_hash, create_time, issue_time) values ($1, $2, $3, 1, 1, $4, $5, $5)`
)

// Open makes an open survey.
func Open(ctx context.Context, db *postgres.DB, now time.Time, o Options) (*World, error) {
	w := &World{Survey: uuid.Must(uuid.NewV7()), Questionnaire: uuid.Must(uuid.NewV7())}
	var err error
	do := func(statement string, args ...any) {
		if err == nil {
			_, err = db.Exec(ctx, statement, args...)
		}
	}
	body := o.Body
	if body == nil {
		body = Body()
	}
	do(insertHead, w.Questionnaire)
	do(insertQuestionnaire, w.Questionnaire, postgres.JSON[*questionnaire.Body]{V: body}, now)
	do(insertSurvey, w.Survey, w.Questionnaire, o.Territory, o.Anonymous, now)
	do(insertStratum, w.Survey, o.Customers)
	for i, target := range o.Quotas {
		do(insertQuota, w.Survey, i+1, target)
	}
	for i := range o.Customers {
		customer, secret := uuid.Must(uuid.NewV7()), fmt.Sprintf("secret-of-%s-%d", w.Survey, i)
		hash := sha256.Sum256([]byte(secret))
		do(insertCustomer, customer, now)
		do(insertInvitation, w.Survey, uuid.Must(uuid.NewV7()), customer, hash[:], now)
		w.Customers, w.Secrets = append(w.Customers, customer), append(w.Secrets, secret)
	}
	return w, err
}
