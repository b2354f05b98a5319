package gateway_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/guanxi-crm/guanxi/gateway"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/document"
	"github.com/guanxi-crm/guanxi/libs/fault"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// formPages is a public service of forms that tells what reached it, and answers as the form is called.
type formPages struct {
	voicev1.UnimplementedVoiceFormPageServiceServer
}

func (formPages) GetVoiceFormPage(ctx context.Context, r *voicev1.GetVoiceFormPageRequest) (*httpbody.HttpBody, error) {
	return pageOf(r.GetForm(), fmt.Sprintf("page %s lang=%s receipt=%s by=%s", r.GetForm(), r.GetLang(), r.GetReceipt(), auth.From(ctx).Subject))
}

func (formPages) SubmitVoiceForm(_ context.Context, r *voicev1.SubmitVoiceFormRequest) (*httpbody.HttpBody, error) {
	text := "lang=" + r.GetLang()
	for _, f := range r.GetFields() {
		text += fmt.Sprintf(" %s=%q", f.GetName(), f.GetValues())
	}
	return pageOf(r.GetForm(), text)
}

// slow counts how many ask for the form of that name at once.
var slow struct{ now, most atomic.Int64 }

// Who comes together with many others waits for his turn and is not refused: he is no program that tries again.
func TestFormsOfManyAtOnce(t *testing.T) {
	t.Parallel()
	b := setupForms(t)
	var all sync.WaitGroup
	codes := make([]int, 120)
	for i := range codes {
		all.Go(func() { codes[i] = b.post(t, "/f/slow", "a=1").StatusCode })
	}
	all.Wait()
	for _, code := range codes {
		require.Equal(t, http.StatusOK, code)
	}
	require.Greater(t, slow.most.Load(), int64(1))
	require.LessOrEqual(t, slow.most.Load(), int64(32))
}

func pageOf(form, text string) (*httpbody.HttpBody, error) {
	var how typev1.FormPage
	switch form {
	case "taken":
		how.Receipt = "abc-_1"
	case "wrong":
		how.Status = 400
	case "spent":
		how.Status = 409
	case "busy":
		how.Status, how.RetryAfter = 429, durationpb.New(1500*time.Millisecond)
	case "odd":
		how.Status = 302
	case "broken":
		return nil, fault.Unavailable(nil)
	case "bad":
		return nil, fault.Invalid(fault.Field("lang", "BAD", fault.Text{En: "is <b>bad</b>", Zh: "不好"}))
	case "exhausted":
		return nil, fault.New(codes.ResourceExhausted, "BUSY", fault.Text{En: "busy", Zh: "忙"}).RetryAfter(1500 * time.Millisecond)
	case "slow":
		now := slow.now.Add(1)
		defer slow.now.Add(-1)
		for {
			if most := slow.most.Load(); now <= most || slow.most.CompareAndSwap(most, now) {
				break
			}
		}
		time.Sleep(10 * time.Millisecond)
	case "nothing":
		return nil, fault.New(codes.NotFound, "NOT_FOUND", fault.Text{En: "no such form", Zh: "没有"})
	}
	body, err := document.File{Type: document.HTML, Inline: true, Data: []byte("<p>" + text + "</p>")}.Body()
	if err != nil {
		return nil, err
	}
	packed, err := anypb.New(&how)
	body.Extensions = append(body.Extensions, packed)
	return body, err
}

func setupForms(t *testing.T, configure ...func(*gateway.Config)) *bundle {
	t.Helper()
	unlimited := func(c *gateway.Config) { c.Services["voice"], c.FormSends, c.FormViews = c.Services["profile"], 0, 0 }
	return setup(t, append([]func(*gateway.Config){unlimited}, configure...)...)
}

const urlencoded = "application/x-www-form-urlencoded"

// post sends fields as a browser does.
func (b *bundle) post(t *testing.T, path, fields string, headers ...string) answer {
	t.Helper()
	return b.do(t, http.MethodPost, path, fields, append([]string{"Content-Type", urlencoded}, headers...)...)
}

