package answer_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/response/responsetest"
)

// kept are the responses of a survey.
func (b *bundle) kept(t *testing.T, w *responsetest.World) []*satisfactionv1.Response {
	t.Helper()
	list, err := b.responses.ListResponses(b.As(t, typev1.Level_MANAGER), &satisfactionv1.ListResponsesRequest{Parent: w.Name()})
	require.NoError(t, err)
	return list.GetResponses()
}

// Somebody answers page by page: is led to what his answers ask for, goes on another day by the same link, and sends it once.
func TestAnswered(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.open(t, responsetest.Options{Customers: 1})
	at := "/s/" + w.Secrets[0] + "?lang=en"
	first := b.do(t, http.MethodGet, at, nil)
	require.Equal(t, http.StatusOK, first.StatusCode)
	require.Contains(t, first.text, "Part 1 of 2.")
	require.Contains(t, first.text, "Think of the last twelve months.")
	b.Clock.Advance(time.Minute)

	wrong := b.do(t, http.MethodPost, at, first.filled("q.polite", "6", "i.polite", "7", "q.slow", "-"))
	require.Equal(t, http.StatusBadRequest, wrong.StatusCode)
	require.Contains(t, wrong.text, `<a href="#q.prompt">Please answer: How satisfied are you with how fast you are answered?</a>`)
	require.Contains(t, wrong.text, `id="q.polite-6" value="6" checked`)
	second := b.next(t, b.do(t, http.MethodPost, at, wrong.filled("q.polite", "6", "i.polite", "7", "q.prompt", "2", "q.slow", "-")))
	require.Contains(t, second.text, "What should we do better?", "a low grade leads there")
	require.Contains(t, second.text, "Part 2 of 3.")

	b.Clock.Advance(48 * time.Hour)
	resumed := b.do(t, http.MethodGet, at, nil)
	require.Contains(t, resumed.text, "What should we do better?")
	before := b.next(t, b.do(t, http.MethodPost, at, resumed.filled("q.reason", "typed", "go", "back")))
	require.Contains(t, before.text, `id="q.prompt-2" value="2" checked`)
	second = b.next(t, b.do(t, http.MethodPost, at, before.filled("q.polite", "6", "i.polite", "7", "q.prompt", "1", "q.slow", "-")))
	require.Contains(t, second.text, "typed", "what was typed before going back is kept")
	third := b.next(t, b.do(t, http.MethodPost, at, second.filled("q.reason", "  <script>alert(1)</script>\r\nfaster ")))
	more := b.next(t, b.do(t, http.MethodPost, at, third.filled("q.recommend", "9", "q.role", "other", "q.ways", "phone", "q.ways", "visit")))
	require.Contains(t, more.text, "And what is that?", "a choice leads to a question on the same page")
	require.Contains(t, more.text, "Your answers lead to one more question")
	require.Empty(t, b.kept(t, w), "it is not sent yet")
	done := b.next(t, b.do(t, http.MethodPost, at, more.filled("q.recommend", "9", "q.role", "other", "q.ways", "phone", "q.ways", "visit")))
	require.Contains(t, done.text, "Thank you for your answers")

	used := b.do(t, http.MethodGet, at, nil)
	require.Equal(t, http.StatusConflict, used.StatusCode)
	require.Contains(t, used.text, "This link has been used")
	used = b.do(t, http.MethodPost, at, more.filled("q.recommend", "0"))
	require.Equal(t, http.StatusConflict, used.StatusCode)
	kept := b.kept(t, w)
	require.Len(t, kept, 1)
	require.Equal(t, satisfactionv1.Response_ACCEPTED, kept[0].GetState())
	require.Equal(t, satisfactionv1.Response_WEB, kept[0].GetChannel())
	require.Equal(t, w.Customer(0), kept[0].GetCustomer())
	require.EqualValues(t, 48*3600+60, kept[0].GetSeconds())
	require.Equal(t, "<script>alert(1)</script>\nfaster", kept[0].GetAnswers()["reason"].GetText())
	require.True(t, kept[0].GetAnswers()["slow"].GetRefused())
	require.EqualValues(t, 7, kept[0].GetAnswers()["polite"].GetImportance())
	require.Equal(t, []string{"phone", "visit"}, kept[0].GetAnswers()["ways"].GetChoices())
	var left int
	require.NoError(t, b.DB.Get(t.Context(), &left, `select count(*) from responses where state = 1 or link is not null`))
	require.Zero(t, left)
}

// Whatever is wrong with a page is said, and nothing of it is kept.
func TestPagesThatAreNoGood(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.open(t, responsetest.Options{Customers: 1})
	at := "/s/" + w.Secrets[0] + "?lang=en"
	first := b.do(t, http.MethodGet, at, nil)
	good := []string{"q.polite", "6", "q.prompt", "5"}
	for name, c := range map[string]struct{ field, value, want string }{
		"a question of another section":   {"q.reason", "x", "does not have"},
		"a field that there is not":       {"x", "1", "does not have"},
		"a second grade":                  {"q.polite", "5", "does not have"},
		"a grade that there is not":       {"q.slow", "8", "one of those offered"},
		"a grade in other words":          {"q.slow", "+1", "one of those offered"},
		"an importance that there is not": {"i.polite", "0", "one of those offered"},
		"expectation is not asked":        {"e.polite", "1", "does not have"},
		"a section that there is not":     {"section", "x", "does not have"},
	} {
		typed := first.filled(good...)
		typed.Add(c.field, c.value)
		if c.field == "section" {
			typed.Set(c.field, c.value)
		}
		got := b.do(t, http.MethodPost, at, typed)
		require.Equal(t, http.StatusBadRequest, got.StatusCode, name)
		require.Contains(t, got.text, c.want, name)
	}
	typed := first.filled(good...)
	typed.Set("token", "x")
	got := b.do(t, http.MethodPost, at, typed)
	require.Equal(t, http.StatusBadRequest, got.StatusCode)
	require.Contains(t, got.text, "out of date")
	require.Contains(t, got.text, `id="q.polite-6" value="6" checked`)
	var count int
	require.NoError(t, b.DB.Get(t.Context(), &count, `select count(*) from responses`))
	require.Zero(t, count)
	b.next(t, b.do(t, http.MethodPost, at, got.filled(good...)))
	jumped := b.do(t, http.MethodGet, at, nil)
	jump := jumped.filled("q.reason", "x")
	jump.Set("section", "why")
	require.Equal(t, http.StatusBadRequest, b.do(t, http.MethodPost, at, jump).StatusCode, "a section that is not asked")
	long := jumped.filled("q.recommend", "9", "q.role", "other", "q.which", strings.Repeat("字", 4001))
	require.Equal(t, http.StatusBadRequest, b.do(t, http.MethodPost, at, long).StatusCode)
}

