package response_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/response"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/response/responsetest"
)

// When the rules change the responses are judged again, and what was decided by hand stays.
func TestResponsesAreJudgedAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.open(t, responsetest.Options{Customers: 4, Quotas: []int{3}})
	ctx := b.As(t, typev1.Level_MANAGER)
	fast := said(w.Customer(0), 5)
	fast.Seconds = 1
	void := b.create(ctx, t, w, fast)
	require.Equal(t, satisfactionv1.Response_TOO_FAST, void.GetVoidReason())
	kept := said(w.Customer(1), 5)
	kept.Seconds = 2
	restored := b.create(ctx, t, w, kept)
	restored, err := b.responses.RestoreResponse(ctx, &satisfactionv1.RestoreResponseRequest{Name: restored.GetName(), Reason: "it was read to him"})
	require.NoError(t, err)
	require.Equal(t, "it was read to him", restored.GetDecision())
	good := b.create(ctx, t, w, said(w.Customer(2), 5))
	require.Equal(t, 2, b.filled(t, w))

	validate := func(dry bool) *satisfactionv1.ValidateResponsesResponse {
		t.Helper()
		got, err := b.responses.ValidateResponses(ctx, &satisfactionv1.ValidateResponsesRequest{Parent: w.Name(), DryRun: dry})
		require.NoError(t, err)
		return got
	}
	got := validate(false)
	require.EqualValues(t, 2, got.GetAccepted())
	require.Equal(t, satisfactionv1.Response_TOO_FAST, got.GetVoid()[0].GetReason())
	require.Zero(t, got.GetNewlyVoid()+got.GetNewlyAccepted(), "nothing has changed")

	rules := satisfactionv1.NewSatisfactionSettingsServiceClient(b.Conn)
	_, err = rules.UpdateSettings(b.AsPrincipal(t, auth.Principal{Subject: "admin", Level: typev1.Level_EXECUTIVE, Territories: []string{auth.Anywhere}, Administrator: true}), &satisfactionv1.UpdateSettingsRequest{
		Settings:   &satisfactionv1.Settings{Name: "satisfactionSettings", ResponseRules: &satisfactionv1.ResponseRules{StraightLineGrades: 2}},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"response_rules.least_seconds_per_question", "response_rules.straight_line_grades"}},
	})
	require.NoError(t, err)
	_, err = b.DB.Exec(t.Context(), `update responses set answers = jsonb_set(answers, '{prompt,value}', '6') where response_id = $1`, uuid.MustParse(good.GetName()[len(w.Name()+"/responses/"):]))
	require.NoError(t, err)
	dry := validate(true)
	require.EqualValues(t, 1, dry.GetNewlyVoid())
	require.EqualValues(t, 1, dry.GetNewlyAccepted())
	require.Equal(t, 2, b.filled(t, w), "it was only asked")
	got = validate(false)
	require.EqualExportedValues(t, dry, got)
	require.Equal(t, 2, b.filled(t, w))
	require.Equal(t, satisfactionv1.Response_STRAIGHT_LINED, got.GetVoid()[0].GetReason())
	require.Zero(t, validate(false).GetNewlyVoid())

	// Once there is no room for it, one that would count again does not.
	_, err = b.DB.Exec(t.Context(), `update responses set void_reason = 5, state = 3 where response_id = $1`, uuid.MustParse(void.GetName()[len(w.Name()+"/responses/"):]))
	require.NoError(t, err)
	_, err = b.DB.Exec(t.Context(), `update quotas set target = filled where survey_id = $1`, w.Survey)
	require.NoError(t, err)
	require.EqualValues(t, 1, validate(false).GetQuotaFull())
	_, err = b.responses.RestoreResponse(ctx, &satisfactionv1.RestoreResponseRequest{Name: void.GetName(), Reason: "x"})
	requireReason(t, err, codes.FailedPrecondition, "QUOTA_FULL")

	var fields string
	require.NoError(t, b.DB.Get(t.Context(), &fields, `select string_agg(fields::text, ' ' order by version) from changes where resource = $1 and action = 2`, restored.GetName()))
	require.Contains(t, fields, `it was read to him`)
	require.Contains(t, fields, `VOID`)
}

