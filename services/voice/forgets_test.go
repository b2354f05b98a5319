package voice_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// Who reported something is not known any more once profile has erased him, also where he had filled in a form and was recognized later. What he said stays: it is about us.
func TestErasedPeopleAreForgotten(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.prepare(t)
	ctx := s.admin(t)
	s.RequireForgotten(t, s.senior, &profilev1.PersonErased{Person: s.senior}, 3)
	require.NotEmpty(t, s.Mentions(t, "open-voice"))

	voices := voicev1.NewVoiceServiceClient(s.Conn)
	v, err := voices.CreateVoice(ctx, &voicev1.CreateVoiceRequest{Voice: &voicev1.Voice{
		Source: voicev1.VoiceSource_WEB, Kind: voicev1.VoiceKind_COMPLAINT, Text: "late", ReporterName: "Han Meimei", ReporterContact: "han@example.com",
	}})
	require.NoError(t, err)
	// As if the voice had come by a form.
	_, err = s.DB.Exec(ctx, `insert into form_submissions (form_id, submission_id, reference, nonce, digest, state, suspicions, language, kind, sender, company, contact, answer_wanted,
			product_line, order_number, body, voice_id, create_time)
		select form_id, gen_random_uuid(), 'R', 'n', 'd', 2, '{}', 'en', 4, 'Han Meimei', 'Jia', 'han@example.com', true, '', '', 'late', $1, now() from voice_forms limit 1`, v.GetName()[len("voices/"):])
	require.NoError(t, err)
	_, err = voices.IdentifyVoice(ctx, &voicev1.IdentifyVoiceRequest{Name: v.GetName(), Customer: s.customer, Reporter: s.person})
	require.NoError(t, err)
	require.Equal(t, map[string]int{"public.form_submissions": 1}, s.Mentions(t, "Han Meimei"))
	s.RequireForgotten(t, s.person, &profilev1.PersonErased{Person: s.person}, 2)
	require.Empty(t, s.Mentions(t, "Han Meimei"))
	require.Empty(t, s.Mentions(t, "han@example.com"))
}
