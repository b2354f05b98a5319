package attacks

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/guanxi-crm/guanxi/gateway"
	"github.com/guanxi-crm/guanxi/libs/auth"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice"
	"github.com/guanxi-crm/guanxi/tests/internal/stage"
)

// publicForm is a form that is open to the public, on a stage of its own, with a gateway as it is shipped before it: one of a proxy that speaks for many clients.
type publicForm struct {
	*stage.Stage
	url   string
	forms voicev1.VoiceFormServiceClient
}

const formPath = "/f/attacked"

func openForm(t *testing.T) *publicForm {
	t.Helper()
	f := &publicForm{Stage: stage.Start(t, voice.Definition())}
	f.forms = voicev1.NewVoiceFormServiceClient(f.Conn)
	ctx := f.administrator(t)
	made, err := f.forms.CreateVoiceForm(ctx, &voicev1.CreateVoiceFormRequest{VoiceForm: &voicev1.VoiceForm{
		Slug: "attacked", TitleEn: "Complaints", TitleZh: "投诉", Kinds: []voicev1.VoiceKind{voicev1.VoiceKind_COMPLAINT}, Territory: home,
		Guard: &voicev1.FormGuard{PerMinute: 100},
	}})
	require.NoError(t, err)
	_, err = f.forms.ActivateVoiceForm(ctx, &voicev1.ActivateVoiceFormRequest{Name: made.GetName()})
	require.NoError(t, err)
	cfg, err := gateway.LoadConfig([]string{"GUANXI_TRUSTED_PROXIES=127.0.0.1"})
	require.NoError(t, err)
	cfg.Listen, cfg.Services = "127.0.0.1:0", map[string]string{"voice": f.Address}
	running, err := gateway.Start(context.Background(), cfg, gateway.Deps{Log: f.Log.Logger()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, running.Stop()) })
	f.url = "http://" + running.Address()
	return f
}

func (f *publicForm) administrator(t testing.TB) context.Context {
	t.Helper()
	return f.AsPrincipal(t, auth.Principal{Subject: "owner", Level: typev1.Level_EXECUTIVE, Territories: []string{auth.Anywhere}, Administrator: true})
}

// reply is what a browser would have got.
type reply struct {
	status int
	header http.Header
	text   string
}

// from sends a request as a client of that address.
func (f *publicForm) from(t testing.TB, client, method, path, kind, body string, headers ...string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, f.url+path, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return reply{}
	}
	r.Header.Set("X-Forwarded-For", client)
	r.Header.Set("Accept-Language", "en")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Error(err)
		return reply{}
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return reply{response.StatusCode, response.Header, string(text)}
}

var pageToken = regexp.MustCompile(`name="token" value="([^"]+)"`)

// page opens the form, and lets a minute pass.
func (f *publicForm) page(t testing.TB) string {
	t.Helper()
	found := pageToken.FindStringSubmatch(f.from(t, "192.0.2.1", http.MethodGet, formPath, "", "").text)
	require.NotNil(t, found)
	f.Clock.Advance(time.Minute)
	return found[1]
}

const urlencoded = "application/x-www-form-urlencoded"

func typed(token, text string) string {
	return url.Values{"token": {token}, "kind": {"COMPLAINT"}, "text": {text}, "name": {text}}.Encode()
}

// submissions are all that was kept.
func (f *publicForm) submissions(t testing.TB) []*voicev1.FormSubmission {
	t.Helper()
	var all []*voicev1.FormSubmission
	request := &voicev1.ListFormSubmissionsRequest{Parent: "voiceForms/-", PageSize: 1000}
	for {
		list, err := f.forms.ListFormSubmissions(f.administrator(t), request)
		require.NoError(t, err)
		all = append(all, list.GetSubmissions()...)
		if request.PageToken = list.GetNextPageToken(); request.PageToken == "" {
			return all
		}
	}
}

