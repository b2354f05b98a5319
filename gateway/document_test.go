package gateway_test

import (
	"bytes"
	"context"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/guanxi-crm/guanxi/gateway"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/document"
	"github.com/guanxi-crm/guanxi/libs/fault"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// documents is a public service that answers as the secret says.
type documents struct {
	planningv1.UnimplementedCalendarFeedServiceServer
}

func (documents) GetCalendarFeed(ctx context.Context, r *planningv1.GetCalendarFeedRequest) (*httpbody.HttpBody, error) {
	data := []byte("<p>" + r.GetLang() + auth.From(ctx).Subject + "</p>\r\n")
	switch r.GetSecret() {
	case "page":
		return document.File{Name: "任务书.html", Type: document.HTML, Inline: true, Data: data}.Body()
	case "sheet":
		return document.File{Name: `a"b;c.xlsx`, Type: document.XLSX, Data: []byte{0, 1, 2, 0xff}}.Body()
	case "bare":
		return &httpbody.HttpBody{Data: data}, nil
	case "odd":
		other, err := anypb.New(&emptypb.Empty{})
		return &httpbody.HttpBody{ContentType: "text/html\r\nX-Evil: 1", Data: data, Extensions: []*anypb.Any{other, {TypeUrl: "x", Value: []byte{1}}}}, err
	case "broken":
		return nil, fault.Unavailable(nil)
	case "busy":
		return nil, fault.New(codes.ResourceExhausted, "TOO_OFTEN", fault.Text{En: "x", Zh: "x"})
	default:
		return nil, fault.New(codes.NotFound, "NOT_FOUND", fault.Text{En: "x", Zh: "x"})
	}
}

func setupDocuments(t *testing.T) *bundle {
	t.Helper()
	return setup(t, func(c *gateway.Config) { c.Services["planning"] = c.Services["profile"] })
}

// A document goes out as it is, can do nothing in our name, and is called as its service says.
func TestDocuments(t *testing.T) {
	t.Parallel()
	b := setupDocuments(t)
	for secret, want := range map[string]struct{ kind, how, name, text string }{
		"page":  {document.HTML, "inline", "任务书.html", "<p>en</p>\r\n"},
		"sheet": {document.XLSX, "attachment", "a_b;c.xlsx", "\x00\x01\x02\xff"},
		"bare":  {"application/octet-stream", "", "", "<p>en</p>\r\n"},
		"odd":   {"application/octet-stream", "", "", "<p>en</p>\r\n"},
	} {
		for _, path := range []string{"/v1/calendarFeeds/" + secret, "/calendars/" + secret + ".ics"} {
			got := b.do(t, http.MethodGet, path+"?lang=en", "")
			require.Equal(t, http.StatusOK, got.StatusCode, got.text)
			require.Equal(t, want.text, got.text, "nobody in particular has asked")
			require.Equal(t, want.kind, got.Header.Get("Content-Type"))
			require.Equal(t, "nosniff", got.Header.Get("X-Content-Type-Options"))
			require.Contains(t, got.Header.Get("Content-Security-Policy"), "sandbox")
			require.Contains(t, got.Header.Get("Content-Security-Policy"), "default-src 'none'")
			require.Empty(t, got.Header.Get("X-Evil"))
			how, params, err := mime.ParseMediaType(got.Header.Get("Content-Disposition"))
			if want.how == "" {
				require.Error(t, err)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, want.how, how)
			require.Equal(t, want.name, params["filename"])
		}
	}
}

// A published document is not sent again to who has it; one of the API, which may be for one caller only, is kept by nobody.
func TestPublishedDocumentsAreConditional(t *testing.T) {
	t.Parallel()
	b := setupDocuments(t)
	const path = "/calendars/page.ics"
	first := b.do(t, http.MethodGet, path, "")
	tag := first.Header.Get("ETag")
	require.NotEmpty(t, tag)
	require.Equal(t, "private, no-cache", first.Header.Get("Cache-Control"))
	for known, status := range map[string]int{
		tag: http.StatusNotModified, "W/" + tag: http.StatusNotModified, `"x", ` + tag: http.StatusNotModified, "*": http.StatusNotModified,
		`"x"`: http.StatusOK, strings.Trim(tag, `"`): http.StatusOK,
	} {
		got := b.do(t, http.MethodGet, path, "", "If-None-Match", known)
		require.Equal(t, status, got.StatusCode, known)
		require.Equal(t, tag, got.Header.Get("ETag"))
		require.Equal(t, status == http.StatusOK, got.text != "")
	}
	require.Equal(t, http.StatusOK, b.do(t, http.MethodGet, path+"?lang=en", "", "If-None-Match", tag).StatusCode, "another one")
	head := b.do(t, http.MethodHead, path, "")
	require.Equal(t, http.StatusOK, head.StatusCode)
	require.Equal(t, tag, head.Header.Get("ETag"))
	require.Empty(t, head.text)
	got := b.do(t, http.MethodGet, "/v1/calendarFeeds/page", "", "If-None-Match", "*")
	require.Equal(t, http.StatusOK, got.StatusCode)
	require.Equal(t, "no-store", got.Header.Get("Cache-Control"))
	require.Empty(t, got.Header.Get("ETag"))
}

// No token is asked for and none is looked at; whatever is no address is nothing.
func TestPublishedAddresses(t *testing.T) {
	t.Parallel()
	b := setupDocuments(t)
	for _, token := range []string{"", "Bearer nonsense", "Basic eDp4"} {
		require.Equal(t, http.StatusOK, b.do(t, http.MethodGet, "/calendars/page.ics", "", "Authorization", token).StatusCode, token)
		require.Equal(t, http.StatusUnauthorized, b.do(t, http.MethodGet, "/v1/customers/found", "", "Authorization", token).StatusCode, "and nothing else is open")
	}
	for path, status := range map[string]int{
		"/calendars/nothing.ics": http.StatusNotFound, "/calendars/.ics": http.StatusNotFound, "/calendars/page": http.StatusNotFound, "/calendars/": http.StatusNotFound,
		"/calendars/page.ics/": http.StatusNotFound, "/calendars/x/page.ics": http.StatusNotFound, "/calendars/pa%67e.ics": http.StatusOK, "/calendars/pa%2fge.ics": http.StatusNotFound,
		"/calendars/..%2fpage.ics": http.StatusNotFound, "/calendars/page.ics?secret=x": http.StatusBadRequest, "/calendars/page.ics?lang=fr": http.StatusBadRequest,
		"/calendars/page.ics?x=1": http.StatusBadRequest, "/calendars/busy.ics": http.StatusTooManyRequests, "/calendars/broken.ics": http.StatusServiceUnavailable,
	} {
		require.Equal(t, status, b.do(t, http.MethodGet, path, "").StatusCode, path)
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch} {
		require.Equal(t, http.StatusMethodNotAllowed, b.do(t, method, "/calendars/page.ics", "").StatusCode, method)
	}
}

// The path holds a secret: whatever happens, the log of the gateway does not repeat it.
func TestSecretsAreNotLogged(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	b := setupDocuments(t)
	cfg, err := gateway.LoadConfig(nil)
	require.NoError(t, err)
	cfg.Listen, cfg.Services = "127.0.0.1:0", map[string]string{"planning": b.service.Address()}
	talkative, err := gateway.Start(context.Background(), cfg, gateway.Deps{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, talkative.Stop()) })
	b = &bundle{Running: talkative, token: b.token}
	for _, secret := range []string{"page", "broken", "busy", "nothing"} {
		b.do(t, http.MethodGet, "/calendars/"+secret+".ics?lang=en", "")
	}
	require.Contains(t, log.String(), "GetCalendarFeed", "the failure was logged")
	for _, secret := range []string{"page", "broken", "busy", "nothing", "/calendars", "/calendarFeeds", "lang"} {
		require.NotContains(t, log.String(), secret)
	}
}

// lockedBuffer is a log.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String is the log.
func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