// requirePage holds an answer to what holds for all pages of forms, notices too.
func requirePage(t *testing.T, a answer) {
	t.Helper()
	require.Equal(t, "text/html; charset=utf-8", a.Header.Get("Content-Type"))
	require.Equal(t, "nosniff", a.Header.Get("X-Content-Type-Options"))
	require.Equal(t, "no-store", a.Header.Get("Cache-Control"))
	require.Equal(t, "no-referrer", a.Header.Get("Referrer-Policy"))
	require.Equal(t, "DENY", a.Header.Get("X-Frame-Options"))
	require.Equal(t, "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'", a.Header.Get("Content-Security-Policy"))
	require.Contains(t, a.Header.Values("Vary"), "Accept-Language")
}

func TestFormPages(t *testing.T) {
	t.Parallel()
	b := setupForms(t)
	for name, c := range map[string]struct {
		path, accept string
		status       int
		text         string
	}{
		"Chinese when nothing is said": {"/f/x", "", 200, "page x lang=zh receipt= by="},
		"by the browser":               {"/f/x", "en-GB,en;q=0.9", 200, "lang=en"},
		"Chinese of any kind":          {"/f/x", "zh-HK,zh;q=0.8,en;q=0.5", 200, "lang=zh"},
		"by the address":               {"/f/x?lang=en", "zh", 200, "lang=en"},
		"neither":                      {"/f/x", "fr", 200, "lang=en"},
		"nonsense":                     {"/f/x?lang=xx", ";;;", 200, "lang=zh"},
		"a receipt":                    {"/f/x?receipt=a%3Cb&utm_source=mail&form=y", "", 200, "page x lang=zh receipt=a<b by="},
		"busy":                         {"/f/busy", "", 429, "page busy"},
		"an odd status":                {"/f/odd", "", 200, "page odd"},
		"gone":                         {"/f/nothing?lang=en", "", 404, "no such form"},
		"wrong":                        {"/f/bad", "en", 400, "lang: is &lt;b&gt;bad&lt;/b&gt;"},
		"of our fault":                 {"/f/broken", "zh", 503, "我们的系统出现问题"},
		"too much":                     {"/f/exhausted", "en", 429, "try again in 2 seconds"},
		"no name":                      {"/f/", "en", 404, "nothing at this address"},
		"a name in disguise":           {"/f/x%2fy", "en", 404, "nothing at this address"},
		"deeper":                       {"/f/x/y", "en", 404, "nothing at this address"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := b.do(t, http.MethodGet, c.path, "", "Accept-Language", c.accept)
			require.Equal(t, c.status, got.StatusCode, got.text)
			require.Contains(t, got.text, c.text)
			requirePage(t, got)
			head := b.do(t, http.MethodHead, c.path, "", "Accept-Language", c.accept)
			require.Equal(t, c.status, head.StatusCode)
			require.Empty(t, head.text)
		})
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions, "BREW"} {
		got := b.do(t, method, "/f/x", "")
		require.Equal(t, http.StatusMethodNotAllowed, got.StatusCode, method)
		require.Equal(t, "GET, HEAD, POST", got.Header.Get("Allow"))
	}
	require.Equal(t, "2", b.do(t, http.MethodGet, "/f/exhausted", "").Header.Get("Retry-After"))
	require.Equal(t, "2", b.do(t, http.MethodGet, "/f/busy", "").Header.Get("Retry-After"))
}

