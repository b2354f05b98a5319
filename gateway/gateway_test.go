package gateway_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/caarlos0/env/v11"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/gateway"
	"github.com/guanxi-crm/guanxi/proto/openapi"
)

func TestErrorsOverHTTP(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for id, want := range map[string]struct {
		status int
		code   int
		reason string
	}{
		"found":        {200, 0, ""},
		"nobody":       {404, 5, "NOT_FOUND"},
		"forbidden":    {403, 7, "NO"},
		"aborted":      {409, 10, "ETAG_MISMATCH"},
		"exists":       {409, 6, "EXISTS"},
		"precondition": {400, 9, "STATE"},
		"exhausted":    {429, 8, "BUSY"},
		"unavailable":  {503, 14, "UNAVAILABLE"},
		"invalid":      {400, 3, "INVALID_FIELDS"},
		"panic":        {500, 13, "INTERNAL"},
	} {
		a := b.do(t, http.MethodGet, "/v1/customers/"+id, "")
		require.Equal(t, want.status, a.StatusCode, a.text)
		require.Equal(t, "nosniff", a.Header.Get("X-Content-Type-Options"))
		require.Equal(t, "no-store", a.Header.Get("Cache-Control"))
		require.NotContains(t, a.text, "secret")
		if want.code == 0 {
			require.Equal(t, "customers/found", a.json["name"])
			continue
		}
		require.EqualValues(t, want.code, a.json["code"], id)
		require.Equal(t, want.reason, a.reason(t), id)
		require.NotEmpty(t, a.json["message"])
	}
	require.Equal(t, "2", b.do(t, http.MethodGet, "/v1/customers/exhausted", "").Header.Get("Retry-After"))
	a := b.do(t, http.MethodGet, "/v1/customers/found", "", "Authorization", "Bearer x")
	require.Equal(t, http.StatusUnauthorized, a.StatusCode)
	require.Contains(t, a.Header.Get("WWW-Authenticate"), "Bearer")
}

func TestOnlyReadsAreRepeated(t *testing.T) {
	t.Parallel()
	require.Equal(t, http.StatusOK, setup(t).do(t, http.MethodGet, "/v1/customers/flaky", "").StatusCode)
	b := setup(t)
	flaky := `{"displayName":"flaky","kind":"PERSON","territory":"cn"}`
	require.Equal(t, http.StatusServiceUnavailable, b.do(t, http.MethodPost, "/v1/customers", flaky).StatusCode)
	require.Equal(t, http.StatusOK, b.do(t, http.MethodPost, "/v1/customers", flaky).StatusCode)
}

func TestErrorsInTheCallersLanguage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for accept, want := range map[string]string{
		"":                        "english",
		"en-GB,en;q=0.9":          "english",
		"zh-CN,zh;q=0.9,en;q=0.8": "中文",
		"zh":                      "中文",
		"zh-TW":                   "中文",
		"fr, zh;q=0.5":            "中文",
		"en, zh;q=0.5":            "english",
		"fr":                      "english",
		"\"; drop table":          "english",
	} {
		a := b.do(t, http.MethodGet, "/v1/customers/forbidden", "", "Accept-Language", accept)
		require.Equal(t, want, a.json["message"], accept)
		a = b.do(t, http.MethodGet, "/v1/customers/invalid", "", "Accept-Language", accept)
		require.Contains(t, a.json["message"], want, accept)
	}
	a := b.do(t, http.MethodPost, "/v1/customers", `{"x":1}`, "Accept-Language", "zh")
	require.Contains(t, a.json["message"], "不是此消息的字段")
	a = b.do(t, http.MethodGet, "/nowhere", "", "Accept-Language", "zh")
	require.Contains(t, a.json["message"], "此路径不存在")
}

func TestPatchTakesTheMaskFromTheBody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for body, want := range map[string][]any{
		`{"displayName":"x"}`:                             {"display_name"},
		`{"displayName":"","legal_name":"y","kind":null}`: {"display_name", "kind", "legal_name"},
		`{"attributes":{"k":{"text":"v"}},"tags":[]}`:     {"attributes", "tags"},
		`{}`: {},
	} {
		a := b.do(t, http.MethodPatch, "/v1/customers/1", body)
		require.Equal(t, http.StatusOK, a.StatusCode, a.text)
		require.Equal(t, want, a.json["tags"])
		require.Equal(t, "customers/1", a.json["name"])
	}
	a := b.do(t, http.MethodPatch, "/v1/customers/1?updateMask=displayName,legalName", `{"displayName":"x"}`)
	require.Equal(t, []any{"display_name", "legal_name"}, a.json["tags"])
	a = b.do(t, http.MethodPatch, "/v1/customers/1/people/2", `{"birthday":{"month":5,"day":3},"displayName":"x"}`)
	require.Equal(t, "birthday display_name", a.json["displayName"], "a date is one value")
	a = b.do(t, http.MethodPatch, "/v1/customers/1", `{"displayNme":"x"}`)
	field, _ := a.violation(t)
	require.Equal(t, "customer.displayNme", field)
}

func TestDeadlines(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for asked, want := range map[string]string{"": "30s", "10S": "10s", "9000m": "9s", "5H": "1m0s", "99999999H": "1m0s"} {
		var headers []string
		if asked != "" {
			headers = []string{"Grpc-Timeout", asked}
		}
		require.Equal(t, want, b.do(t, http.MethodGet, "/v1/customers/deadline", "", headers...).json["displayName"], asked)
	}
	require.Equal(t, http.StatusGatewayTimeout, b.do(t, http.MethodGet, "/v1/customers/deadline", "", "Grpc-Timeout", "1m").StatusCode)
}

