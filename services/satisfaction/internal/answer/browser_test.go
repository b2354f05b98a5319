package answer_test

import (
	"context"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/response/responsetest"
)

// browser is a real one, which complains of nothing: a page that breaks its own policy would say so in its log.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	require.NoError(t, err, "the pages are looked at in a browser: apt-get install chromium")
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-dev-shm-usage", true), chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	var mu sync.Mutex
	var said []string
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithListener(func(event any) {
		entry, ok := event.(*log.EventEntryAdded)
		if !ok || strings.Contains(entry.Entry.Text, "status of 4") { // pages that refuse something
			return
		}
		mu.Lock()
		defer mu.Unlock()
		said = append(said, entry.Entry.Text+" "+entry.Entry.URL)
	}))
	t.Cleanup(cancel)
	_, err = chromedp.Call(ctx, log.Enable, cdp.Empty{})
	require.NoError(t, err)
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		require.Empty(t, said, "the browser complains")
	})
	return ctx
}

// look asks the browser for something.
func look[T any](ctx context.Context, t *testing.T, a chromedp.Action[T]) T {
	t.Helper()
	found, err := chromedp.Run(ctx, a)
	require.NoError(t, err)
	return found
}

// Somebody answers on a telephone: forgets something and is told, closes the page and goes on by the same link, sends it once, and finds the link used.
func TestInABrowser(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.open(t, responsetest.Options{Customers: 1})
	ctx := browser(t)
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		require.NoError(t, chromedp.Do(ctx, steps...))
	}
	at := b.http + "/s/" + w.Secrets[0]
	send, choose := chromedp.Click(`button:not(.back)`), func(id string) chromedp.Action[chromedp.Void] { return chromedp.Click(`label[for="` + id + `"]`) }

	do(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile), chromedp.Navigate(at+"?lang=zh"), chromedp.Click(`nav a`), chromedp.WaitVisible(`html[lang=en] form`))
	b.Clock.Advance(time.Minute)
	do(choose("q.polite-6"), send, chromedp.WaitVisible(`.summary:focus`)) // a reader of screens begins with what is wrong
	require.Equal(t, "Error: Our service · Customer survey", look(ctx, t, chromedp.Title()))
	require.True(t, look(ctx, t, chromedp.Evaluate[bool](`document.getElementById("q.polite-6").checked`)))
	require.Equal(t, 360, look(ctx, t, chromedp.Evaluate[int](`document.documentElement.scrollWidth`)), "nothing hangs over the edge of a telephone")
	do(chromedp.Click(`.summary a`))
	require.Equal(t, "q.prompt", look(ctx, t, chromedp.Evaluate[string](`document.activeElement.id`)), "the link leads to the question")
	require.Equal(t, "radiogroup q.prompt-error", look(ctx, t, chromedp.Evaluate[string](`document.activeElement.getAttribute("role") + " " + document.activeElement.getAttribute("aria-describedby")`)))
	do(choose("q.prompt-2"), send, chromedp.WaitVisible(`textarea`))

	do(chromedp.Navigate(at+"?lang=zh"), chromedp.WaitVisible(`html[lang=zh-CN] textarea`), chromedp.SendKeys(`textarea`, "太慢了 <b>"), chromedp.Click(`.back`), chromedp.WaitVisible(`label[for="q.polite-6"]`))
	require.True(t, look(ctx, t, chromedp.Evaluate[bool](`document.getElementById("q.prompt-2").checked`)))
	do(send, chromedp.WaitVisible(`textarea`))
	require.Equal(t, "太慢了 <b>", look(ctx, t, chromedp.Value(`textarea`)))
	do(send, chromedp.WaitVisible(`label[for="q.recommend-4"]`), choose("q.recommend-4"), choose("q.role-user"), choose("q.ways-phone"), choose("q.ways-mail"), send, chromedp.WaitVisible(`.done`))
	do(chromedp.Reload(), chromedp.WaitVisible(`.done`), chromedp.Navigate(at+"?lang=zh"), chromedp.WaitVisible(`h1:not(.done)`))
	require.Equal(t, "此链接已使用", look(ctx, t, chromedp.Text(`h1`)))
	require.Equal(t, http.StatusConflict, b.do(t, http.MethodGet, "/s/"+w.Secrets[0], nil).StatusCode)
	kept := b.kept(t, w)
	require.Len(t, kept, 1)
	require.Equal(t, satisfactionv1.Response_ACCEPTED, kept[0].GetState())
	require.Equal(t, "太慢了 <b>", kept[0].GetAnswers()["reason"].GetText())
	require.Equal(t, []string{"phone", "mail"}, kept[0].GetAnswers()["ways"].GetChoices())
}
