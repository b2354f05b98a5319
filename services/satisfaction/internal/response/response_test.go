package response_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/fault"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/response/responsetest"
)

// An interviewer enters a response: it counts, its link is spent, and who listens hears of it without a word of what was said.
func TestAnInterviewIsTakenIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.open(t, responsetest.Options{Customers: 2, Quotas: []int{5}})
	ctx := b.As(t, typev1.Level_BASIC, "cn/south")
	sent := said(w.Customer(0), 2)
	sent.SourceId = "17"
	made := b.create(ctx, t, w, sent)
	require.Equal(t, satisfactionv1.Response_ACCEPTED, made.GetState())
	require.Equal(t, "alice", made.GetInterviewer())
	require.Equal(t, "default", made.GetSourceSystem())
	require.EqualValues(t, 1, made.GetStratum())
	require.Equal(t, "hurry up", made.GetAnswers()["reason"].GetText())
	require.Equal(t, 1, b.filled(t, w))
	var state int
	require.NoError(t, b.DB.Get(t.Context(), &state, `select state from invitations where customer_id = $1`, w.Customers[0]))
	require.Equal(t, 3, state)
	var scores string
	require.NoError(t, b.DB.Get(t.Context(), &scores, `select scores::text || ' ' || importances::text || ' ' || recommendation || ' ' || (expectations is null) from responses`))
	require.Equal(t, "{6,2,NULL,9} {NULL,NULL,NULL,NULL} 9 true", scores)

	again := b.create(ctx, t, w, sent)
	require.Equal(t, made.GetName(), again.GetName())
	require.Empty(t, again.GetAnswers(), "what another one has sent is not told to everybody")
	require.Equal(t, 1, b.accepted(t, w))

	all := b.Events(t, "guanxi.satisfaction.response.>", 2)
	require.Equal(t, "guanxi.satisfaction.response.accepted.v1", all[0].Subject)
	require.Equal(t, "guanxi.satisfaction.response.low_scored.v1", all[1].Subject)
	require.Contains(t, string(all[1].Data), `"itemCodes":["contact.prompt"]`)
	for _, e := range all {
		require.Contains(t, string(e.Data), w.Customer(0))
		require.NotContains(t, string(e.Data), "hurry")
	}
}

func TestResponsesThatCannotBe(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.open(t, responsetest.Options{Customers: 2, Quotas: []int{0}})
	hidden := b.open(t, responsetest.Options{Customers: 1, Territory: "eu", Anonymous: true})
	ctx := b.As(t, typev1.Level_BASIC, "cn/south")
	unknown := "customers/" + uuid.Must(uuid.NewV7()).String()
	for name, c := range map[string]struct {
		change func(r *satisfactionv1.Response)
		code   codes.Code
		want   string // the field and rule, or the reason
	}{
		"no channel":                   {func(r *satisfactionv1.Response) { r.Channel = 0 }, codes.InvalidArgument, "response.channel REQUIRED"},
		"nobody":                       {func(r *satisfactionv1.Response) { r.Customer = "" }, codes.InvalidArgument, "response.customer REQUIRED"},
		"somebody else's person":       {func(r *satisfactionv1.Response) { r.Person = unknown + "/people/" + uuid.Must(uuid.NewV7()).String() }, codes.InvalidArgument, "response.person CUSTOMER"},
		"no such customer":             {func(r *satisfactionv1.Response) { r.Customer = unknown }, codes.PermissionDenied, "HIDDEN"},
		"no such stratum":              {func(r *satisfactionv1.Response) { r.Stratum = 2 }, codes.InvalidArgument, "response.stratum STRATUM"},
		"no such grade":                {func(r *satisfactionv1.Response) { r.Answers["polite"] = value(8) }, codes.InvalidArgument, "response.answers[polite] RANGE"},
		"no such question":             {func(r *satisfactionv1.Response) { r.Answers["x"] = value(1) }, codes.InvalidArgument, "response.answers[x] QUESTION_UNKNOWN"},
		"a question that is not asked": {func(r *satisfactionv1.Response) { r.Answers["reason"] = &satisfactionv1.ResponseAnswer{Text: "x"} }, codes.InvalidArgument, "response.answers[reason] HIDDEN"},
		"too many":                     {func(*satisfactionv1.Response) {}, codes.FailedPrecondition, "QUOTA_FULL"},
	} {
		r := said(w.Customer(0), 5)
		c.change(r)
		_, err := b.responses.CreateResponse(ctx, &satisfactionv1.CreateResponseRequest{Parent: w.Name(), Response: r})
		require.Error(t, err, name)
		e := fault.From(err)
		require.Equal(t, c.code, e.Code(), name)
		got := e.Reason()
		if wrong := e.Violations(); len(wrong) > 0 {
			got = wrong[0].Field + " " + wrong[0].Rule
		}
		require.Equal(t, c.want, got, name)
	}
	_, err := b.responses.CreateResponse(ctx, &satisfactionv1.CreateResponseRequest{Parent: hidden.Name(), Response: said("", 5)})
	requireReason(t, err, codes.PermissionDenied, "HIDDEN")
	_, err = b.responses.CreateResponse(b.As(t, typev1.Level_BASIC), &satisfactionv1.CreateResponseRequest{Parent: hidden.Name(), Response: said(hidden.Customer(0), 5)})
	require.ErrorContains(t, err, "response.customer")
	_, err = b.DB.Exec(t.Context(), `update surveys set state = 3 where survey_id = $1`, w.Survey)
	require.NoError(t, err)
	_, err = b.responses.CreateResponse(ctx, &satisfactionv1.CreateResponseRequest{Parent: w.Name(), Response: said(w.Customer(0), 5)})
	requireReason(t, err, codes.FailedPrecondition, "STATE")
	require.Zero(t, b.accepted(t, w))
}

