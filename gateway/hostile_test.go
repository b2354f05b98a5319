package gateway_test

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

const good = `{"displayName":"x","kind":"ORGANIZATION","territory":"cn"}`

// Every refusal names what is wrong, and nothing is a 5xx.
func TestBodiesThatAreWrong(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const customers = "/v1/customers"
	tests := map[string]struct {
		body        string
		status      int
		field, rule string
	}{
		"good":                    {good, 200, "", ""},
		"the proto's own names":   {`{"display_name":"x","kind":"ORGANIZATION","territory":"cn"}`, 200, "", ""},
		"nothing":                 {"", 400, "customer", "REQUIRED"},
		"blanks":                  {" \n", 400, "customer", "REQUIRED"},
		"an unknown field":        {`{"displayNme":"x"}`, 400, "customer.displayNme", "JSON_UNKNOWN_FIELD"},
		"deeper in":               {"{\"addresses\":[{},\n{\"名\":1}]}", 400, "customer.addresses[1].名", "JSON_UNKNOWN_FIELD"},
		"in a map":                {`{"attributes":{"k":{"x":1}}}`, 400, `customer.attributes["k"].x`, "JSON_UNKNOWN_FIELD"},
		"a wrong type":            {`{"displayName":5}`, 400, "customer.display_name", "JSON_WRONG_TYPE"},
		"a wrong type in a list":  {`{"tags":["a",{}]}`, 400, "customer.tags[1]", "JSON_WRONG_TYPE"},
		"a number out of range":   {`{"employeeCount":99999999999}`, 400, "customer.employee_count", "JSON_WRONG_TYPE"},
		"a huge exponent":         {`{"employeeCount":1e999999999}`, 400, "customer.employee_count", "JSON_WRONG_TYPE"},
		"an unknown enum value":   {`{"kind":"ROBOT"}`, 400, "customer.kind", "JSON_WRONG_TYPE"},
		"a bad time":              {`{"createTime":"tomorrow"}`, 400, "customer.create_time", "JSON_WRONG_TYPE"},
		"a field twice":           {`{"displayName":"x","display_name":"y"}`, 400, "customer.display_name", "JSON_DUPLICATE_FIELD"},
		"a list":                  {`[1]`, 400, "customer", "JSON_WRONG_TYPE"},
		"null":                    {`null`, 400, "customer", "JSON_WRONG_TYPE"},
		"not JSON":                {`{"displayName":`, 400, "customer.display_name", "JSON_SYNTAX"},
		"text":                    {`hello`, 400, "customer", "JSON_SYNTAX"},
		"two values":              {good + good, 400, "customer", "JSON_SYNTAX"},
		"invalid UTF-8":           {"{\"displayName\":\"\xff\"}", 400, "customer.display_name", "JSON_SYNTAX"},
		"a lone surrogate":        {`{"displayName":"\ud800"}`, 400, "customer", "JSON_SYNTAX"},
		"NUL":                     {`{"displayName":"\u0000","kind":"PERSON","territory":"cn"}`, 400, "customer.display_name", "STRING_NUL"},
		"deep lists":              {strings.Repeat("[", 100_000), 400, "customer", "JSON_SYNTAX"},
		"deep objects":            {strings.Repeat(`{"attributes":`, 50_000), 400, "", "JSON_UNKNOWN_FIELD"},
		"a field called exceeded": {`{"exceeded":1}`, 400, "customer.exceeded", "JSON_UNKNOWN_FIELD"},
		"a long unknown name":     {`{"` + strings.Repeat("名", 100_000) + `":1}`, 400, "", "JSON_UNKNOWN_FIELD"},
		"a rule of the service's": {`{"displayName":"x","territory":"CN"}`, 400, "customer.territory", "STRING_PATTERN"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := b.do(t, http.MethodPost, customers, test.body)
			require.Equal(t, test.status, a.StatusCode, a.text)
			require.Less(t, len(a.text), 8000)
			if test.status == http.StatusOK {
				return
			}
			require.EqualValues(t, 3, a.json["code"])
			require.Equal(t, "INVALID_FIELDS", a.reason(t))
			field, rule := a.violation(t)
			if test.field != "" {
				require.Equal(t, test.field, field, a.text)
			}
			if test.rule != "" {
				require.Equal(t, test.rule, rule, a.text)
			}
		})
	}
}

