package voice_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// What the public sends by a form is a voice of nobody known, which waits in the form's territory until somebody says whose it is.
func TestFormsBecomeVoices(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	forms, pages, voices := voicev1.NewVoiceFormServiceClient(b.Conn), voicev1.NewVoiceFormPageServiceClient(b.Conn), voicev1.NewVoiceServiceClient(b.Conn)
	made, err := forms.CreateVoiceForm(ctx, &voicev1.CreateVoiceFormRequest{VoiceForm: webForm("complaints")})
	require.NoError(t, err)
	_, err = forms.ActivateVoiceForm(ctx, &voicev1.ActivateVoiceFormRequest{Name: made.GetName()})
	require.NoError(t, err)
	send := func(more ...string) {
		_, err := pages.SubmitVoiceForm(t.Context(), &voicev1.SubmitVoiceFormRequest{
			Form: "complaints", Lang: "en", Fields: typed(b.opened(t, "complaints"), append([]string{"kind", "COMPLAINT"}, more...)...),
		})
		require.NoError(t, err)
	}
	send("text", "<script>alert(1)</script>", "name", "Li Lei", "company", "Jia", "contact", "li@example.com", "answer", "yes", "order_number", "SO-1")
	send("text", "an advertisement", "website", "x")

	south := b.As(t, basic, "cn/south")
	list, err := forms.ListFormSubmissions(south, &voicev1.ListFormSubmissionsRequest{Parent: made.GetName(), OrderBy: "create_time"})
	require.NoError(t, err)
	require.Len(t, list.GetSubmissions(), 2)
	first, second := list.GetSubmissions()[0], list.GetSubmissions()[1]
	v, err := voices.GetVoice(south, &voicev1.GetVoiceRequest{Name: first.GetVoice()})
	require.NoError(t, err)
	require.Equal(t, "<script>alert(1)</script>", v.GetText())
	require.Equal(t, "Li Lei (Jia)", v.GetReporterName())
	require.Equal(t, "li@example.com", v.GetReporterContact())
	require.Equal(t, "SO-1", v.GetOrder())
	require.Equal(t, voicev1.VoiceSource_WEB, v.GetSource())
	require.Equal(t, "web-form", v.GetSourceSystem())
	require.Equal(t, first.GetReference(), v.GetSourceId())
	require.Empty(t, v.GetCustomer())
	require.Equal(t, "cn/south", v.GetTerritory())
	_, err = voices.GetVoice(b.As(t, basic, "cn/north"), &voicev1.GetVoiceRequest{Name: first.GetVoice()})
	require.Error(t, err)

	require.Equal(t, voicev1.FormSubmission_SUSPECT, second.GetState())
	released, err := forms.ReleaseFormSubmission(south, &voicev1.ReleaseFormSubmissionRequest{Name: second.GetName()})
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(released.GetVoice(), "voices/"))
}
