// Package fault is the one kind of error that leaves a service: a gRPC code, a reason that programs branch on, and a text
// in English and Chinese that people read. Whatever else went wrong reaches a caller only by its code; see From.
package fault

import (
	"errors"
	"maps"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
)

// Domain is the domain of every ErrorInfo, by which a caller tells our errors from those of proxies on the way.
const Domain = "guanxi"

// Text is what people read, in both languages. It goes to callers: nothing of drivers, addresses or secrets in it.
type Text struct{ En, Zh string }

// Error is immutable: With, Cause and RetryAfter return a changed copy, so an Error can be a package variable.
type Error struct {
	code       codes.Code
	reason     string
	text       Text
	violations []Violation
	metadata   map[string]string
	retry      time.Duration
	cause      error
}

// New makes an Error. The reason is UPPER_SNAKE and part of the API: once published it keeps its meaning.
func New(code codes.Code, reason string, text Text) *Error {
	return &Error{code: code, reason: reason, text: text}
}

// Error is for logs: unlike what a caller gets, it includes the cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.code.String())
	b.WriteString(" ")
	b.WriteString(e.reason)
	b.WriteString(": ")
	b.WriteString(e.message())
	if e.cause != nil {
		b.WriteString(": ")
		b.WriteString(e.cause.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// Is makes errors.Is hold for any two Errors with the same code and reason, whatever their texts and metadata.
func (e *Error) Is(target error) bool {
	var t *Error
	return errors.As(target, &t) && e.code == t.code && e.reason == t.reason
}

// Code is the gRPC code.
func (e *Error) Code() codes.Code { return e.code }

// Reason is what a program branches on, unique within Domain.
func (e *Error) Reason() string { return e.reason }

// Text is the message without the violations.
func (e *Error) Text() Text { return e.text }

// Violations are the wrong fields of an INVALID_ARGUMENT.
func (e *Error) Violations() []Violation { return append([]Violation(nil), e.violations...) }

// With adds a value that programs read, such as the name of the resource. Callers see it.
func (e *Error) With(key, value string) *Error {
	c := *e
	c.metadata = maps.Clone(e.metadata)
	if c.metadata == nil {
		c.metadata = make(map[string]string, 1)
	}
	c.metadata[key] = value
	return &c
}

// Cause keeps the error behind this one for logs and for errors.Is. Callers never see it.
func (e *Error) Cause(err error) *Error {
	c := *e
	c.cause = err
	return &c
}

// RetryAfter tells the caller to wait d before the same call may succeed.
func (e *Error) RetryAfter(d time.Duration) *Error {
	c := *e
	c.retry = d
	return &c
}
