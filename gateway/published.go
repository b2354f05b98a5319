package gateway

import (
	"context"
	"net/http"
	"strings"
)

// address is a path outside of the API for people and programs that know nothing of it, such as calendars, with one variable part. It stands for the path of an RPC
// that is open to the public: a google.api.http template cannot say what comes behind a variable.
type address struct{ before, after, path string }

// addresses are all of them. What comes along in the query goes through.
var addresses = []address{
	{before: "/calendars/", after: ".ics", path: "/v1/calendarFeeds/"},
}

// published sends what comes to one of the addresses to where it is answered.
func published(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, a := range addresses {
			secret, ok := a.secret(r.URL.Path)
			if !ok {
				continue
			}
			if r.Method != http.MethodGet && r.Method != http.MethodHead {
				noSuchMethod.write(w, r)
				return
			}
			to := r.Clone(context.WithValue(r.Context(), knownKey{}, r.Header.Get("If-None-Match")))
			to.Method = http.MethodGet // of the answer to HEAD net/http sends the headers alone
			to.URL.Path, to.URL.RawPath = a.path+secret, ""
			next.ServeHTTP(w, to)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// secret is the variable part of a path that is of this form. One that would have to be escaped has never been given out.
func (a address) secret(path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, a.before)
	if !ok {
		return "", false
	}
	rest, ok = strings.CutSuffix(rest, a.after)
	plain := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
	}
	return rest, ok && rest != "" && strings.TrimFunc(rest, plain) == ""
}
