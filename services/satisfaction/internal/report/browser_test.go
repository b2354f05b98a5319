package report_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/report"
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

// served is a report as a page at an address, under the policy that the gateway hands it out with: nothing may be loaded.
func served(t *testing.T, tongue report.Tongue) string {
	t.Helper()
	page, err := report.Build(source(), tongue).Page()
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

// Scripts that look at the page.
const (
	// small are the charts that cannot be read: too small, or with nothing drawn in them.
	small = `[...document.querySelectorAll("figure.chart svg")].filter(s => {
		const b = s.getBoundingClientRect();
		const drawn = [...s.querySelectorAll("rect, circle, line, path, polyline")].some(e => { const d = e.getBoundingClientRect(); return d.width + d.height > 4; });
		return b.width < 250 || b.height < 50 || !drawn;
	}).map(s => s.querySelector("title").textContent + " " + s.getBoundingClientRect().width + " x " + s.getBoundingClientRect().height).join("; ")`
	ground = `getComputedStyle(document.querySelector("main")).backgroundColor`
	bar    = `getComputedStyle(document.querySelector("rect.bar:not(.strong)")).fill`
)

// The report opens with its charts on a telephone and on a desk, in both languages, by day, by night and on paper; nothing that people have written has become more than text.
func TestReportInABrowser(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	ask := func(script string) any {
		t.Helper()
		found, err := chromedp.Run(ctx, chromedp.Evaluate[any](script))
		require.NoError(t, err)
		return found
	}
	for _, c := range []struct {
		tongue report.Tongue
		lang   string
		title  string
		width  int64
	}{{report.Chinese, "zh-CN", "客户满意度测评报告", 390}, {report.English, "en", "Customer satisfaction report", 390}, {report.Chinese, "zh-CN", "客户满意度测评报告", 1200}} {
		require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(c.width, 844), chromedp.Navigate(served(t, c.tongue))))
		require.Equal(t, c.lang, ask(`document.documentElement.lang`))
		require.Equal(t, c.title, ask(`document.querySelector("h1").innerText`))
		require.EqualValues(t, c.width, ask(`document.documentElement.scrollWidth`), "nothing hangs over the edge")
		require.EqualValues(t, 4, ask(`document.querySelectorAll("figure.chart svg").length`))
		require.Empty(t, ask(small), "every chart is to be read")
		require.EqualValues(t, 0, ask(`document.querySelectorAll("script, img, iframe, link, object").length`))
		require.Contains(t, ask(`document.querySelector("main").innerText`), evil)
	}

	media := func(kind, scheme string) {
		t.Helper()
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Media: kind, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		require.NoError(t, err)
	}
	require.Equal(t, "rgb(255, 255, 255)", ask(ground))
	day := ask(bar)
	media("", "dark")
	require.Equal(t, "rgb(26, 31, 39)", ask(ground))
	require.NotEqual(t, day, ask(bar), "charts have colours for the night")
	media("print", "dark")
	require.Equal(t, "rgb(255, 255, 255)", ask(ground), "paper is white by night as well")
	require.Equal(t, day, ask(bar))
	require.Empty(t, ask(small))
}