// Links that open nothing are each a plain page; of one that there never was nothing more is told than of one that is not good any more.
func TestLinksThatOpenNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.open(t, responsetest.Options{Customers: 4, Quotas: []int{0}})
	unknown := b.do(t, http.MethodGet, "/s/nothing?lang=en", nil)
	require.Equal(t, http.StatusNotFound, unknown.StatusCode)
	require.Contains(t, unknown.text, "This link does not work")
	_, err := b.DB.Exec(t.Context(), `update invitations set state = 5 where customer_id = $1`, w.Customers[0])
	require.NoError(t, err)
	_, err = b.DB.Exec(t.Context(), `update customers set delete_time = now() where customer_id = $1`, w.Customers[1])
	require.NoError(t, err)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		revoked := b.do(t, method, "/s/"+w.Secrets[0]+"?lang=en", url.Values{})
		require.Equal(t, http.StatusNotFound, revoked.StatusCode)
		require.Equal(t, unknown.text, revoked.text)
	}
	full := b.answer(t, w, 2)
	require.Equal(t, http.StatusGone, full.StatusCode)
	require.Contains(t, full.text, "Enough answers have come in")
	require.Equal(t, http.StatusOK, b.do(t, http.MethodGet, "/s/"+w.Secrets[2], nil).StatusCode, "should there be room again")
	_, err = b.DB.Exec(t.Context(), `update quotas set target = 1`)
	require.NoError(t, err)
	require.Equal(t, unknown.text, b.answer(t, w, 1).text, "the customer is gone")
	_, err = b.DB.Exec(t.Context(), `update surveys set end_time = $2 where survey_id = $1`, w.Survey, b.Clock.Now())
	require.NoError(t, err)
	require.Equal(t, unknown.text, b.do(t, http.MethodGet, "/s/"+w.Secrets[3]+"?lang=en", nil).text)
	_, err = b.DB.Exec(t.Context(), `update surveys set state = 3 where survey_id = $1`, w.Survey)
	require.NoError(t, err)
	closed := b.do(t, http.MethodGet, "/s/"+w.Secrets[3], nil)
	require.Equal(t, http.StatusGone, closed.StatusCode)
	require.Contains(t, closed.text, "本次调查已结束")
	require.Contains(t, closed.text, `lang="zh-CN"`)
}

// answer goes through the pages as somebody does who is content, up to the last one, whose answer it returns.
func (b *bundle) answer(t *testing.T, w *responsetest.World, i int) seen {
	t.Helper()
	at := "/s/" + w.Secrets[i] + "?lang=en"
	first := b.do(t, http.MethodGet, at, nil)
	b.Clock.Advance(time.Minute)
	last := b.next(t, b.do(t, http.MethodPost, at, first.filled("q.polite", "6", "q.prompt", "7")))
	return b.do(t, http.MethodPost, at, last.filled("q.recommend", "9", "q.role", "user"))
}

// In an anonymous survey a link is used up all the same, and no row says by whom.
func TestAnonymousLinks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.open(t, responsetest.Options{Customers: 2, Anonymous: true})
	at := "/s/" + w.Secrets[0] + "?lang=en"
	first := b.do(t, http.MethodGet, at, nil)
	require.Contains(t, first.text, "This survey is anonymous")
	b.next(t, b.do(t, http.MethodPost, at, first.filled("q.polite", "6", "q.prompt", "7")))
	check := func() {
		t.Helper()
		var row string
		require.NoError(t, b.DB.Get(t.Context(), &row, `select coalesce(string_agg(r::text, ' '), '') from responses r`))
		require.NotContains(t, row, w.Customers[0].String())
		var same int
		require.NoError(t, b.DB.Get(t.Context(), &same, `select count(*) from responses r join invitations i on i.secret_hash = r.link or i.invitation_id = r.response_id`))
		require.Zero(t, same)
	}
	check()
	b.Clock.Advance(time.Minute)
	b.next(t, b.do(t, http.MethodPost, at, b.do(t, http.MethodGet, at, nil).filled("q.recommend", "9", "q.role", "user")))
	check()
	b.answer(t, w, 1)
	kept := b.kept(t, w)
	require.Len(t, kept, 2)
	require.Equal(t, kept[0].GetAcceptTime().AsTime(), kept[1].GetAcceptTime().AsTime(), "the day")
	require.Equal(t, http.StatusConflict, b.do(t, http.MethodGet, at, nil).StatusCode)
	for _, e := range b.Events(t, "guanxi.satisfaction.response.>", 2) {
		require.NotContains(t, string(e.Data), "customers/")
		require.NotContains(t, string(e.Data), "responses/")
	}
}