func TestFormsAreSent(t *testing.T) {
	t.Parallel()
	b := setupForms(t)
	large := "text=" + strings.Repeat("x", 64<<10)
	many := strings.Repeat("a=1&", 200) + "a=1"
	for name, c := range map[string]struct {
		path, kind, body string
		status           int
		text             string
	}{
		"fields":                {"/f/x?lang=en", urlencoded, "b=2&a=1&b=%E4%BD%A0+%3Cb%3E", 200, `lang=en a=["1"] b=["2" "你 <b>"]`},
		"nothing":               {"/f/x", urlencoded, "", 200, "lang=zh"},
		"with a charset":        {"/f/x", urlencoded + "; charset=UTF-8", "a=1", 200, `a=["1"]`},
		"an empty name":         {"/f/x", urlencoded, "=1&a", 200, `=["1"] a=[""]`},
		"what is wrong":         {"/f/wrong", urlencoded, "a=1", 400, `a=["1"]`},
		"sent before":           {"/f/spent", urlencoded, "a=1", 409, `a=["1"]`},
		"as much as may be":     {"/f/x", urlencoded, large[:64<<10], 200, "text="},
		"more":                  {"/f/x", urlencoded, large, 413, "64 KiB"},
		"as many as may be":     {"/f/x", urlencoded, many[4:], 200, `a=["1" "1"`},
		"one more":              {"/f/x", urlencoded, many, 400, "200"},
		"JSON":                  {"/f/x", "application/json", `{"fields":[]}`, 415, "不是表单"},
		"a file":                {"/f/x", "multipart/form-data; boundary=x", "--x--", 415, "不是表单"},
		"no type":               {"/f/x", "", "a=1", 415, "不是表单"},
		"another charset":       {"/f/x", urlencoded + "; charset=gbk", "a=%C4%E3", 415, "不是表单"},
		"broken escapes":        {"/f/x", urlencoded, "a=%zz", 400, "UTF-8"},
		"no UTF-8":              {"/f/x", urlencoded, "a=%ff%fe", 400, "UTF-8"},
		"no UTF-8 in a name":    {"/f/x", urlencoded, "%ff=1", 400, "UTF-8"},
		"semicolons":            {"/f/x", urlencoded, "a=1;b=2", 400, "UTF-8"},
		"NUL":                   {"/f/x", urlencoded, "a=%00", 400, "空字符"},
		"a long name":           {"/f/x", urlencoded, strings.Repeat("n", 101) + "=1", 400, "fields[0].name"},
		"to nobody":             {"/f/nothing", urlencoded, "a=1", 404, "没有"},
		"our fault":             {"/f/broken", urlencoded, "a=1", 503, "尚未提交"},
		"a form of the request": {"/f/x?form=y&fields=z", urlencoded, "form=y&lang=fr", 200, `lang=zh form=["y"] lang=["fr"]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := b.do(t, http.MethodPost, c.path, c.body, "Content-Type", c.kind)
			require.Equal(t, c.status, got.StatusCode, got.text)
			require.Contains(t, got.text, c.text)
			requirePage(t, got)
		})
	}
	// Whoever says for how long he will wait, or who he is, says it in vain.
	require.Equal(t, http.StatusOK, b.post(t, "/f/x", "a=1", "Grpc-Timeout", "x", "Authorization", "Bearer x", "Content-Encoding", "gzip").StatusCode)
}

// What was taken in is answered by the way to the page that says so: reloading that sends nothing.
func TestFormsRedirect(t *testing.T) {
	t.Parallel()
	b := setupForms(t)
	got := b.post(t, "/f/taken", "a=1")
	require.Equal(t, http.StatusSeeOther, got.StatusCode)
	require.Equal(t, "/f/taken?receipt=abc-_1", got.Header.Get("Location"))
	requirePage(t, got)
	require.Equal(t, "/f/taken?lang=en&receipt=abc-_1", b.post(t, "/f/taken?lang=en&next=//evil", "a=1").Header.Get("Location"))
}

// By the API a page is an answer like any other, and what a browser is told does not count.
func TestFormsByTheAPI(t *testing.T) {
	t.Parallel()
	b := setupForms(t)
	for _, form := range []string{"x", "taken", "wrong", "busy"} {
		got := b.do(t, http.MethodPost, "/v1/voiceFormPages/"+form, `{"lang":"en","fields":[{"name":"a","values":["1"]}]}`)
		require.Equal(t, http.StatusOK, got.StatusCode, got.text)
		require.Contains(t, got.text, `lang=en a=["1"]`)
		require.Contains(t, got.Header.Get("Content-Security-Policy"), "sandbox")
		require.Empty(t, got.Header.Get("Location"))
	}
	require.Equal(t, "NOT_FOUND", b.do(t, http.MethodGet, "/v1/voiceFormPages/nothing", "").reason(t))
	require.Equal(t, http.StatusBadRequest, b.do(t, http.MethodPost, "/v1/voiceFormPages/x", "a=1", "Content-Type", urlencoded).StatusCode, "which takes no forms")
}

func TestStylesheet(t *testing.T) {
	t.Parallel()
	b := setupForms(t)
	got := b.do(t, http.MethodGet, "/form.css", "")
	require.Equal(t, http.StatusOK, got.StatusCode)
	require.Equal(t, "text/css; charset=utf-8", got.Header.Get("Content-Type"))
	require.NotContains(t, got.text, "url(", "nothing of others")
	require.NotContains(t, got.text, "@import")
	require.Equal(t, http.StatusNotModified, b.do(t, http.MethodGet, "/form.css", "", "If-None-Match", got.Header.Get("ETag")).StatusCode)
}

// Each client has its own measure, whether it comes by the address or by the API; who may speak for others is said by the operator alone.
func TestFormsAreLimited(t *testing.T) {
	t.Parallel()
	direct := setupForms(t, func(c *gateway.Config) { c.FormSends, c.FormViews = 3, 5 })
	for i := range 3 {
		require.Equal(t, http.StatusOK, direct.post(t, "/f/x", "a=1", "X-Forwarded-For", fmt.Sprintf("192.0.2.%d", i)).StatusCode)
	}
	got := direct.post(t, "/f/x", "a=1", "X-Forwarded-For", "192.0.2.9", "Accept-Language", "en")
	require.Equal(t, http.StatusTooManyRequests, got.StatusCode)
	require.Equal(t, "20", got.Header.Get("Retry-After"))
	require.Contains(t, got.text, "try again in 20 seconds: what you have typed is still there")
	requirePage(t, got)
	byAPI := direct.do(t, http.MethodPost, "/v1/voiceFormPages/x", `{}`)
	require.Equal(t, http.StatusTooManyRequests, byAPI.StatusCode)
	require.Equal(t, "TOO_MANY_REQUESTS", byAPI.reason(t))
	for range 5 {
		require.Equal(t, http.StatusOK, direct.do(t, http.MethodGet, "/f/x", "").StatusCode, "the page can still be opened")
	}
	require.Equal(t, http.StatusTooManyRequests, direct.do(t, http.MethodGet, "/f/x", "").StatusCode)
	require.Equal(t, http.StatusOK, direct.do(t, http.MethodGet, "/v1/customers/found", "").StatusCode, "and all else")

	behind := setupForms(t, func(c *gateway.Config) {
		c.FormSends, c.TrustedProxies = 1, []string{"127.0.0.1", "10.0.0.0/8", "fd00::/8"}
	})
	for _, c := range []struct {
		forwarded string
		fresh     bool
	}{
		{"192.0.2.1", true},
		{"192.0.2.1", false},
		{"192.0.2.2:4711", true},
		{"192.0.2.2", false},
		{"::ffff:192.0.2.2", false},
		{"198.51.100.7, 192.0.2.3, 10.1.2.3", true},
		{"198.51.100.8, 192.0.2.3", false},
		{"2001:db8:1:1::1", true},
		{"2001:db8:1:1:ffff::9", false},
		{"[2001:db8:1:1::2]:99", false},
		{"2001:db8:1:2::1", true},
		{"", true},
		{"nonsense", false},
		{"192.0.2.50, nonsense", false},
		{",,,", false},
		{"10.1.1.1", true},
		{"fd00::1%eth0, 10.1.1.1", true},
		{"192.0.2.60,", false},
	} {
		got := behind.post(t, "/f/x", url.Values{"a": {"1"}}.Encode(), "X-Forwarded-For", c.forwarded)
		require.Equal(t, c.fresh, got.StatusCode == http.StatusOK, "%s: %s", c.forwarded, got.Status)
	}
	cfg, err := gateway.LoadConfig([]string{"GUANXI_TRUSTED_PROXIES=10.0.0.0/8,192.0.2.1"})
	require.NoError(t, err)
	require.Equal(t, []string{"10.0.0.0/8", "192.0.2.1"}, cfg.TrustedProxies)
	cfg.TrustedProxies = []string{"10.0.0.0/33"}
	_, err = gateway.Start(context.Background(), cfg, gateway.Deps{})
	require.ErrorContains(t, err, "GUANXI_TRUSTED_PROXIES")
}