func TestZerosAreWrittenAndAbsentMessagesAreNot(t *testing.T) {
	t.Parallel()
	a := setup(t).do(t, http.MethodGet, "/v1/customers/found", "")
	require.Contains(t, a.json, "employeeCount")
	require.NotContains(t, a.json, "createTime")
}

func TestPages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.do(t, http.MethodGet, "/", "")
	require.Equal(t, http.StatusOK, a.StatusCode)
	require.Contains(t, a.text, "客户关系管理")
	require.Contains(t, a.text, "customer-relationship")
	require.Contains(t, a.Header.Get("Content-Security-Policy"), "default-src 'none'")

	a = b.do(t, http.MethodGet, "/openapi.json", "")
	require.Equal(t, string(openapi.JSON), a.text)
	require.Contains(t, a.json, "paths")

	a = b.do(t, http.MethodGet, "/docs", "")
	require.Equal(t, http.StatusOK, a.StatusCode)
	require.NotRegexp(t, `(src|href)="(\w+:)?//`, a.text, "nothing comes from elsewhere")
	require.Equal(t, http.StatusOK, b.do(t, http.MethodGet, "/docs/swagger-ui-bundle.js", "").StatusCode)
	require.Equal(t, http.StatusNotFound, b.do(t, http.MethodGet, "/docsx", "").StatusCode)

	require.Equal(t, http.StatusOK, b.do(t, http.MethodGet, "/healthz", "").StatusCode)
	require.Contains(t, b.do(t, http.MethodGet, "/metrics", "").text, "guanxi_http_seconds")
	b = setup(t, func(c *gateway.Config) { c.Metrics = false })
	require.Equal(t, http.StatusNotFound, b.do(t, http.MethodGet, "/metrics", "").StatusCode)
}

func TestReadyFollowsTheServices(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.do(t, http.MethodGet, "/readyz", "")
	require.Equal(t, http.StatusOK, a.StatusCode, a.text)
	require.Equal(t, map[string]any{"profile": "SERVING"}, a.json["services"])

	require.NoError(t, b.service.Stop())
	a = b.do(t, http.MethodGet, "/readyz", "")
	require.Equal(t, http.StatusServiceUnavailable, a.StatusCode)
	a = b.do(t, http.MethodGet, "/v1/customers/found", "")
	require.Equal(t, http.StatusServiceUnavailable, a.StatusCode)
	require.Equal(t, "UNAVAILABLE", a.reason(t))
	require.NotContains(t, a.text, "127.0.0.1", "no addresses")
}

func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	const ours, other = "https://crm.test", "https://evil.test"
	b := setup(t, func(c *gateway.Config) { c.AllowedOrigins = []string{ours} })
	preflight := func(origin string) answer {
		return b.do(t, http.MethodOptions, "/v1/customers", "", "Origin", origin, "Access-Control-Request-Method", "POST")
	}
	a := preflight(ours)
	require.Equal(t, http.StatusNoContent, a.StatusCode)
	require.Equal(t, ours, a.Header.Get("Access-Control-Allow-Origin"))
	require.Contains(t, a.Header.Get("Access-Control-Allow-Headers"), "Authorization")
	require.Empty(t, a.Header.Get("Access-Control-Allow-Credentials"))

	a = preflight(other)
	require.Equal(t, http.StatusMethodNotAllowed, a.StatusCode)
	require.Empty(t, a.Header.Get("Access-Control-Allow-Origin"))
	a = b.do(t, http.MethodGet, "/v1/customers/found", "", "Origin", ours)
	require.Equal(t, ours, a.Header.Get("Access-Control-Allow-Origin"))
	require.Equal(t, "Origin", a.Header.Get("Vary"))

	a = setup(t).do(t, http.MethodGet, "/v1/customers/found", "", "Origin", ours)
	require.Empty(t, a.Header.Get("Access-Control-Allow-Origin"), "none by default")
}

func TestLoadConfig(t *testing.T) {
	t.Parallel()
	cfg, err := gateway.LoadConfig([]string{
		"GUANXI_GATEWAY_SERVICES=profile=p:1", "GUANXI_GATEWAY_ALLOWED_ORIGINS=https://a/, https://b", "GUANXI_LOG_LEVEL=warn",
	})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"profile": "p:1"}, cfg.Services)
	require.Equal(t, []string{"https://a", "https://b"}, cfg.AllowedOrigins)
	require.Equal(t, "WARN", cfg.LogLevel.String())

	cfg.Services["unknown"] = "x:1"
	_, err = gateway.Start(context.Background(), cfg, gateway.Deps{})
	require.ErrorContains(t, err, `"unknown"`)
}

// The operator's table names every variable there is.
func TestTableOfVariables(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/configuration.md")
	require.NoError(t, err)
	_, table, _ := strings.Cut(string(text), "## Gateway")
	params, err := env.GetFieldParamsWithOptions(&gateway.Config{}, env.Options{Prefix: "GUANXI_GATEWAY_"})
	require.NoError(t, err)
	for _, p := range params {
		require.Contains(t, table, "| `"+p.Key+"` | ")
	}
	require.Equal(t, len(params), strings.Count(table, "\n| `GUANXI_GATEWAY_"))
}
