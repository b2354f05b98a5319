package form_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

const path = "/f/complaints"

// submissions are all that was filled in.
func (b *bundle) submissions(t *testing.T) []*voicev1.FormSubmission {
	t.Helper()
	list, err := b.forms.ListFormSubmissions(b.admin(t), &voicev1.ListFormSubmissionsRequest{Parent: "voiceForms/-", OrderBy: "create_time"})
	require.NoError(t, err)
	return list.GetSubmissions()
}

// What was sent is a voice, and the sender knows it by a number that nobody can guess.
func TestSent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.open(t, complaints())
	sent := b.do(t, http.MethodPost, path+"?lang=zh", filled(b.page(t, path), "name", "李雷", "company", "甲公司", "contact", "0755-123456", "answer", "yes", "order_number", "SO-1",
		"product_line", "传输 Transmission"))
	require.Regexp(t, `^/f/complaints\?lang=zh&receipt=[\w-]+$`, sent.Header.Get("Location"))
	reference, text := b.done(t, sent)
	require.Contains(t, text, "已收到，谢谢您")
	require.NotContains(t, text, "李雷", "who has the link learns nothing")
	require.Len(t, b.all(), 1)
	v := b.all()[0]
	require.Equal(t, "李雷 (甲公司)", v.ReporterName)
	require.Equal(t, "0755-123456", v.ReporterContact)
	require.Equal(t, []any{int16(5), int16(4), "zh", "传输 Transmission", "SO-1", "web-form", reference, "cn/south", "The box was empty."},
		[]any{v.Source, v.Kind, v.Language, v.ProductLine, v.Order, v.SourceSystem, v.SourceID, v.Territory, v.Text})
	sub := b.submissions(t)[0]
	require.Equal(t, voicev1.FormSubmission_TAKEN_IN, sub.GetState())
	require.NotEmpty(t, sub.GetVoice())
	require.Len(t, b.Events(t, "guanxi.voice.form_submission.>", 1), 1)
}

// One page is one submission, and so is the same within a day, however often and by how many at once.
func TestOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.open(t, complaints())
	first := b.page(t, path)
	second := b.do(t, http.MethodGet, path, nil).token(t)
	b.Clock.Advance(time.Minute)
	var mu sync.Mutex
	var wg sync.WaitGroup
	seen := map[string]int{}
	for i := range 20 {
		token := first
		if i%2 == 1 {
			token = second
		}
		wg.Go(func() {
			reference, _ := b.done(t, b.do(t, http.MethodPost, path, filled(token)))
			mu.Lock()
			defer mu.Unlock()
			seen[reference]++
		})
	}
	wg.Wait()
	require.Len(t, seen, 1)
	require.Len(t, b.all(), 1)

	other := b.do(t, http.MethodPost, path, filled(first, "text", "Something else."))
	if other.StatusCode != http.StatusConflict { // the second page was faster: then the first one is good yet
		b.done(t, other)
		other = b.do(t, http.MethodPost, path, filled(second, "text", "Something else again."))
	}
	require.Equal(t, http.StatusConflict, other.StatusCode)
	require.Contains(t, other.text, "Something else was sent from this page before.")
	require.Contains(t, other.text, "Something else")
	b.Clock.Advance(time.Minute)
	b.done(t, b.do(t, http.MethodPost, path, filled(other.token(t), "text", "One more thing.")))

	b.Clock.Advance(25 * time.Hour)
	before := len(b.all())
	b.done(t, b.do(t, http.MethodPost, path, filled(b.page(t, path))))
	require.Len(t, b.all(), before+1, "a day later it is said again")
}

// A page that is no good is refused kindly: nothing is lost, and it can be sent again.
func TestPagesThatAreNoGood(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.open(t, complaints())
	other := complaints()
	other.Slug = "others"
	b.open(t, other)
	foreign := b.page(t, "/f/others")
	old := b.page(t, path)
	b.Clock.Advance(24 * time.Hour)
	for name, token := range map[string]string{"old": old, "of another form": foreign, "forged": "AQ" + old[2:], "none": "", "long": strings.Repeat("A", 40000)} {
		got := b.do(t, http.MethodPost, path, filled(token, "text", "kept <b>"))
		require.Equal(t, http.StatusBadRequest, got.StatusCode, name)
		require.Contains(t, got.text, "open for too long", name)
		require.Contains(t, got.text, "kept &lt;b&gt;", name)
		again := got.token(t)
		require.NotEqual(t, token, again)
		fast := b.do(t, http.MethodPost, path, filled(again, "text", "kept "+name))
		require.Equal(t, http.StatusBadRequest, fast.StatusCode)
		require.Contains(t, fast.text, "faster than one can type")
		require.Equal(t, again, fast.token(t), "it ripens")
		b.Clock.Advance(3 * time.Second)
		b.done(t, b.do(t, http.MethodPost, path, filled(again, "text", "kept "+name)))
	}
}