func TestQueriesThatAreWrong(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, test := range map[string]struct {
		path        string
		field, rule string
	}{
		"an unknown parameter":     {"/v1/customers?pageSizes=5", "pageSizes", "QUERY_UNKNOWN"},
		"a wrong type":             {"/v1/customers?pageSize=five", "page_size", "QUERY_WRONG_TYPE"},
		"out of range":             {"/v1/customers?page_size=99999999999", "page_size", "QUERY_WRONG_TYPE"},
		"twice":                    {"/v1/customers?pageSize=5&pageSize=6", "page_size", "QUERY_WRONG_TYPE"},
		"under both names":         {"/v1/customers?pageSize=5&page_size=6", "page_size", "QUERY_DUPLICATE"},
		"what the path says":       {"/v1/customers/1?name=customers/2", "name", "QUERY_UNKNOWN"},
		"into nothing":             {"/v1/customers?filter.x=5", "filter.x", "QUERY_UNKNOWN"},
		"a key in brackets":        {"/v1/customers?filter[a]=5", "filter[a]", "QUERY_UNKNOWN"},
		"bad percent-encoding":     {"/v1/customers?filter=%zz", "query", "QUERY_SYNTAX"},
		"a semicolon":              {"/v1/customers?filter=a;pageSize=5", "query", "QUERY_SYNTAX"},
		"invalid UTF-8":            {"/v1/customers?filter=%ff", "filter", "UTF8"},
		"invalid UTF-8 in a name":  {"/v1/customers?%ff=1", "query", "UTF8"},
		"invalid UTF-8 in a path":  {"/v1/customers/%ff", "path", "UTF8"},
		"NUL":                      {"/v1/customers?filter=%00", "filter", "STRING_NUL"},
		"a timeout without a unit": {"timeout:5", "grpc-timeout", "TIMEOUT"},
		"a timeout of words":       {"timeout:soon", "grpc-timeout", "TIMEOUT"},
		"a negative timeout":       {"timeout:-5S", "grpc-timeout", "TIMEOUT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var headers []string
			if value, ok := strings.CutPrefix(test.path, "timeout:"); ok {
				test.path, headers = "/v1/customers", []string{"Grpc-Timeout", value}
			}
			a := b.do(t, http.MethodGet, test.path, "", headers...)
			require.Equal(t, http.StatusBadRequest, a.StatusCode, a.text)
			field, rule := a.violation(t)
			require.Equal(t, test.field, field)
			require.Equal(t, test.rule, rule)
		})
	}
	a := b.do(t, http.MethodGet, "/v1/customers?page_size=5&filter=a%3D%22b%22", "")
	require.Equal(t, http.StatusOK, a.StatusCode, a.text)
	require.Equal(t, `a="b"`, a.json["nextPageToken"])
}

// Each RPC that has an HTTP rule is routed, and refuses a parameter that it does not have.
func TestEveryRouteRefusesUnknownParameters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	variable := regexp.MustCompile(`\{[^=}]+=([^}]+)\}`)
	routes := 0
	protoregistry.GlobalFiles.RangeFilesByPackage("guanxi.profile.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				rule, _ := proto.GetExtension(methods.Get(j).Options(), annotations.E_Http).(*annotations.HttpRule)
				for verb, template := range map[string]string{
					"GET": rule.GetGet(), "POST": rule.GetPost(), "PATCH": rule.GetPatch(), "DELETE": rule.GetDelete(),
				} {
					if template == "" {
						continue
					}
					routes++
					path := strings.ReplaceAll(variable.ReplaceAllString(template, "$1"), "*", "x")
					a := b.do(t, verb, path+"?nope=1", "")
					require.Equal(t, http.StatusBadRequest, a.StatusCode, verb+" "+path+a.text)
					field, violated := a.violation(t)
					require.Equal(t, "nope QUERY_UNKNOWN", field+" "+violated)
				}
			}
		}
		return true
	})
	require.Greater(t, routes, 20)
}