// In an anonymous survey nothing says who has answered or when, be it in the tables, the answers or the events.
func TestAnonymousResponses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.open(t, responsetest.Options{Customers: 1, Anonymous: true, Quotas: []int{1}})
	ctx := b.As(t, typev1.Level_MANAGER)
	made := b.create(ctx, t, w, said("", 1))
	require.Equal(t, satisfactionv1.Response_ACCEPTED, made.GetState())
	for _, at := range []time.Time{made.GetStartTime().AsTime(), made.GetAcceptTime().AsTime()} {
		require.Equal(t, "00:00:00", at.In(time.FixedZone("", 8*3600)).Format("15:04:05"))
	}
	id, err := uuid.Parse(made.GetName()[len(w.Name()+"/responses/"):])
	require.NoError(t, err)
	require.EqualValues(t, 7, id.Version())
	seconds, _ := id.Time().UnixTime()
	require.Equal(t, made.GetAcceptTime().AsTime().Unix(), seconds, "the id tells no more than the day")
	all := b.Events(t, "guanxi.satisfaction.response.>", 1)
	require.NotContains(t, string(all[0].Data), id.String())
	require.NotContains(t, string(all[0].Data), "customer")

	name, reason := made.GetName(), "typed twice"
	void, err := b.responses.VoidResponse(ctx, &satisfactionv1.VoidResponseRequest{Name: name, Reason: reason, Etag: made.GetEtag()})
	require.NoError(t, err)
	require.Equal(t, satisfactionv1.Response_BY_HAND, void.GetVoidReason())
	require.Zero(t, b.filled(t, w))
	_, err = b.responses.RestoreResponse(ctx, &satisfactionv1.RestoreResponseRequest{Name: name, Reason: "it was another one", Etag: made.GetEtag()})
	requireReason(t, err, codes.Aborted, "ETAG_MISMATCH")
	restored, err := b.responses.RestoreResponse(ctx, &satisfactionv1.RestoreResponseRequest{Name: name, Reason: "it was another one", Etag: void.GetEtag()})
	require.NoError(t, err)
	require.Equal(t, satisfactionv1.Response_ACCEPTED, restored.GetState())
	require.Equal(t, 1, b.filled(t, w))
	require.Len(t, b.Events(t, "guanxi.satisfaction.response.>", 3), 3, "that it was accepted is told once")
	_, err = b.responses.GetResponse(b.As(t, typev1.Level_MANAGER, "cn/south"), &satisfactionv1.GetResponseRequest{Name: name})
	requireReason(t, err, codes.PermissionDenied, "HIDDEN")
}

