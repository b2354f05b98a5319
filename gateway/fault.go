package gateway

import (
	"context"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"golang.org/x/text/language"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// writeFault answers with google.rpc.Status in JSON, or with a page where a form was asked for, its texts in the language that the caller prefers. status 0 stands for the
// one that belongs to the code.
func writeFault(w http.ResponseWriter, r *http.Request, failed *fault.Error, status int) {
	if status == 0 {
		status = runtime.HTTPStatusFromCode(failed.Code())
	}
	answer := failed.GRPCStatus().Proto()
	call := formOf(r.Context())
	if call == nil && prefersChinese(r) || call != nil && call.lang == "zh" {
		translate(answer)
	}
	if after := retryDelay(answer); after > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(after.Seconds()))))
	}
	if call != nil {
		writeNotice(w, r, call, answer, status)
		return
	}
	content, err := protojson.Marshal(answer)
	if err != nil { // only by details of a kind that is not linked
		content = []byte(`{"code":13,"message":"internal error"}`)
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(len(content)))
	header.Add("Vary", "Accept-Language")
	if status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", `Bearer realm="guanxi"`)
	}
	w.WriteHeader(status)
	_, _ = w.Write(content) //nolint:gosec // JSON with nosniff is no page
}

var languages = language.NewMatcher([]language.Tag{language.English, language.Chinese})

func prefersChinese(r *http.Request) bool {
	accepted := r.Header.Get("Accept-Language")
	if accepted == "" {
		return false
	}
	_, index := language.MatchStrings(languages, accepted)
	return index == 1
}

// translate puts the Chinese texts of the details where programs show the text from.
func translate(answer *spb.Status) {
	for i, packed := range answer.GetDetails() {
		detail, err := packed.UnmarshalNew()
		if err != nil {
			continue
		}
		switch d := detail.(type) {
		case *errdetails.LocalizedMessage:
			answer.Message = d.GetMessage()
		case *errdetails.BadRequest:
			for _, violation := range d.GetFieldViolations() {
				if localized := violation.GetLocalizedMessage().GetMessage(); localized != "" {
					violation.Description = localized
				}
			}
			if repacked, err := anypb.New(d); err == nil {
				answer.Details[i] = repacked
			}
		}
	}
}

func retryDelay(answer *spb.Status) time.Duration {
	for _, packed := range answer.GetDetails() {
		var retry errdetails.RetryInfo
		if packed.MessageIs(&retry) && packed.UnmarshalTo(&retry) == nil {
			return retry.GetRetryDelay().AsDuration()
		}
	}
	return 0
}

// handleError is the mux's way out for whatever went wrong with a call.
func handleError(log *slog.Logger) runtime.ErrorHandlerFunc {
	return func(ctx context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, err error) {
		failed := fault.From(err)
		if wrong, ok := readMistake(ctx, err); ok {
			failed = wrong
		}
		if failed.Code() == codes.Internal || failed.Code() == codes.Unavailable {
			log.WarnContext(ctx, "a service did not answer well", "method", methodOf(ctx), "error", err)
		}
		writeFault(w, r, failed, 0)
	}
}

// handleRouting is for requests that belong to no RPC.
func handleRouting(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, status int) {
	if status == http.StatusMethodNotAllowed {
		noSuchMethod.write(w, r)
		return
	}
	noSuchPath.write(w, r)
}
