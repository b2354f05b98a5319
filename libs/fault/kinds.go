package fault

import (
	"time"

	"google.golang.org/grpc/codes"
)

// NotFound says that the resource does not exist. Answer it only to callers who may know that; else Hidden.
func NotFound(name string) *Error {
	return New(codes.NotFound, "NOT_FOUND", Text{
		En: name + " does not exist",
		Zh: name + " 不存在",
	}).With("name", name)
}

// Denied says that the caller may not do this, whatever exists.
func Denied(reason string, text Text) *Error { return New(codes.PermissionDenied, reason, text) }

// Hidden is the one answer both for a resource out of the caller's reach and for one that does not exist, so that asking
// teaches nothing.
func Hidden(name string) *Error {
	return Denied("HIDDEN", Text{
		En: name + ": denied, or it does not exist",
		Zh: name + "：无权访问，或不存在",
	}).With("name", name)
}

// Aborted says that the etag is not the stored one: read again, then decide.
func Aborted(name string) *Error {
	return New(codes.Aborted, "ETAG_MISMATCH", Text{
		En: name + " has changed since it was read; read it again",
		Zh: name + " 在读取之后已被修改，请重新读取",
	}).With("name", name)
}

// Unavailable says that the service cannot answer just now, as when a database restarts; the same call may succeed in a
// second. The cause is for the log alone.
func Unavailable(cause error) *Error {
	return New(codes.Unavailable, "UNAVAILABLE", textOf(codes.Unavailable)).RetryAfter(time.Second).Cause(cause)
}

// Timeout says that the work was given up because its time was over. A write may have happened nevertheless.
func Timeout(cause error) *Error {
	return New(codes.DeadlineExceeded, "DEADLINE_EXCEEDED", textOf(codes.DeadlineExceeded)).Cause(cause)
}

// Internal says that we are at fault, and nothing more. The cause is for the log alone.
func Internal(cause error) *Error {
	return New(codes.Internal, "INTERNAL", textOf(codes.Internal)).Cause(cause)
}