func TestPathsAndMethodsThatAreWrong(t *testing.T) {
	t.Parallel()
	b := setup(t)
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	for name, test := range map[string]struct {
		method, path string
		headers      []string
		status       int
		reason       string
	}{
		"nowhere":                     {"GET", "/v2/customers", nil, 404, "NO_SUCH_PATH"},
		"two slashes":                 {"GET", "/v1//customers", nil, 404, "NO_SUCH_PATH"},
		"two slashes at the start":    {"GET", "//v1/customers", nil, 404, "NO_SUCH_PATH"},
		"a slash at the end":          {"GET", "/v1/customers/", nil, 404, "NO_SUCH_PATH"},
		"a dot":                       {"GET", "/v1/./customers", nil, 404, "NO_SUCH_PATH"},
		"upwards":                     {"GET", "/v1/x/../customers", nil, 404, "NO_SUCH_PATH"},
		"upwards, encoded":            {"GET", "/v1/x/%2e%2e/customers", nil, 404, "NO_SUCH_PATH"},
		"an encoded slash":            {"GET", "/v1/customers%2Ffound", nil, 404, "NO_SUCH_PATH"},
		"an encoded slash, small":     {"GET", "/v1/customers/a%2ffound", nil, 404, "NO_SUCH_PATH"},
		"an encoded backslash":        {"GET", "/v1/customers/a%5cb", nil, 404, "NO_SUCH_PATH"},
		"NUL":                         {"GET", "/v1/customers/%00", nil, 404, "NO_SUCH_PATH"},
		"a line break":                {"GET", "/v1/customers/a%0d%0ab", nil, 404, "NO_SUCH_PATH"},
		"only a verb":                 {"POST", "/v1/customers/:undelete", nil, 404, "NO_SUCH_PATH"},
		"another method":              {"PUT", "/v1/customers", nil, 405, "METHOD_NOT_ALLOWED"},
		"an invented method":          {"BREW", "/v1/customers", nil, 405, "METHOD_NOT_ALLOWED"},
		"OPTIONS":                     {"OPTIONS", "/v1/customers", nil, 405, "METHOD_NOT_ALLOWED"},
		"POST to a page":              {"POST", "/", nil, 405, "METHOD_NOT_ALLOWED"},
		"POST to the document":        {"POST", "/openapi.json", nil, 405, "METHOD_NOT_ALLOWED"},
		"an override of the method":   {"POST", "/v1/customers/found", append([]string{"X-HTTP-Method-Override", "GET"}, form...), 405, "METHOD_NOT_ALLOWED"},
		"a form for a GET":            {"POST", "/v1/customers/found", form, 405, "METHOD_NOT_ALLOWED"},
		"no such verb":                {"POST", "/v1/customers/found:explode", nil, 405, "METHOD_NOT_ALLOWED"},
		"an RPC that is not for HTTP": {"POST", "/guanxi.profile.v1.ImportService/ImportRows", nil, 404, "NO_SUCH_PATH"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := b.do(t, test.method, test.path, "", test.headers...)
			require.Equal(t, test.status, a.StatusCode, a.text)
			require.Equal(t, test.reason, a.reason(t))
		})
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	large := `{"displayName":"` + strings.Repeat("x", 1<<20) + `"}`
	a := b.do(t, http.MethodPost, "/v1/customers", large)
	require.Equal(t, http.StatusRequestEntityTooLarge, a.StatusCode)
	require.Equal(t, "BODY_TOO_LARGE", a.reason(t))

	request, err := http.NewRequest(http.MethodPost, "http://"+b.Address()+"/v1/customers", chunked{strings.NewReader(large)})
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusRequestEntityTooLarge, response.StatusCode, "without a Content-Length too")

	a = b.do(t, http.MethodGet, "/v1/customers", "", "Authorization", "Bearer "+strings.Repeat("x", 7<<10))
	require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, a.StatusCode)
	require.Equal(t, "HEADERS_TOO_LARGE", a.reason(t))
	a = b.do(t, http.MethodGet, "/v1/customers", "", "Authorization", "Bearer "+strings.Repeat("x", 6<<10))
	require.Equal(t, http.StatusUnauthorized, a.StatusCode, "up to there it fits")
	a = b.do(t, http.MethodGet, "/v1/customers", "", "Traceparent", strings.Repeat("x", 7<<10))
	require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, a.StatusCode)
	a = b.do(t, http.MethodGet, "/v1/customers", "", "X-Whatever", strings.Repeat("x", 15<<10))
	require.Equal(t, http.StatusOK, a.StatusCode, "what is not passed on does not count")
	a = b.do(t, http.MethodGet, "/v1/customers", "", "X-Whatever", strings.Repeat("x", 40<<10))
	require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, a.StatusCode)
}

