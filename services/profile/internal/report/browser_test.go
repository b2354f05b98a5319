package report_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/services/profile/internal/report"
)

// browser is a real one, which complains of nothing: a page that loads what is not there would say so in its log.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	require.NoError(t, err, "the pages are looked at in a browser: apt-get install chromium")
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-dev-shm-usage", true), chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	var mu sync.Mutex
	var said []string
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithListener(func(event any) {
		if entry, ok := event.(*log.EventEntryAdded); ok {
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

// served is a report as a page at an address, under the policy that the gateway hands it out with: nothing may be loaded.
func served(t *testing.T, kind report.Kind, tongue report.Tongue) string {
	t.Helper()
	page, err := report.Build(source(), kind, tongue).Page()
	require.NoError(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" { // the browser asks for an icon by itself
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'")
		if _, err := w.Write(page); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// The reports are to be read on a telephone and on a desk, by day, by night and on paper, and nothing that people have written has become more than text.
func TestReportsInABrowser(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		require.NoError(t, chromedp.Do(ctx, steps...))
	}
	media := func(kind, scheme string) {
		t.Helper()
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Media: kind, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		require.NoError(t, err)
	}
	ask := func(script string) string { return look(ctx, t, chromedp.Evaluate[string](script)) }
	for _, c := range []struct {
		kind   report.Kind
		tongue report.Tongue
		lang   string
		width  int64
	}{{report.Bulletin, report.Chinese, "zh-CN", 390}, {report.Analysis, report.English, "en", 390}, {report.Analysis, report.Chinese, "zh-CN", 1200}} {
		do(chromedp.EmulateViewport(c.width, 844), chromedp.Navigate(served(t, c.kind, c.tongue)))
		require.Equal(t, c.lang, ask(`document.documentElement.lang`))
		require.Equal(t, int(c.width), look(ctx, t, chromedp.Evaluate[int](`document.documentElement.scrollWidth`)), "nothing hangs over the edge")
		require.Equal(t, "0", ask(`String(document.querySelectorAll("script, img, iframe, link, object").length)`))
	}
	require.Equal(t, "true", ask(`String((() => { const b = document.querySelector("figure.chart svg").getBoundingClientRect(); return b.width > 300 && b.height > 80; })())`))
	require.Equal(t, "24", ask(`String([...document.querySelectorAll("figure.chart rect")].filter(r => r.getBoundingClientRect().height > 1).length)`))
	require.Contains(t, ask(`document.querySelector("main").innerText`), evil)

	const ground = `getComputedStyle(document.querySelector("main")).backgroundColor`
	require.Equal(t, "rgb(255, 255, 255)", ask(ground))
	media("", "dark")
	require.Equal(t, "rgb(26, 31, 39)", ask(ground))
	media("print", "dark")
	require.Equal(t, "rgb(255, 255, 255)", ask(ground), "paper is white by night as well")
	require.True(t, strings.HasPrefix(ask(`getComputedStyle(document.body).fontSize`), "13.3"), "10 pt")
}
