package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/sync/semaphore"
	"golang.org/x/text/language"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// forms are the addresses of pages that the public opens and fills in: what is asked for there is answered by the RPC at the path, which is open to the public. GET is
// its page, in the query "lang" and "receipt"; POST hands it the fields of the form as {lang, fields: [{name, values}]}. The answer is a google.api.HttpBody that is HTML, and
// in its extensions a guanxi.type.v1.FormPage.
var forms = []address{
	{before: "/f/", path: "/v1/voiceFormPages/"},
	{before: "/s/", path: "/v1/answerPages/"},
}

const (
	// maxForm is the largest body of a form in bytes, and maxFields how many fields it has at most.
	maxForm, maxFields = 64 << 10, 200
	formType           = "application/x-www-form-urlencoded"
)

// formCall is a request for the page of a form, or with it.
type formCall struct {
	// at is the address that the browser shows, without the query.
	at string
	// lang is the language of the page; chosen says whether the address says it.
	lang   string
	chosen bool
}

type formKey struct{}

// formOf is the form that a request is for; nil if it is for something else.
func formOf(ctx context.Context) *formCall {
	call, _ := ctx.Value(formKey{}).(*formCall)
	return call
}

// formGate stands before the pages of forms: it limits who asks for them, and turns what a browser sends into what the API takes.
type formGate struct {
	next    http.Handler
	clients *clients
	room    *semaphore.Weighted
}

const (
	// formsAtOnce is how many pages of forms are asked for at once; formPatience how long one waits for its turn. A service refuses callers beyond what it can do at once, who
	// are told to try again (OVERLOADED): programs do, people would lose their page. So those who come together with many others wait here, before their form is read.
	formsAtOnce, formPatience = 32, 10 * time.Second
)

var errFormsBusy = fault.New(codes.ResourceExhausted, "BUSY", fault.Text{
	En: "many people are sending forms right now; please try again in a moment", Zh: "当前填写表单的人较多，请稍后重试",
}).RetryAfter(formPatience)

// ServeHTTP implements http.Handler.
func (g *formGate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for _, a := range forms {
		if strings.HasPrefix(r.URL.Path, a.path) { // by the API: limited all the same
			if refused := g.clients.admit(r); refused != nil {
				refused.write(w, r)
				return
			}
		}
		if !strings.HasPrefix(r.URL.Path, a.before) {
			continue
		}
		call := newFormCall(r)
		r = r.WithContext(context.WithValue(r.Context(), formKey{}, call))
		closeAfterChunked(w, r)
		leave, refused := g.enter(r)
		if refused != nil {
			refused.write(w, r)
			return
		}
		defer leave()
		to, refused := g.take(w, r, a, call)
		if refused != nil {
			if refused == noSuchMethod {
				w.Header().Set("Allow", "GET, HEAD, POST")
			}
			refused.write(w, r)
			return
		}
		g.next.ServeHTTP(w, to)
		return
	}
	g.next.ServeHTTP(w, r)
}

// enter waits for a turn, and returns what ends it.
func (g *formGate) enter(r *http.Request) (leave func(), refused *refusal) {
	within, cancel := context.WithTimeout(r.Context(), formPatience)
	defer cancel()
	if err := g.room.Acquire(within, 1); err != nil {
		return nil, &refusal{http.StatusTooManyRequests, errFormsBusy}
	}
	return func() { g.room.Release(1) }, nil
}

// take is the request as the API takes it.
func (g *formGate) take(w http.ResponseWriter, r *http.Request, a address, call *formCall) (*http.Request, *refusal) {
	name, ok := a.secret(r.URL.Path)
	if !ok {
		return nil, noSuchPage
	}
	if refused := g.clients.admit(r); refused != nil {
		return nil, refused
	}
	to := r.Clone(r.Context())
	to.URL.Path, to.URL.RawPath, to.URL.RawQuery = a.path+name, "", ""
	to.Header.Del(timeoutHeader)   // a browser has none
	to.Header.Del("Authorization") // and needs none
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		to.Method = http.MethodGet // of the answer to HEAD net/http sends the headers alone
		to.Body, to.ContentLength, to.TransferEncoding = http.NoBody, 0, nil
		query := url.Values{"lang": {call.lang}}
		if receipt := r.URL.Query().Get("receipt"); receipt != "" { // all else that mail programs and others hang on is passed over
			query.Set("receipt", receipt)
		}
		to.URL.RawQuery = query.Encode()
		return to, nil
	case http.MethodPost:
		fields, refused := readForm(w, r)
		if refused != nil {
			return nil, refused
		}
		return to, fill(to, call.lang, fields)
	default:
		return nil, noSuchMethod
	}
}

func newFormCall(r *http.Request) *formCall {
	call := &formCall{at: r.URL.EscapedPath(), lang: r.URL.Query().Get("lang")}
	if call.chosen = call.lang == "zh" || call.lang == "en"; !call.chosen {
		call.lang = languageOf(r.Header.Get("Accept-Language"))
	}
	return call
}

// languageOf is the language of a page for a browser. One that says nothing is our customers'; one that speaks neither is a stranger's.
func languageOf(accepted string) string {
	tags, _, err := language.ParseAcceptLanguage(accepted)
	if err != nil || len(tags) == 0 {
		return "zh"
	}
	if _, index, _ := languages.Match(tags...); index == 1 {
		return "zh"
	}
	return "en"
}

// readForm reads the fields of a form: few, small, and text.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, *refusal) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if charset := params["charset"]; err != nil || kind != formType || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return nil, noForm
	}
	if r.ContentLength > maxForm {
		return nil, formTooLarge
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, formTooLarge
	}
	if err != nil {
		return nil, bodyCutOff
	}
	if bytes.Count(text, []byte("&")) >= maxFields {
		return nil, tooManyFields
	}
	fields, err := url.ParseQuery(string(text))
	if err != nil {
		return nil, brokenForm
	}
	for name, values := range fields {
		if !utf8.ValidString(name) || slices.ContainsFunc(values, func(v string) bool { return !utf8.ValidString(v) }) {
			return nil, brokenForm
		}
	}
	return fields, nil
}

// fill makes the fields the body of a request, in the order of their names.
func fill(to *http.Request, lang string, fields url.Values) *refusal {
	type field struct {
		Name   string   `json:"name"`
		Values []string `json:"values"`
	}
	all := make([]field, 0, len(fields))
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		all = append(all, field{name, fields[name]})
	}
	text, err := json.Marshal(map[string]any{"lang": lang, "fields": all})
	if err != nil { // it is text
		return brokenForm
	}
	to.Body, to.ContentLength, to.TransferEncoding = io.NopCloser(bytes.NewReader(text)), int64(len(text)), nil
	to.Header.Set("Content-Type", "application/json")
	to.Header.Del("Content-Length")
	return nil
}
