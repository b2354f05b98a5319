package answer

import (
	"context"
	"net/http"
	"slices"
	"time"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/protobuf/types/known/durationpb"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
)

// SubmitAnswerPage implements AnswerPageService.
func (s *Server) SubmitAnswerPage(ctx context.Context, r *satisfactionv1.SubmitAnswerPageRequest) (*httpbody.HttpBody, error) {
	ctx = everywhere(ctx)
	v, err := s.visit(ctx, r.GetSecret(), r.GetLang())
	if err != nil {
		return v.explain(err)
	}
	typed, twice := Typed{}, false
	for _, field := range r.GetFields() {
		_, before := typed[field.GetName()]
		twice = twice || before
		typed[field.GetName()] = field.GetValues()
	}
	of := section(v.questionnaire, typed.one(fieldSection))
	if of == nil || twice {
		return v.page(v.section).refuse(Problem{Code: Unknown})
	}
	filled, wrong := Read(of, typed)
	p := &sectionPage{visit: v, section: of, answers: merge(v.questionnaire, v.answers, filled, of), typed: typed}
	p.course = courseOf(v.questionnaire, p.answers)
	if p.course.at(of.Code) < 0 { // another window has answered so that it is not asked any more
		return v.page(v.section).refuse(Problem{Code: TooOld})
	}
	opened, ok := s.seals.open(v.link, typed.one(fieldToken))
	if !ok {
		return p.refuse(Problem{Code: TooOld})
	}
	if v.began.IsZero() {
		v.began = opened
	}
	if wait := s.limit.wait(v.link, s.now()); wait > 0 {
		return p.busy(wait)
	}
	if typed.one(fieldGo) == back {
		return p.back(ctx, filled)
	}
	if len(wrong) > 0 && wrong[0].Code == Unknown { // no browser sends that, so nobody has to be told of more
		return p.refuse(wrong[0])
	}
	// What only these answers have led to has not been seen yet, and is not missing.
	wrong = append(wrong, missing(of, both(p.course.shown, courseOf(v.questionnaire, v.answers).shown), p.answers)...)
	if len(wrong) > 0 {
		return p.refuse(firstOfEach(wrong)...)
	}
	return p.forward(ctx, filled)
}

// both are the questions of one list that are in another one, too.
func both(list, other []*questionnaire.Question) []*questionnaire.Question {
	return slices.DeleteFunc(slices.Clone(list), func(x *questionnaire.Question) bool { return !slices.Contains(other, x) })
}

// firstOfEach leaves one problem for each field: what cannot be is missing, too.
func firstOfEach(wrong []Problem) []Problem {
	var out []Problem
	seen := map[string]bool{}
	for _, w := range wrong {
		if !seen[w.Field] {
			out = append(out, w)
		}
		seen[w.Field] = true
	}
	return out
}

// save keeps what was filled in, and where to go next.
func (p *sectionPage) save(ctx context.Context, filled questionnaire.Answers, next func(before, after questionnaire.Answers) string) error {
	v := p.visit
	return v.responses.Save(ctx, v.survey, v.invitation, v.link, v.began, func(kept questionnaire.Answers) (questionnaire.Answers, string) {
		v.answers = merge(v.questionnaire, kept, filled, p.section)
		return v.answers, next(kept, v.answers)
	})
}

// back keeps what was filled in, as far as it can be, and goes to the section before.
func (p *sectionPage) back(ctx context.Context, filled questionnaire.Answers) (*httpbody.HttpBody, error) {
	to := p.section.Code
	err := p.save(ctx, filled, func(_, after questionnaire.Answers) string {
		to = courseOf(p.questionnaire, after).before(p.questionnaire, to).Code
		return to
	})
	if err != nil {
		return p.explain(err)
	}
	return p.goTo(receipt{section: to})
}

// forward keeps what was filled in, and goes to the next section; behind the last one it takes the response in.
func (p *sectionPage) forward(ctx context.Context, filled questionnaire.Answers) (*httpbody.HttpBody, error) {
	q, here := p.questionnaire, p.section.Code
	var to receipt
	last := false
	err := p.save(ctx, filled, func(before, after questionnaire.Answers) string {
		if to.more = opened(q, p.section, before, after); to.more != "" {
			to.section = here
			return here
		}
		next := courseOf(q, after).after(q, here)
		if last = next == nil; last {
			return here
		}
		to.section = next.Code
		return next.Code
	})
	if err != nil {
		return p.explain(err)
	}
	if !last {
		return p.goTo(to)
	}
	return p.finish(ctx)
}

// finish takes the response in, if no section is left with something to answer: whoever goes by an address of his own may have left one out.
func (p *sectionPage) finish(ctx context.Context) (*httpbody.HttpBody, error) {
	v := p.visit
	c := courseOf(v.questionnaire, v.answers)
	for _, one := range c.sections {
		if wrong := missing(one, c.shown, v.answers); len(wrong) > 0 {
			return v.page(one.Code).refuse(wrong...)
		}
	}
	if err := v.accept(ctx, v.answers); err != nil {
		return v.explain(err)
	}
	return p.goTo(receipt{})
}

// goTo has the browser ask for the next page.
func (p *sectionPage) goTo(to receipt) (*httpbody.HttpBody, error) {
	sealed, err := p.seals.receipt(p.link, to)
	if err != nil {
		return nil, err
	}
	how := &typev1.FormPage{Receipt: sealed}
	if to.section == "" {
		return p.notice(thanks, how)
	}
	next := p.page(to.section)
	if to.more != "" {
		next.problems = []Problem{{to.more, fieldQuestion + to.more, More}}
	}
	return next.body(how)
}

// refuse shows the page again with what was filled in and what is wrong.
func (p *sectionPage) refuse(wrong ...Problem) (*httpbody.HttpBody, error) {
	p.problems = wrong
	return p.body(&typev1.FormPage{Status: http.StatusBadRequest})
}

func (p *sectionPage) busy(wait time.Duration) (*httpbody.HttpBody, error) {
	p.problems = []Problem{{Code: Busy}}
	return p.body(&typev1.FormPage{Status: http.StatusTooManyRequests, RetryAfter: durationpb.New(wait)})
}