// Of an open answer it is said what it is about, by a code book that all waves share.
func TestOpenAnswersAreCoded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.open(t, responsetest.Options{Customers: 2})
	ctx := b.As(t, typev1.Level_MANAGER)
	made := b.create(ctx, t, w, said(w.Customer(0), 2))
	other := b.create(ctx, t, w, said(w.Customer(1), 5))
	book := func(codes ...string) error {
		r := &satisfactionv1.ReplaceCodesRequest{Parent: w.Name(), Question: "reason"}
		for _, c := range codes {
			r.Codes = append(r.Codes, &satisfactionv1.AnswerCode{Code: c, LabelEn: c, LabelZh: c})
		}
		_, err := b.responses.ReplaceCodes(ctx, r)
		return err
	}
	require.NoError(t, book("speed", "price", "staff"))
	code := func(name, question string, codes ...string) (*satisfactionv1.Response, error) {
		return b.responses.CodeResponse(ctx, &satisfactionv1.CodeResponseRequest{Name: name, Question: question, Codes: codes})
	}
	got, err := code(made.GetName(), "reason", "price", "speed")
	require.NoError(t, err)
	require.Equal(t, []string{"speed", "price"}, got.GetCodes()[0].GetCodes(), "in the order of the book")
	for _, c := range []struct {
		name, question string
		codes          []string
		want           string
	}{
		{made.GetName(), "reason", []string{"x"}, "codes[0] CODE_UNKNOWN"},
		{made.GetName(), "reason", []string{"staff", "staff"}, "codes[1] UNIQUE"},
		{other.GetName(), "reason", []string{"staff"}, "question QUESTION"},
		{made.GetName(), "polite", []string{"speed"}, "question QUESTION"},
	} {
		_, err := code(c.name, c.question, c.codes...)
		requireReason(t, err, codes.InvalidArgument, "INVALID_FIELDS")
		wrong := fault.From(err).Violations()[0]
		require.Equal(t, c.want, wrong.Field+" "+wrong.Rule)
	}
	requireReason(t, book("speed"), codes.FailedPrecondition, "CODE_USED")
	require.NoError(t, book("price", "speed"))
	list, err := b.responses.ListCodes(ctx, &satisfactionv1.ListCodesRequest{Parent: w.Name()})
	require.NoError(t, err)
	require.Len(t, list.GetCodes(), 2)
	require.Equal(t, "price", list.GetCodes()[0].GetCode())
	require.EqualValues(t, 1, list.GetCodes()[0].GetAnswers())
	_, err = b.responses.VoidResponse(ctx, &satisfactionv1.VoidResponseRequest{Name: made.GetName(), Reason: "x"})
	require.NoError(t, err)
	list, err = b.responses.ListCodes(ctx, &satisfactionv1.ListCodesRequest{Parent: w.Name()})
	require.NoError(t, err)
	require.Zero(t, list.GetCodes()[0].GetAnswers(), "void answers are not counted")
	north := b.As(t, typev1.Level_MANAGER, "cn/north")
	_, err = b.responses.CodeResponse(north, &satisfactionv1.CodeResponseRequest{Name: made.GetName(), Question: "reason"})
	requireReason(t, err, codes.PermissionDenied, "HIDDEN")
	_, err = b.responses.ReplaceCodes(north, &satisfactionv1.ReplaceCodesRequest{Parent: w.Name(), Question: "reason"})
	requireReason(t, err, codes.PermissionDenied, "TERRITORY")
}

// A person whom profile has removed is not named any more, and two such are not taken for one.
func TestPeopleAreForgotten(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.open(t, responsetest.Options{Customers: 1})
	ctx := b.As(t, typev1.Level_MANAGER)
	for range 2 {
		person := uuid.Must(uuid.NewV7())
		r := said(w.Customer(0), 5)
		r.Person = w.Customer(0) + "/people/" + person.String()
		name := b.create(ctx, t, w, r).GetName()
		require.NoError(t, response.Forget(b.DB)(t.Context(), w.Customers[0], person))
		got, err := b.responses.GetResponse(ctx, &satisfactionv1.GetResponseRequest{Name: name})
		require.NoError(t, err)
		require.Empty(t, got.GetPerson())
	}
	got, err := b.responses.ValidateResponses(ctx, &satisfactionv1.ValidateResponsesRequest{Parent: w.Name()})
	require.NoError(t, err)
	require.EqualValues(t, 2, got.GetAccepted())
}