// One client who sends without end is held back by the gateway; as many as come from everywhere fill the form's measure and no more. Others are served meanwhile.
func TestFormFlood(t *testing.T) {
	t.Parallel()
	f := openForm(t)
	const at, each = 32, 10
	token := f.page(t)
	flood := func(client func(i, j int) string) map[int]int {
		var mu sync.Mutex
		var wg sync.WaitGroup
		statuses := map[int]int{}
		for i := range at {
			wg.Go(func() {
				for j := range each {
					got := f.from(t, client(i, j), http.MethodPost, formPath, urlencoded, typed(token, fmt.Sprint("flood ", i, " ", j)))
					mu.Lock()
					statuses[got.status]++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		return statuses
	}
	one := flood(func(int, int) string { return "198.51.100.1" })
	require.Greater(t, one[http.StatusTooManyRequests], at*each*9/10, "%v", one)
	require.Len(t, f.submissions(t), 1, "one page is one submission")

	// Each with a page of his own, from an address of his own.
	tokens := make([]string, at*each)
	for i := range tokens {
		found := pageToken.FindStringSubmatch(f.from(t, fmt.Sprintf("203.0.113.%d", i/100), http.MethodGet, formPath, "", "").text)
		require.NotNil(t, found)
		tokens[i] = found[1]
	}
	f.Clock.Advance(time.Minute)
	var mu sync.Mutex
	var wg sync.WaitGroup
	statuses := map[int]int{}
	for i := range at {
		wg.Go(func() {
			for j := range each {
				n := i*each + j
				got := f.from(t, fmt.Sprintf("2001:db8:%x:%x::1", i, j), http.MethodPost, formPath, urlencoded, typed(tokens[n], fmt.Sprint("many ", n)))
				mu.Lock()
				statuses[got.status]++
				mu.Unlock()
				if got.status == http.StatusTooManyRequests && (got.header.Get("Retry-After") == "" || !strings.Contains(got.text, fmt.Sprint("many ", n))) {
					t.Errorf("who is told to wait keeps what he typed: %v", got)
				}
			}
		})
	}
	wg.Wait()
	require.Equal(t, map[int]int{http.StatusSeeOther: 100, http.StatusTooManyRequests: at*each - 100}, statuses)
	require.Len(t, f.submissions(t), 101)
	f.Clock.Advance(time.Minute)
	require.Equal(t, http.StatusSeeOther, f.from(t, "192.0.2.77", http.MethodPost, formPath, urlencoded, typed(tokens[0], "many 0")).status, "others are served")
}

// Whatever is sent is text and stays text, is refused plainly, or is too much; nothing is a fault of ours, and nothing that was refused was kept.
func TestFormHostileInput(t *testing.T) {
	t.Parallel()
	f := openForm(t)
	good := f.page(t)
	with := func(more string) string { return typed(good, "x") + more }
	client := 0
	for name, c := range map[string]struct {
		kind, body string
		status     int
		headers    []string
	}{
		"a forged field":          {urlencoded, with("&state=TAKEN_IN"), 400, nil},
		"a field of the request":  {urlencoded, with("&form=other&lang=xx&fields=y"), 400, nil},
		"a field twice":           {urlencoded, with("&text=y"), 400, nil},
		"a kind not offered":      {urlencoded, strings.ReplaceAll(with(""), "COMPLAINT", "PRAISE"), 400, nil},
		"a kind by its number":    {urlencoded, strings.ReplaceAll(with(""), "COMPLAINT", "4"), 400, nil},
		"a forged token":          {urlencoded, typed("AQ"+strings.Repeat("A", 100), "x"), 400, nil},
		"a token of a receipt":    {urlencoded, typed("../../x", "x"), 400, nil},
		"a huge text":             {urlencoded, url.Values{"token": {good}, "kind": {"COMPLAINT"}, "text": {strings.Repeat("长", 7000)}}.Encode(), 400, nil},
		"a huger one":             {urlencoded, typed(good, strings.Repeat("x", 70_000)), 413, nil},
		"a huge one in bits":      {urlencoded, "text=" + strings.Repeat("%41", 22_000), 413, nil},
		"many fields":             {urlencoded, strings.Repeat("a=b&", 300), 400, nil},
		"a long name of a field":  {urlencoded, strings.Repeat("n", 5000) + "=1", 400, nil},
		"broken UTF-8":            {urlencoded, with("&company=%c0%af"), 400, nil},
		"half a surrogate":        {urlencoded, with("&company=%ed%a0%80"), 400, nil},
		"NUL":                     {urlencoded, with("&company=%00"), 400, nil},
		"a broken escape":         {urlencoded, with("&company=%"), 400, nil},
		"a body in UTF-16":        {urlencoded + "; charset=utf-16", "\xff\xfet\x00", 415, nil},
		"JSON":                    {"application/json", `{"fields":[{"name":"text","values":["x"]}]}`, 415, nil},
		"a multipart body":        {"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nx\r\n--x--", 415, nil},
		"a type of two":           {urlencoded + ", application/json", with(""), 415, nil},
		"what says it is packed":  {urlencoded, "\x1f\x8b\x08\x00", 400, []string{"Content-Encoding", "gzip"}},
		"another method":          {"text/plain", with(""), 415, []string{"X-HTTP-Method-Override", "DELETE"}},
		"another host":            {urlencoded, "text=x", 400, []string{"X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "javascript"}},
		"a deadline that is none": {urlencoded, "text=x", 400, []string{"Grpc-Timeout", "1n"}},
	} {
		client++ // each comes from an address of its own
		got := f.from(t, fmt.Sprint("198.51.100.", client), http.MethodPost, formPath, c.kind, c.body, c.headers...)
		require.Equal(t, c.status, got.status, "%s: %s", name, got.text)
		require.Equal(t, "text/html; charset=utf-8", got.header.Get("Content-Type"), name)
		require.NotContains(t, got.text, "evil.example", name)
		require.Less(t, len(got.text), 256<<10, name)
	}
	require.Empty(t, f.submissions(t), "what was refused was kept")

	for i, markup := range []string{
		`<script>alert(1)</script>`, `</textarea><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `javascript:alert(1)`,
		`{{.Token}} ${7*7} <%= 1 %>`, "\u202etxt.exe", `'; drop table form_submissions; --`, "x\r\nSet-Cookie: a=b\r\n\r\n<b>", `=cmd|' /C calc'!A0`,
	} {
		wrong := url.Values{"token": {good}, "text": {markup}, "name": {markup}, "company": {markup}, "contact": {markup}, "order_number": {markup}, "product_line": {markup}}
		shown := f.from(t, "192.0.2.3", http.MethodPost, formPath, urlencoded, wrong.Encode())
		require.Equal(t, http.StatusBadRequest, shown.status)
		requireHarmless(t, shown)
		sent := f.from(t, "192.0.2.4", http.MethodPost, formPath, urlencoded, typed(f.page(t), markup))
		require.Equal(t, http.StatusSeeOther, sent.status, markup)
		require.Empty(t, sent.header.Get("Set-Cookie"))
		thanks := f.from(t, "192.0.2.4", http.MethodGet, sent.header.Get("Location"), "", "")
		requireHarmless(t, thanks)
		require.NotContains(t, thanks.text, "alert", "a receipt tells nothing")
		require.Len(t, f.submissions(t), i+1)
	}
}

// requireHarmless finds nothing in a page that could do anything.
func requireHarmless(t *testing.T, page reply) {
	t.Helper()
	require.Contains(t, page.header.Get("Content-Security-Policy"), "default-src 'none'")
	require.NotContains(t, page.header.Get("Content-Security-Policy"), "script-src")
	root, err := html.Parse(strings.NewReader(page.text))
	require.NoError(t, err)
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		require.NotContains(t, []string{"script", "img", "svg", "iframe", "object", "embed", "base", "style"}, n.Data)
		for _, a := range n.Attr {
			require.False(t, strings.HasPrefix(a.Key, "on"), a.Key)
			if a.Key == "href" || a.Key == "src" || a.Key == "action" {
				require.Regexp(t, `^(\?lang=(zh|en)|#[a-z_]+|/form\.css)$`, a.Val)
			}
		}
	}
}
