package response

import (
	"fmt"
	"math"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
)

func at(list string, index int) string { return fmt.Sprintf("%s[%d]", list, index) }

func (r *Response) toProto() *satisfactionv1.Response {
	out := &satisfactionv1.Response{
		Name: r.Name(), Customer: r.customerName(), Stratum: int32(r.Stratum), Channel: satisfactionv1.Response_Channel(r.Channel), Answers: answersToProto(r.Answers),
		Interviewer: r.Interviewer, SourceSystem: r.SourceSystem, SourceId: r.SourceID, State: satisfactionv1.Response_State(r.State),
		VoidReason: satisfactionv1.Response_VoidReason(r.VoidReason), Decision: r.Decision, StartTime: timestamppb.New(r.StartTime), Etag: etag.Of(max(r.Revision, 1)),
	}
	if r.Customer.Valid && r.Person.Valid {
		out.Person = resource.Name("customers", r.Customer.UUID, "people", r.Person.UUID)
	}
	if r.AcceptTime != nil {
		out.AcceptTime = timestamppb.New(*r.AcceptTime)
	}
	if r.Seconds != nil {
		out.Seconds = *r.Seconds
	}
	return out
}

// withCodes puts the codes of open answers to their responses.
func withCodes(all []*satisfactionv1.Response, ids []uuid.UUID, codings []coding) {
	of := map[uuid.UUID]*satisfactionv1.Response{}
	for i, id := range ids {
		of[id] = all[i]
	}
	for _, c := range codings {
		r := of[c.Response]
		if n := len(r.Codes); n == 0 || r.Codes[n-1].Question != c.Question {
			r.Codes = append(r.Codes, &satisfactionv1.ResponseCodes{Question: c.Question})
		}
		last := r.Codes[len(r.Codes)-1]
		last.Codes = append(last.Codes, c.Code)
	}
}

func answersToProto(answers questionnaire.Answers) map[string]*satisfactionv1.ResponseAnswer {
	out := make(map[string]*satisfactionv1.ResponseAnswer, len(answers))
	for code, a := range answers {
		out[code] = &satisfactionv1.ResponseAnswer{
			Value: a.Value, Importance: a.Importance, Expectation: a.Expectation, Choices: a.Choices, Text: a.Text, Refused: a.Refused,
		}
	}
	return out
}

func answersOf(p map[string]*satisfactionv1.ResponseAnswer) questionnaire.Answers {
	out := make(questionnaire.Answers, len(p))
	for code, a := range p {
		out[code] = questionnaire.Answer{
			Value: a.Value, Importance: a.Importance, Expectation: a.Expectation, Choices: a.GetChoices(), Text: a.GetText(), Refused: a.GetRefused(),
		}
	}
	return out
}

// fromProto reads a response as somebody sends it; what depends on the survey is not looked at.
func fromProto(p *satisfactionv1.Response) (*Response, error) {
	r := &Response{
		Stratum: int16(min(p.GetStratum(), math.MaxInt16)), Channel: int16(p.GetChannel()), Interviewer: p.GetInterviewer(), SourceSystem: p.GetSourceSystem(),
		SourceID: p.GetSourceId(), Answers: answersOf(p.GetAnswers()),
	}
	if r.Channel == 0 {
		return nil, fault.Invalid(fault.Field("channel", "REQUIRED", fault.Text{En: "must be given", Zh: "必须填写"}))
	}
	if r.SourceID != "" && r.SourceSystem == "" {
		r.SourceSystem = DefaultSystem
	}
	if r.SourceID == "" {
		r.SourceSystem = ""
	}
	if p.GetSeconds() > 0 {
		r.Seconds = new(p.GetSeconds())
	}
	if p.GetCustomer() != "" {
		ids, err := resource.Parse("customer", p.GetCustomer(), "customers")
		if err != nil {
			return nil, err
		}
		r.Customer = uuid.NullUUID{UUID: ids[0], Valid: true}
	}
	if p.GetPerson() == "" {
		return r, nil
	}
	ids, err := resource.Parse("person", p.GetPerson(), "customers", "people")
	if err != nil {
		return nil, err
	}
	if !r.Customer.Valid || ids[0] != r.Customer.UUID {
		return nil, fault.Invalid(fault.Field("person", "CUSTOMER", fault.Text{En: "is not of " + aggregate.Name(r.Customer.UUID), Zh: "不属于 " + aggregate.Name(r.Customer.UUID)}))
	}
	r.Person = uuid.NullUUID{UUID: ids[1], Valid: true}
	return r, nil
}

func codesToProto(codes []Code) []*satisfactionv1.AnswerCode {
	out := make([]*satisfactionv1.AnswerCode, len(codes))
	for i, c := range codes {
		out[i] = &satisfactionv1.AnswerCode{Question: c.Question, Code: c.Code, LabelEn: c.LabelEn, LabelZh: c.LabelZh, Answers: c.Answers}
	}
	return out
}

func (t *Tally) toProto() *satisfactionv1.ValidateResponsesResponse {
	out := &satisfactionv1.ValidateResponsesResponse{Accepted: t.Accepted, NewlyVoid: t.NewlyVoid, NewlyAccepted: t.NewlyAccepted, QuotaFull: t.QuotaFull}
	for why := Incomplete; why <= ByHand; why++ {
		if n := t.Void[why]; n > 0 {
			out.Void = append(out.Void, &satisfactionv1.ValidateResponsesResponse_Count{Reason: satisfactionv1.Response_VoidReason(why), Responses: n})
		}
	}
	return out
}