// Whatever is entered at once: no quota gets above its target, and none is short while somebody was refused.
func TestQuotasAreNeverOverrun(t *testing.T) {
	t.Parallel()
	for _, anonymous := range []bool{false, true} {
		t.Run(fmt.Sprint(anonymous), func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			w := b.open(t, responsetest.Options{Customers: 60, Quotas: []int{25}, Anonymous: anonymous})
			ctx := b.As(t, typev1.Level_BASIC)
			var mu sync.Mutex
			var wg sync.WaitGroup
			reasons := map[string]int{}
			for i := range w.Customers {
				r := said(w.Customer(i), 5)
				if anonymous {
					r.Customer = ""
				}
				wg.Go(func() {
					reason := "accepted"
					if _, err := b.responses.CreateResponse(ctx, &satisfactionv1.CreateResponseRequest{Parent: w.Name(), Response: r}); err != nil {
						reason = fault.From(err).Reason()
					}
					mu.Lock()
					defer mu.Unlock()
					reasons[reason]++
				})
			}
			wg.Wait()
			require.Equal(t, map[string]int{"accepted": 25, "QUOTA_FULL": 35}, reasons)
			require.Equal(t, 25, b.filled(t, w))
			require.Equal(t, 25, b.accepted(t, w))
			require.Len(t, b.Events(t, "guanxi.satisfaction.response.accepted.v1", 25), 25)
		})
	}
}

// One who answers twice counts once, also when both come at the same time.
func TestWhoAnswersTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.open(t, responsetest.Options{Customers: 1, Quotas: []int{30}})
	ctx := b.As(t, typev1.Level_MANAGER)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			_, _ = b.responses.CreateResponse(ctx, &satisfactionv1.CreateResponseRequest{Parent: w.Name(), Response: said(w.Customer(0), 5)})
		})
	}
	wg.Wait()
	require.Equal(t, 1, b.accepted(t, w))
	require.Equal(t, 1, b.filled(t, w))
	other := said(w.Customer(0), 5)
	other.Person = w.Customer(0) + "/people/" + uuid.Must(uuid.NewV7()).String()
	require.Equal(t, satisfactionv1.Response_ACCEPTED, b.create(ctx, t, w, other).GetState(), "another person of the same customer")
	require.Equal(t, satisfactionv1.Response_DUPLICATE, b.create(ctx, t, w, proto.CloneOf(other)).GetVoidReason())
}

// Rows of a file are judged each by itself, and a file that is sent again changes nothing.
func TestImports(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.open(t, responsetest.Options{Customers: 4, Quotas: []int{2}})
	ctx := b.As(t, typev1.Level_MANAGER, "cn/south")
	rows := []*satisfactionv1.Response{said(w.Customer(0), 5), said(w.Customer(1), 5), said(w.Customer(2), 5), said(w.Customer(3), 5), said(w.Customer(0), 5)}
	rows[1].Answers = map[string]*satisfactionv1.ResponseAnswer{"polite": value(3)}
	rows[2].Answers["polite"] = value(9)
	for i, r := range rows[:4] {
		r.SourceSystem, r.SourceId, r.Channel = "mail", fmt.Sprint(i), satisfactionv1.Response_MAIL
	}
	for round := range 2 {
		got, err := b.responses.ImportResponses(ctx, &satisfactionv1.ImportResponsesRequest{Parent: w.Name(), Responses: rows})
		require.NoError(t, err)
		require.Len(t, got.GetResults(), 5)
		if round == 0 {
			require.Equal(t, []int32{2, 1, 0, 2}, []int32{got.GetAccepted(), got.GetVoided(), got.GetUnchanged(), got.GetRefused()})
			require.Equal(t, satisfactionv1.Response_INCOMPLETE, got.GetResults()[1].GetVoidReason())
			require.Equal(t, "answers[polite] RANGE", got.GetResults()[2].GetField()+" "+got.GetResults()[2].GetRule())
			require.Equal(t, "source_id SOURCE", got.GetResults()[4].GetField()+" "+got.GetResults()[4].GetRule())
			continue
		}
		require.Equal(t, []int32{0, 0, 3, 2}, []int32{got.GetAccepted(), got.GetVoided(), got.GetUnchanged(), got.GetRefused()})
	}
	require.Equal(t, 2, b.filled(t, w))
	list, err := b.responses.ListResponses(ctx, &satisfactionv1.ListResponsesRequest{Parent: w.Name(), Filter: `void_reason = "INCOMPLETE" AND channel = "MAIL"`})
	require.NoError(t, err)
	require.Len(t, list.GetResponses(), 1)
	list, err = b.responses.ListResponses(b.As(t, typev1.Level_MANAGER, "eu"), &satisfactionv1.ListResponsesRequest{Parent: w.Name()})
	require.NoError(t, err)
	require.Empty(t, list.GetResponses(), "the survey is the company's, the customers are not all his")
}
