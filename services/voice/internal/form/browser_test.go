package form_test

import (
	"context"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
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
		if entry, ok := event.(*log.EventEntryAdded); ok && !strings.Contains(entry.Entry.Text, "status of 400") {
			mu.Lock()
			defer mu.Unlock()
			said = append(said, entry.Entry.Text+" "+entry.Entry.URL)
		}
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

// Somebody opens the page, forgets what matters, is told so, sends it, and reloads; there is one submission.
func TestInABrowser(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.open(t, complaints())
	ctx := browser(t)
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		require.NoError(t, chromedp.Do(ctx, steps...))
	}
	send, reference := chromedp.Click(`button[type=submit]`), `.reference strong`

	do(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile), chromedp.Navigate(b.http+"/f/complaints?lang=en"),
		chromedp.SendKeys(`#name`, `Li <b>"Lei"</b>`), chromedp.Click(`#kind-COMPLAINT`), chromedp.Click(`#answer`), send, chromedp.WaitVisible(`.summary`))
	require.Equal(t, "Error: Complaints and suggestions", look(ctx, t, chromedp.Title()))
	require.Equal(t, "summary", look(ctx, t, chromedp.Evaluate[string](`document.activeElement.className`)), "a reader of screens begins with what is wrong")
	require.Equal(t, `Li <b>"Lei"</b>`, look(ctx, t, chromedp.Value(`#name`)))
	shown := look(ctx, t, chromedp.Text(`.summary`))
	require.Contains(t, shown, "Please tell us what it is about.")
	require.Contains(t, shown, "To be answered, give a telephone number or an e-mail address.")
	require.Equal(t, 360, look(ctx, t, chromedp.Evaluate[int](`document.documentElement.scrollWidth`)), "nothing hangs over the edge of a telephone")

	b.Clock.Advance(time.Minute)
	do(chromedp.SendKeys(`#text`, "The box was empty.\nAgain."), chromedp.SendKeys(`#contact`, "li@example.com"), send, chromedp.WaitVisible(reference))
	shown = look(ctx, t, chromedp.Text(reference))
	require.Regexp(t, references, shown)
	do(chromedp.Reload(), chromedp.WaitVisible(reference))
	require.Equal(t, shown, look(ctx, t, chromedp.Text(reference)))

	list, err := b.forms.ListFormSubmissions(b.admin(t), &voicev1.ListFormSubmissionsRequest{Parent: "voiceForms/-"})
	require.NoError(t, err)
	require.Len(t, list.GetSubmissions(), 1)
	sub := list.GetSubmissions()[0]
	require.Equal(t, shown, sub.GetReference())
	require.Equal(t, "The box was empty.\nAgain.", sub.GetText())
	require.Equal(t, `Li <b>"Lei"</b>`, sub.GetSender())
	require.Equal(t, voicev1.FormSubmission_TAKEN_IN, sub.GetState())
	require.Len(t, b.all(), 1)
}
