package voice_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

var formTokens = regexp.MustCompile(`name="token" value="([^"]+)"`)

// typed are the fields of a page, by turns name and value.
func typed(token string, more ...string) []*typev1.FormField {
	fields := []*typev1.FormField{{Name: "token", Values: []string{token}}}
	for i := 0; i < len(more); i += 2 {
		fields = append(fields, &typev1.FormField{Name: more[i], Values: []string{more[i+1]}})
	}
	return fields
}

// opened is the token of a page that was opened a minute ago.
func (b *bundle) opened(t *testing.T, slug string) string {
	t.Helper()
	page, err := voicev1.NewVoiceFormPageServiceClient(b.Conn).GetVoiceFormPage(t.Context(), &voicev1.GetVoiceFormPageRequest{Form: slug})
	require.NoError(t, err)
	found := formTokens.FindSubmatch(page.GetData())
	require.NotNil(t, found)
	b.Clock.Advance(time.Minute)
	return string(found[1])
}

func webForm(slug string) *voicev1.VoiceForm {
	return &voicev1.VoiceForm{Slug: slug, TitleEn: "public-title", TitleZh: "public-title", Kinds: []voicev1.VoiceKind{voicev1.VoiceKind_COMPLAINT}, Territory: "cn/south"}
}

// prepareForms opens a form, and has something sent by it that looks like spam.
func prepareForms(t *testing.T, s *scene) {
	t.Helper()
	ctx := s.admin(t)
	forms, pages := voicev1.NewVoiceFormServiceClient(s.Conn), voicev1.NewVoiceFormPageServiceClient(s.Conn)
	made, err := forms.CreateVoiceForm(ctx, &voicev1.CreateVoiceFormRequest{VoiceForm: webForm("open-to-all")})
	require.NoError(t, err)
	_, err = forms.ActivateVoiceForm(ctx, &voicev1.ActivateVoiceFormRequest{Name: made.GetName()})
	require.NoError(t, err)
	_, err = pages.SubmitVoiceForm(t.Context(), &voicev1.SubmitVoiceFormRequest{
		Form: "open-to-all", Fields: typed(s.opened(t, "open-to-all"), "kind", "COMPLAINT", "text", "open-note", "website", "x"),
	})
	require.NoError(t, err)
	list, err := forms.ListFormSubmissions(ctx, &voicev1.ListFormSubmissionsRequest{Parent: made.GetName()})
	require.NoError(t, err)
	require.Len(t, list.GetSubmissions(), 1)
	s.names["form"], s.names["submission"] = made.GetName(), list.GetSubmissions()[0].GetName()
}

func formRequests(s *scene) map[string]proto.Message {
	form, submission := s.names["form"], s.names["submission"]
	return map[string]proto.Message{
		"VoiceFormService/CreateVoiceForm":       &voicev1.CreateVoiceFormRequest{VoiceForm: webForm("")},
		"VoiceFormService/GetVoiceForm":          &voicev1.GetVoiceFormRequest{Name: form},
		"VoiceFormService/ListVoiceForms":        &voicev1.ListVoiceFormsRequest{},
		"VoiceFormService/UpdateVoiceForm":       &voicev1.UpdateVoiceFormRequest{VoiceForm: &voicev1.VoiceForm{Name: form, IntroEn: "x"}},
		"VoiceFormService/ActivateVoiceForm":     &voicev1.ActivateVoiceFormRequest{Name: form},
		"VoiceFormService/DeactivateVoiceForm":   &voicev1.DeactivateVoiceFormRequest{Name: form},
		"VoiceFormService/GetFormSubmission":     &voicev1.GetFormSubmissionRequest{Name: submission},
		"VoiceFormService/ListFormSubmissions":   &voicev1.ListFormSubmissionsRequest{Parent: form},
		"VoiceFormService/ReleaseFormSubmission": &voicev1.ReleaseFormSubmissionRequest{Name: submission},
		"VoiceFormService/DiscardFormSubmission": &voicev1.DiscardFormSubmissionRequest{Name: submission, Reason: "x"},
		"VoiceFormPageService/GetVoiceFormPage":  &voicev1.GetVoiceFormPageRequest{Form: "open-to-all"},
		"VoiceFormPageService/SubmitVoiceForm":   &voicev1.SubmitVoiceFormRequest{Form: "open-to-all"},
	}
}