// chunked hides how long a body is.
type chunked struct{ *strings.Reader }

func (c chunked) Read(p []byte) (int, error) { return c.Reader.Read(p) }

func TestOnlyTheHeadersOfTheListArrive(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	a := b.do(t, http.MethodGet, "/v1/customers", "", "Traceparent", trace, "Grpc-Metadata-X-Admin", "1", "Grpc-Metadata-Authorization", "Bearer x",
		"Cookie", "a=b", "X-Forwarded-For", "10.0.0.1", "X-Forwarded-Host", "evil", "X-Http-Method-Override", "DELETE", "Te", "trailers",
		"Grpcgateway-Authorization", "x", "X-Guanxi", "1", "Grpc-Metadata-X-Bin", "!!", "Grpc-Timeout", "5S")
	require.Equal(t, http.StatusOK, a.StatusCode, a.text)
	arrived := map[string]string{}
	for _, c := range a.json["customers"].([]any) {
		header := c.(map[string]any)
		arrived[header["displayName"].(string)] = header["source"].(string)
	}
	require.Equal(t, "Bearer "+b.token, arrived["authorization"])
	require.Equal(t, trace, arrived["traceparent"])
	require.Equal(t, "127.0.0.1", arrived["x-forwarded-for"])
	require.Equal(t, b.Address(), arrived["x-forwarded-host"])
	for _, ours := range []string{
		"authorization", "traceparent", "x-forwarded-for", "x-forwarded-host", ":authority", "content-type", "user-agent", "grpc-accept-encoding",
	} {
		delete(arrived, ours)
	}
	require.Empty(t, arrived)

	a = b.do(t, http.MethodGet, "/v1/customers/header", "", "Te", "trailers")
	require.Equal(t, http.StatusOK, a.StatusCode)
	for name := range a.Header {
		require.NotContains(t, name, "Internal")
		require.NotContains(t, name, "Grpc-")
	}
	require.Empty(t, a.Trailer)
}

// What net/http's own client would not send.
func TestRawRequests(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token := "Authorization: Bearer " + b.token + "\r\n"
	for name, test := range map[string]struct {
		request string
		status  int
	}{
		"two tokens":         {"GET /v1/customers HTTP/1.1\r\nHost: x\r\n" + token + token + "\r\n", 400},
		"an asterisk":        {"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 404},
		"CONNECT":            {"CONNECT evil:443 HTTP/1.1\r\nHost: evil:443\r\n\r\n", 404},
		"no slash":           {"GET v1/customers HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		"two lengths":        {"POST /v1/customers HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400},
		"a body cut off":     {"POST /v1/customers HTTP/1.1\r\nHost: x\r\n" + token + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
		"a long host":        {"GET /v1/customers HTTP/1.1\r\nHost: " + strings.Repeat("x", 8<<10) + "\r\n" + token + "\r\n", 431},
		"a token not ASCII":  {"GET /v1/customers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\r\n\r\n", 401},
		"an absolute target": {"GET http://evil/v1/customers HTTP/1.1\r\nHost: x\r\n" + token + "\r\n", 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", b.Address())
			require.NoError(t, err)
			defer func() { _ = conn.Close() }()
			require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
			_, err = conn.Write([]byte(test.request))
			require.NoError(t, err)
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			defer func() { _ = response.Body.Close() }()
			require.Equal(t, test.status, response.StatusCode)
		})
	}
}

func FuzzRequests(f *testing.F) {
	b := setup(f)
	f.Add("POST", "/v1/customers", "a=b", good)
	f.Add("PATCH", "/v1/customers/found", "updateMask=displayName", `{"displayName":{"a":[1,{}]}}`)
	f.Add("GET", "/v1/customers/%ff", "filter=%00&pageSize=-1", "")
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		request, err := http.NewRequestWithContext(context.Background(), method, "http://"+b.Address(), bytes.NewBufferString(body))
		if err != nil {
			return // not a method
		}
		request.URL.Opaque = path
		request.URL.RawQuery = query
		request.Header.Set("Authorization", "Bearer "+b.token)
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			return // not HTTP
		}
		_ = response.Body.Close()
		if response.StatusCode >= 500 && response.StatusCode != http.StatusNotImplemented {
			t.Fatalf("%s %q?%q %q: %d", method, path, query, body, response.StatusCode)
		}
	})
}