// What looks like spam is kept for somebody to look at, and the sender is told so.
func TestSuspects(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.open(t, complaints())
	_, text := b.done(t, b.do(t, http.MethodPost, path, filled(b.page(t, path), "website", "https://spam")))
	require.Contains(t, text, "Somebody will look at it before it goes on.")
	b.done(t, b.do(t, http.MethodPost, path, filled(b.page(t, path), "text", strings.Repeat("http://a ", 4))))
	require.Empty(t, b.all())
	list, err := b.forms.ListFormSubmissions(b.As(t, 1, "cn/south"), &voicev1.ListFormSubmissionsRequest{Parent: "voiceForms/-", Filter: `state = "SUSPECT"`, OrderBy: "create_time"})
	require.NoError(t, err)
	require.Len(t, list.GetSubmissions(), 2)
	require.Equal(t, []voicev1.FormSubmission_Suspicion{voicev1.FormSubmission_HIDDEN_FIELD}, list.GetSubmissions()[0].GetSuspicions())
	require.Equal(t, []voicev1.FormSubmission_Suspicion{voicev1.FormSubmission_LINKS}, list.GetSubmissions()[1].GetSuspicions())
}

// A form takes as much as it takes, from how many it may come; who comes too late loses nothing.
func TestForms429(t *testing.T) {
	t.Parallel()
	b := setup(t)
	f := complaints()
	f.Guard = &voicev1.FormGuard{PerMinute: 10}
	b.open(t, f)
	pages := make([]string, 40)
	for i := range pages {
		pages[i] = b.do(t, http.MethodGet, path, nil).token(t)
	}
	b.Clock.Advance(time.Minute)
	var mu sync.Mutex
	var wg sync.WaitGroup
	statuses := map[int]int{}
	var refused answer
	for i, token := range pages {
		wg.Go(func() {
			got := b.do(t, http.MethodPost, path, filled(token, "text", fmt.Sprint("number ", i)))
			mu.Lock()
			defer mu.Unlock()
			statuses[got.StatusCode]++
			if got.StatusCode == http.StatusTooManyRequests {
				refused = got
			}
		})
	}
	wg.Wait()
	require.Equal(t, map[int]int{http.StatusSeeOther: 10, http.StatusTooManyRequests: 30}, statuses)
	require.Contains(t, refused.text, "number ")
	require.Equal(t, "6", refused.Header.Get("Retry-After"))
	b.Clock.Advance(6 * time.Second)
	b.done(t, b.do(t, http.MethodPost, path, filled(refused.token(t), "text", "at last")))
	require.Len(t, b.all(), 11)
}

// Whatever is wrong with a form that is not there is the same.
func TestFormsThatAreNotThere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made, err := b.forms.CreateVoiceForm(b.admin(t), &voicev1.CreateVoiceFormRequest{VoiceForm: complaints()})
	require.NoError(t, err)
	texts := map[string]bool{}
	for _, at := range []string{path, "/f/nothing", "/f/COMPLAINTS", "/f/x"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			var typed url.Values
			if method == http.MethodPost {
				typed = filled("x")
			}
			got := b.do(t, method, at, typed)
			require.Equal(t, http.StatusNotFound, got.StatusCode, at)
			require.Equal(t, "text/html; charset=utf-8", got.Header.Get("Content-Type"))
			texts[got.text] = true
		}
	}
	require.Len(t, texts, 1)
	secret := complaints()
	secret.Slug = ""
	hidden := b.open(t, secret)
	require.Regexp(t, `^/f/[a-z2-7]{26}$`, hidden.GetPath())
	require.Equal(t, http.StatusOK, b.do(t, http.MethodGet, hidden.GetPath(), nil).StatusCode)
	_, err = b.forms.DeactivateVoiceForm(b.admin(t), &voicev1.DeactivateVoiceFormRequest{Name: hidden.GetName()})
	require.NoError(t, err)
	require.Equal(t, http.StatusNotFound, b.do(t, http.MethodGet, hidden.GetPath(), nil).StatusCode)
	require.False(t, made.GetActive())
}

// When taking in fails nothing is kept, and the same page can be sent again.
func TestNothingIsHalfTaken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.open(t, complaints())
	token := b.page(t, path)
	b.fail = errBroken
	got := b.do(t, http.MethodPost, path, filled(token))
	require.Equal(t, http.StatusServiceUnavailable, got.StatusCode)
	require.Contains(t, got.text, "go back and try again")
	require.Empty(t, b.submissions(t))
	b.fail = nil
	b.done(t, b.do(t, http.MethodPost, path, filled(token)))
	require.Len(t, b.submissions(t), 1)
}
