// Package answer is the pages by which people who were invited answer a survey: one section a page, without any script, kept after each, in Chinese and English.
package answer

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/response"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// Server serves AnswerPageService.
type Server struct {
	satisfactionv1.UnimplementedAnswerPageServiceServer
	now            func() time.Time
	seals          seals
	limit          *limit
	surveys        *survey.Store
	questionnaires *questionnaire.Store
	responses      *response.Store
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, numbers *settings.Store) (*Server, error) {
	limit, err := newLimit()
	return &Server{
		now: now, seals: seals{pages}, limit: limit, surveys: survey.NewStore(db, now, numbers), questionnaires: questionnaire.NewStore(db, now, numbers),
		responses: response.NewStore(db, now, numbers),
	}, err
}

// visit is somebody with a link.
type visit struct {
	*Server
	lang          string
	link          []byte
	invitation    *survey.Invitation
	survey        *survey.Survey
	questionnaire *questionnaire.Questionnaire
	answers       questionnaire.Answers // so far
	section       string                // where he is; empty: at the beginning
	began         time.Time             // zero: nothing is kept yet
}

// everywhere is who answers, to the stores: the link is what permits it, and it reaches its customer wherever that is.
func everywhere(ctx context.Context) context.Context {
	return auth.With(ctx, auth.Principal{Level: typev1.Level_BASIC, Territories: []string{auth.Anywhere}})
}

// visit finds what a link is for.
func (s *Server) visit(ctx context.Context, secret, lang string) (*visit, error) {
	v := &visit{Server: s, lang: cmp.Or(lang, zh), link: response.Link(secret), answers: questionnaire.Answers{}}
	var err error
	if v.invitation, v.survey, err = s.surveys.Redeem(ctx, secret); err != nil {
		return v, err
	}
	if v.questionnaire, err = s.questionnaires.Version(ctx, v.survey.Questionnaire, v.survey.QuestionnaireVersion); err != nil {
		return v, err
	}
	draft, err := s.responses.Draft(ctx, v.link)
	if err != nil {
		return v, err
	}
	if draft != nil {
		v.answers, v.section, v.began = draft.Answers, draft.Section, draft.StartTime
	}
	return v, nil
}

// GetAnswerPage implements AnswerPageService.
func (s *Server) GetAnswerPage(ctx context.Context, r *satisfactionv1.GetAnswerPageRequest) (*httpbody.HttpBody, error) {
	ctx = everywhere(ctx)
	v, err := s.visit(ctx, r.GetSecret(), r.GetLang())
	to, received := s.seals.openReceipt(v.link, r.GetReceipt())
	if received && to.section == "" {
		return v.notice(thanks, &typev1.FormPage{})
	}
	if err != nil {
		return v.explain(err)
	}
	if wait := s.limit.wait(v.link, s.now()); wait > 0 {
		return v.notice(busy, &typev1.FormPage{Status: http.StatusTooManyRequests, RetryAfter: durationpb.New(wait)})
	}
	if err := s.surveys.Opened(ctx, v.invitation); err != nil {
		return nil, err
	}
	p := v.page(cmp.Or(to.section, v.section))
	if to.more != "" {
		p.problems = []Problem{{to.more, fieldQuestion + to.more, More}}
	}
	return p.body(&typev1.FormPage{})
}

// page is that of a section, or of the first one when the answers do not lead there.
func (v *visit) page(code string) *sectionPage {
	c := courseOf(v.questionnaire, v.answers)
	p := &sectionPage{visit: v, course: c, answers: v.answers}
	if len(c.sections) > 0 {
		p.section = c.sections[max(c.at(code), 0)]
	}
	return p
}

// errNoLink is one and the same for a link that there never was, and for one that is not good any more.
var errNoLink = fault.New(codes.NotFound, "NOT_FOUND", fault.Text{
	En: "This link does not work. It may be incomplete, expired or withdrawn. Please check that you have copied all of it, or ask those who have invited you.",
	Zh: "此链接无效：可能不完整、已过期或已被撤回。请检查是否复制了完整的链接，或联系邀请您的人员。",
})

// explain is the page that an error has.
func (v *visit) explain(err error) (*httpbody.HttpBody, error) {
	if errors.Is(err, response.ErrUsed) {
		return v.notice(used, &typev1.FormPage{Status: http.StatusConflict})
	}
	switch fault.From(err).Reason() {
	case survey.LinkUsed:
		return v.notice(used, &typev1.FormPage{Status: http.StatusConflict})
	case survey.SurveyClosed, "STATE":
		return v.notice(closed, &typev1.FormPage{Status: http.StatusGone})
	case survey.LinkUnknown, survey.LinkExpired, "DELETED", "NOT_FOUND": // who has no link, or no longer, learns nothing
		return nil, errNoLink
	case "QUOTA_FULL":
		return v.notice(full, &typev1.FormPage{Status: http.StatusGone})
	}
	return nil, err
}

// accept takes in what was answered.
func (v *visit) accept(ctx context.Context, answers questionnaire.Answers) error {
	i := v.invitation
	r := &response.Response{Survey: v.survey.ID, Stratum: i.Stratum, Channel: response.Web, StartTime: v.began, Answers: answers}
	r.Seconds = new(int32(min(v.now().Sub(v.began)/time.Second, mostSeconds)))
	customer := uuid.NullUUID{UUID: i.Customer, Valid: true}
	if !v.survey.Anonymous {
		r.Customer, r.Person = customer, i.Person
	}
	_, _, err := v.responses.Accept(ctx, &response.Intake{
		Survey: v.survey, Questionnaire: v.questionnaire, Response: r, Customer: customer, Invitation: i, Draft: v.link,
	})
	return err
}

// mostSeconds is the longest that answering is said to take: 100 days.
const mostSeconds = 8_640_000
