package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
)

const (
	// maxBody is the largest body of a request in bytes; the services take no larger message.
	maxBody = 1 << 20
	// maxForwarded is the most of a request's headers in bytes that is passed on. It must fit into what a service takes.
	maxForwarded = 7 << 10
)

// screen lets nothing reach the services' handlers that could mean two things on the way: what is passed on is one path, one query,
// one body of bounded size, one token, one deadline.
func screen(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		closeAfterChunked(w, r)
		for _, check := range []func(*http.Request) *refusal{checkPath, readQuery, checkHeaders} {
			if refused := check(r); refused != nil {
				refused.write(w, r)
				return
			}
		}
		within, refused := timeout(r.Header.Get(timeoutHeader))
		if refused == nil {
			refused = readBody(w, r)
		}
		if refused != nil {
			refused.write(w, r)
			return
		}
		r.Header.Del(timeoutHeader) // the mux would take it as it is
		ctx := otel.GetTextMapPropagator().Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		ctx, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// closeAfterChunked ends the connection with a request whose body came in chunks. It may have had a Content-Length as well, which net/http drops without a
// word: a proxy that went by the length would take what is behind the last chunk for a part of the body, and we for a request of its own (RFC 9112, 6.1).
func closeAfterChunked(w http.ResponseWriter, r *http.Request) {
	if len(r.TransferEncoding) > 0 && r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close")
	}
}

// checkPath refuses a path that another reader of it could take for a different one: empty and dotted segments, slashes in disguise.
func checkPath(r *http.Request) *refusal {
	path := r.URL.Path
	if !utf8.ValidString(path) {
		return badText("path")
	}
	if !strings.HasPrefix(path, "/") {
		return noSuchPath
	}
	for segment := range strings.SplitSeq(path[1:], "/") {
		if segment == "" || segment == "." || segment == ".." || strings.ContainsFunc(segment, isOdd) {
			return noSuchPath
		}
	}
	if raw := r.URL.RawPath; raw != "" && strings.Contains(strings.ToLower(raw), "%2f") {
		return noSuchPath
	}
	return nil
}

func isOdd(c rune) bool { return c < ' ' || c == 0x7f || c == '\\' }

// nothing is an empty form, never written to.
var nothing = url.Values{}

// readQuery parses the query, once for all, and keeps a form in the body from being taken for one.
func readQuery(r *http.Request) *refusal {
	if r.URL.RawQuery == "" {
		r.Form, r.PostForm = nothing, nothing
		return nil
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return badQuery
	}
	for name, values := range query {
		if !utf8.ValidString(name) {
			return badText("query")
		}
		for _, value := range values {
			if !utf8.ValidString(value) {
				return badText(name)
			}
		}
	}
	r.Form, r.PostForm = query, nothing
	return nil
}

// forwarded are the headers that services see. No other is passed on.
var forwarded = map[string]string{
	"Authorization": "authorization", // by the mux itself
	"Traceparent":   "traceparent",
	"Tracestate":    "tracestate",
}

// forward is the runtime.HeaderMatcherFunc for requests.
func forward(name string) (string, bool) {
	to, ok := forwarded[name]
	return to, ok && name != "Authorization"
}

func checkHeaders(r *http.Request) *refusal {
	if len(r.Header["Authorization"]) > 1 {
		return twoTokens
	}
	size := len(r.Host)
	for name := range forwarded {
		for _, value := range r.Header[name] {
			size += len(value)
		}
	}
	if size > maxForwarded {
		return headersTooLarge
	}
	for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Host", "Te"} { // the mux acts on these
		delete(r.Header, name)
	}
	return nil
}

// body is the body of a request, read whole.
type body struct {
	bytes.Reader
	data []byte
}

// Close implements io.ReadCloser.
func (*body) Close() error { return nil }

// all is what has not been read yet, which is all of it, and leaves nothing.
func (b *body) all() ([]byte, error) {
	rest := b.data[len(b.data)-b.Len():]
	_, err := b.Seek(0, io.SeekEnd)
	return rest, err
}

// readBody reads the body, so that one that is too large or was cut off is known for what it is.
func readBody(w http.ResponseWriter, r *http.Request) *refusal {
	if r.ContentLength > maxBody {
		return bodyTooLarge
	}
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	data := bytes.NewBuffer(make([]byte, 0, max(r.ContentLength, 0)+bytes.MinRead))
	_, err := data.ReadFrom(http.MaxBytesReader(w, r.Body, maxBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return bodyTooLarge
	}
	if err != nil {
		return bodyCutOff
	}
	b := &body{data: data.Bytes()}
	b.Reset(b.data)
	r.Body = b
	return nil
}
