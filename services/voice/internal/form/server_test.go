package form_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

var errBroken = fault.Unavailable(nil)

func requireReason(t *testing.T, err error, code codes.Code, reason string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, fault.From(err).Code(), err)
	require.Equal(t, reason, fault.From(err).Reason())
}

func TestFormsAreDeclared(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	made, err := b.forms.CreateVoiceForm(ctx, &voicev1.CreateVoiceFormRequest{VoiceForm: complaints()})
	require.NoError(t, err)
	require.Equal(t, "/f/complaints", made.GetPath())
	_, err = b.forms.CreateVoiceForm(ctx, &voicev1.CreateVoiceFormRequest{VoiceForm: complaints()})
	requireReason(t, err, codes.AlreadyExists, "SLUG")

	change := &voicev1.VoiceForm{Name: made.GetName(), TitleEn: "Complaints", Territory: "eu", Kinds: []voicev1.VoiceKind{voicev1.VoiceKind_PRAISE}, Guard: &voicev1.FormGuard{MostLinks: 1}}
	got, err := b.forms.UpdateVoiceForm(ctx, &voicev1.UpdateVoiceFormRequest{VoiceForm: change, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"title_en", "kinds", "guard"}}})
	require.NoError(t, err)
	require.Equal(t, "Complaints", got.GetTitleEn())
	require.Equal(t, "cn/south", got.GetTerritory())
	require.Equal(t, change.GetKinds(), got.GetKinds())
	require.EqualValues(t, 1, got.GetGuard().GetMostLinks())
	again, err := b.forms.UpdateVoiceForm(ctx, &voicev1.UpdateVoiceFormRequest{VoiceForm: got})
	require.NoError(t, err)
	require.Equal(t, got.GetEtag(), again.GetEtag(), "nothing changed")
	_, err = b.forms.ActivateVoiceForm(ctx, &voicev1.ActivateVoiceFormRequest{Name: made.GetName(), Etag: made.GetEtag()})
	requireReason(t, err, codes.Aborted, "ETAG_MISMATCH")
	_, err = b.forms.UpdateVoiceForm(ctx, &voicev1.UpdateVoiceFormRequest{
		VoiceForm: &voicev1.VoiceForm{Name: made.GetName()}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"title_zh"}},
	})
	requireReason(t, err, codes.InvalidArgument, "INVALID_FIELDS")
	require.ErrorContains(t, err, "voice_form.title_zh")
	require.Len(t, b.Events(t, "guanxi.voice.form.>", 2), 2)

	north := b.AsPrincipal(t, auth.Principal{Subject: "n", Level: typev1.Level_BASIC, Territories: []string{"cn/north"}, Administrator: true})
	_, err = b.forms.GetVoiceForm(north, &voicev1.GetVoiceFormRequest{Name: made.GetName()})
	requireReason(t, err, codes.PermissionDenied, "HIDDEN")
	_, err = b.forms.CreateVoiceForm(north, &voicev1.CreateVoiceFormRequest{VoiceForm: complaints()})
	requireReason(t, err, codes.PermissionDenied, "TERRITORY")
	list, err := b.forms.ListVoiceForms(north, &voicev1.ListVoiceFormsRequest{})
	require.NoError(t, err)
	require.Empty(t, list.GetVoiceForms())
}

// What is suspect is released or discarded, once, by those whose territory it is; what is settled is forgotten in time.
func TestSuspectsAreDecided(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.open(t, complaints())
	for _, text := range []string{"one", "two"} {
		b.done(t, b.do(t, http.MethodPost, path, filled(b.page(t, path), "text", text, "website", "x")))
	}
	south, north := b.As(t, typev1.Level_BASIC, "cn/south"), b.As(t, typev1.Level_BASIC, "cn/north")
	found := b.submissions(t)
	one, two := found[0].GetName(), found[1].GetName()
	_, err := b.forms.ReleaseFormSubmission(north, &voicev1.ReleaseFormSubmissionRequest{Name: one})
	requireReason(t, err, codes.PermissionDenied, "HIDDEN")
	_, err = b.forms.GetFormSubmission(north, &voicev1.GetFormSubmissionRequest{Name: one})
	requireReason(t, err, codes.PermissionDenied, "HIDDEN")

	for range 2 {
		got, err := b.forms.ReleaseFormSubmission(south, &voicev1.ReleaseFormSubmissionRequest{Name: one})
		require.NoError(t, err)
		require.Equal(t, voicev1.FormSubmission_TAKEN_IN, got.GetState())
		require.NotEmpty(t, got.GetVoice())
	}
	require.Len(t, b.all(), 1)
	require.Equal(t, "one", b.all()[0].Text)
	_, err = b.forms.DiscardFormSubmission(south, &voicev1.DiscardFormSubmissionRequest{Name: one, Reason: "x"})
	requireReason(t, err, codes.FailedPrecondition, "TAKEN_IN")
	for range 2 {
		got, err := b.forms.DiscardFormSubmission(south, &voicev1.DiscardFormSubmissionRequest{Name: two, Reason: "an advertisement"})
		require.NoError(t, err)
		require.Equal(t, voicev1.FormSubmission_DISCARDED, got.GetState())
		require.Equal(t, "an advertisement", got.GetDiscardReason())
	}
	got, err := b.forms.ReleaseFormSubmission(south, &voicev1.ReleaseFormSubmissionRequest{Name: two})
	require.NoError(t, err)
	require.Empty(t, got.GetDiscardReason(), "it was none after all")
	require.Len(t, b.all(), 2)
	all := b.Events(t, "guanxi.voice.form_submission.>", 5)
	for _, e := range all {
		for _, secret := range []string{"one", "two", "advertisement"} {
			require.NotContains(t, string(e.Data), `"`+secret, "nothing of what was said")
		}
	}
	b.Clock.Advance(92 * 24 * time.Hour)
	require.Eventually(t, func() bool { return len(b.submissions(t)) == 0 }, time.Minute, 50*time.Millisecond)
}
