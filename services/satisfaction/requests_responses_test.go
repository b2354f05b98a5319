package satisfaction_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// spoken is what somebody said to an interviewer.
func (s *scene) spoken(id, text string) *satisfactionv1.Response {
	polite, prompt := int32(1), int32(4)
	return &satisfactionv1.Response{
		Customer: s.customer, Channel: satisfactionv1.Response_INTERVIEW, SourceId: id,
		Answers: map[string]*satisfactionv1.ResponseAnswer{"polite": {Value: &polite}, "prompt": {Value: &prompt}, "why": {Text: text}},
	}
}

// prepareResponses has a customer answer the open survey, and codes what it said.
func (s *scene) prepareResponses(ctx context.Context, t *testing.T) {
	t.Helper()
	survey := s.names["survey"]
	made, err := s.responses().CreateResponse(ctx, &satisfactionv1.CreateResponseRequest{Parent: survey, Response: s.spoken("1", "secret-wish")})
	require.NoError(t, err)
	s.names["response"] = made.GetName()
	_, err = s.responses().ReplaceCodes(ctx, &satisfactionv1.ReplaceCodesRequest{
		Parent: survey, Question: "why", Codes: []*satisfactionv1.AnswerCode{{Code: "secret-code", LabelEn: "x", LabelZh: "x"}},
	})
	require.NoError(t, err)
	_, err = s.responses().CodeResponse(ctx, &satisfactionv1.CodeResponseRequest{Name: made.GetName(), Question: "why", Codes: []string{"secret-code"}})
	require.NoError(t, err)
	_, err = s.responses().VoidResponse(ctx, &satisfactionv1.VoidResponseRequest{Name: made.GetName(), Reason: "secret-reason"})
	require.NoError(t, err)
}

func responseRequests(_ *testing.T, s *scene) map[string]proto.Message {
	survey, response := s.names["survey"], s.names["response"]
	return map[string]proto.Message{
		"ResponseService/CreateResponse":    &satisfactionv1.CreateResponseRequest{Parent: survey, Response: s.spoken("1", "another wish")},
		"ResponseService/ImportResponses":   &satisfactionv1.ImportResponsesRequest{Parent: survey, Responses: []*satisfactionv1.Response{s.spoken("1", "another wish")}},
		"ResponseService/GetResponse":       &satisfactionv1.GetResponseRequest{Name: response},
		"ResponseService/ListResponses":     &satisfactionv1.ListResponsesRequest{Parent: survey},
		"ResponseService/ValidateResponses": &satisfactionv1.ValidateResponsesRequest{Parent: survey},
		"ResponseService/VoidResponse":      &satisfactionv1.VoidResponseRequest{Name: response, Reason: "x"},
		"ResponseService/RestoreResponse":   &satisfactionv1.RestoreResponseRequest{Name: response, Reason: "x", Etag: "stale"},
		"ResponseService/CodeResponse":      &satisfactionv1.CodeResponseRequest{Name: response, Question: "why", Codes: []string{"secret-code"}},
		"ResponseService/ReplaceCodes": &satisfactionv1.ReplaceCodesRequest{
			Parent: survey, Question: "why", Codes: []*satisfactionv1.AnswerCode{{Code: "secret-code", LabelEn: "x", LabelZh: "x"}},
		},
		"ResponseService/ListCodes":       &satisfactionv1.ListCodesRequest{Parent: survey},
		"AnswerPageService/GetAnswerPage": &satisfactionv1.GetAnswerPageRequest{Secret: "nothing"},
		"AnswerPageService/SubmitAnswerPage": &satisfactionv1.SubmitAnswerPageRequest{
			Secret: "nothing", Fields: []*typev1.FormField{{Name: "section", Values: []string{"service"}}},
		},
	}
}

// responseAnywhere are those of them that ask for no territory: whoever has a link has it.
var responseAnywhere = []string{"AnswerPageService/GetAnswerPage", "AnswerPageService/SubmitAnswerPage"}
