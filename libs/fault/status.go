package fault

import (
	"maps"
	"strconv"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"
)

// chinese is the BCP 47 tag of the second language of every text.
const chinese = "zh-CN"

// totalKey is the metadata key that counts all violations when there are more than an answer names.
const totalKey = "violations"

// GRPCStatus is what a caller gets. The cause is not in it.
func (e *Error) GRPCStatus() *status.Status {
	st := status.New(e.code, strings.ToValidUTF8(e.message(), "\uFFFD"))
	detailed, err := st.WithDetails(e.details()...)
	if err != nil { // only a code of OK, which is nobody's error
		return status.New(codes.Internal, textOf(codes.Internal).En)
	}
	return detailed
}

func (e *Error) details() []protoadapt.MessageV1 {
	info := &errdetails.ErrorInfo{Reason: valid(e.reason), Domain: Domain, Metadata: make(map[string]string, len(e.metadata))}
	for k, v := range e.metadata {
		info.Metadata[valid(k)] = valid(v)
	}
	if len(e.violations) > maxViolations {
		info.Metadata[totalKey] = strconv.Itoa(len(e.violations))
	}
	details := []protoadapt.MessageV1{info}
	if len(e.violations) > 0 {
		details = append(details, e.badRequest())
	}
	if e.retry > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(e.retry)})
	}
	return append(details, localizedMessage(e.localized()))
}

func (e *Error) badRequest() *errdetails.BadRequest {
	bad := &errdetails.BadRequest{}
	for _, v := range e.named() {
		bad.FieldViolations = append(bad.FieldViolations, &errdetails.BadRequest_FieldViolation{
			Field:            valid(v.Field),
			Description:      valid(v.Text.En),
			Reason:           valid(v.Rule),
			LocalizedMessage: localizedMessage(v.Text.Zh),
		})
	}
	return bad
}

func localizedMessage(text string) *errdetails.LocalizedMessage {
	return &errdetails.LocalizedMessage{Locale: chinese, Message: valid(text)}
}

// valid makes text fit for a proto string: one bad byte would cost the whole answer.
func valid(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

// read rebuilds an Error from a status that one of our services made; ok is false for a status of anybody else.
func read(st *status.Status) (e *Error, ok bool) {
	e = &Error{code: st.Code(), text: Text{En: st.Message()}}
	for _, detail := range st.Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			ok = ok || d.GetDomain() == Domain
			e.reason, e.metadata = d.GetReason(), maps.Clone(d.GetMetadata())
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				text := Text{En: v.GetDescription(), Zh: v.GetLocalizedMessage().GetMessage()}
				e.violations = append(e.violations, Field(v.GetField(), v.GetReason(), text))
			}
		case *errdetails.RetryInfo:
			e.retry = d.GetRetryDelay().AsDuration()
		case *errdetails.LocalizedMessage:
			e.text.Zh = d.GetMessage()
		}
	}
	if len(e.violations) > 0 {
		e.text = Invalid().text // the message repeats the violations
	}
	return e, ok
}
