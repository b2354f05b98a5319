package fault_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lib/pq"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// inner stands for what must never reach a caller.
const inner = "dial tcp 10.1.2.3:5432: pq: relation \"customers\" does not exist"

func TestFrom(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	t.Cleanup(cancel)
	for name, c := range map[string]struct {
		err    error
		code   codes.Code
		reason string
	}{
		"ours":                     {fault.NotFound("x"), codes.NotFound, "NOT_FOUND"},
		"ours, wrapped":            {fmt.Errorf("%s: %w", inner, fault.NotFound("x")), codes.NotFound, "NOT_FOUND"},
		"ours, joined":             {errors.Join(errors.New(inner), fault.Aborted("x")), codes.Aborted, "ETAG_MISMATCH"},
		"ours caused by the end":   {fault.NotFound("x").Cause(context.Canceled), codes.NotFound, "NOT_FOUND"},
		"cancelled":                {context.Canceled, codes.Canceled, "CANCELLED"},
		"cancelled, wrapped":       {fmt.Errorf("%s: %w", inner, context.Canceled), codes.Canceled, "CANCELLED"},
		"deadline":                 {context.DeadlineExceeded, codes.DeadlineExceeded, "DEADLINE_EXCEEDED"},
		"deadline of a context":    {fmt.Errorf("%s: %w", inner, ended.Err()), codes.DeadlineExceeded, "DEADLINE_EXCEEDED"},
		"unknown":                  {errors.New(inner), codes.Internal, "INTERNAL"},
		"driver":                   {&pq.Error{Message: inner, Code: "42P01"}, codes.Internal, "INTERNAL"},
		"end of file":              {io.ErrUnexpectedEOF, codes.Internal, "INTERNAL"},
		"status internal":          {status.Error(codes.Internal, inner), codes.Internal, "INTERNAL"},
		"status unknown":           {status.Error(codes.Unknown, inner), codes.Unknown, "UNKNOWN"},
		"status data loss":         {status.Error(codes.DataLoss, inner), codes.DataLoss, "DATA_LOSS"},
		"status unavailable":       {status.Error(codes.Unavailable, inner), codes.Unavailable, "UNAVAILABLE"},
		"status cancelled":         {status.Error(codes.Canceled, inner), codes.Canceled, "CANCELLED"},
		"status deadline":          {status.Error(codes.DeadlineExceeded, inner), codes.DeadlineExceeded, "DEADLINE_EXCEEDED"},
		"status aborted":           {status.Error(codes.Aborted, inner), codes.Aborted, "ABORTED"},
		"status denied":            {status.Error(codes.PermissionDenied, inner), codes.PermissionDenied, "PERMISSION_DENIED"},
		"status unauthenticated":   {status.Error(codes.Unauthenticated, inner), codes.Unauthenticated, "UNAUTHENTICATED"},
		"status invalid":           {status.Error(codes.InvalidArgument, "bad"), codes.InvalidArgument, "INVALID_ARGUMENT"},
		"status not found":         {status.Error(codes.NotFound, "no"), codes.NotFound, "NOT_FOUND"},
		"status exists":            {status.Error(codes.AlreadyExists, "no"), codes.AlreadyExists, "ALREADY_EXISTS"},
		"status precondition":      {status.Error(codes.FailedPrecondition, "no"), codes.FailedPrecondition, "FAILED_PRECONDITION"},
		"status range":             {status.Error(codes.OutOfRange, "no"), codes.OutOfRange, "OUT_OF_RANGE"},
		"status unimplemented":     {status.Error(codes.Unimplemented, "no"), codes.Unimplemented, "UNIMPLEMENTED"},
		"status exhausted":         {status.Error(codes.ResourceExhausted, "no"), codes.ResourceExhausted, "RESOURCE_EXHAUSTED"},
		"status wrapped":           {fmt.Errorf("%s: %w", inner, status.Error(codes.NotFound, "no")), codes.NotFound, "NOT_FOUND"},
		"status of no known code":  {status.Error(codes.Code(99), inner), codes.Internal, "INTERNAL"},
		"failure that says OK":     {okError{}, codes.Internal, "INTERNAL"},
		"status of another domain": {foreign(t), codes.Internal, "INTERNAL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := fault.From(c.err)
			require.Equal(t, c.code, got.Code())
			require.Equal(t, c.reason, got.Reason())
			require.NotContains(t, got.GRPCStatus().Proto().String(), "10.1.2.3", "inner text reaches the caller")
			require.NotEmpty(t, got.Text().Zh)
			require.NotEmpty(t, got.GRPCStatus().Message())
			require.ErrorIs(t, fmt.Errorf("w: %w", got), got)
		})
	}
	require.Nil(t, fault.From(nil))
}

// A caller may try again what is UNAVAILABLE, whoever said so, but not at once.
func TestUnavailableSaysWhenToRetry(t *testing.T) {
	t.Parallel()
	for _, err := range []*fault.Error{fault.Unavailable(io.EOF), fault.From(status.Error(codes.Unavailable, inner))} {
		require.Equal(t, time.Second, err.GRPCStatus().Details()[1].(*errdetails.RetryInfo).GetRetryDelay().AsDuration())
	}
}

type okError struct{}

func (okError) Error() string              { return inner }
func (okError) GRPCStatus() *status.Status { return nil }

// foreign is an INTERNAL of somebody else, whose details are as little for callers as its text.
func foreign(t *testing.T) error {
	t.Helper()
	st, err := status.New(codes.Internal, inner).WithDetails(
		&errdetails.ErrorInfo{Reason: "X", Domain: "example.com", Metadata: map[string]string{"address": inner}},
		&errdetails.DebugInfo{Detail: inner})
	require.NoError(t, err)
	return st.Err()
}

// What one of our services answered, another passes on unchanged.
func TestFromKeepsOurOwnStatuses(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String()
		e := fault.New(codes.Code(rapid.Uint32Range(1, 16).Draw(t, "code")), text.Draw(t, "reason"),
			fault.Text{En: text.Draw(t, "en"), Zh: text.Draw(t, "zh")})
		if rapid.Bool().Draw(t, "invalid") {
			e = fault.Invalid(fault.Field(text.Draw(t, "field"), text.Draw(t, "rule"), fault.Text{En: text.Draw(t, "en"), Zh: text.Draw(t, "zh")}))
		}
		e = e.With(text.Draw(t, "key"), text.Draw(t, "value")).RetryAfter(time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "retry")))

		sent := e.GRPCStatus()
		passed := fault.From(fmt.Errorf("call: %w", sent.Err())).GRPCStatus()
		if diff := cmp.Diff(sent.Proto(), passed.Proto(), protocmp.Transform()); diff != "" {
			t.Fatal(diff)
		}
	})
}

// A status with a byte that is no UTF-8 could not be encoded, and the caller would get nothing.
func FuzzStatusCanAlwaysBeEncoded(f *testing.F) {
	f.Add("customers/1", "field", "\xff\xfe")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		e := fault.Invalid(fault.Field(a, b, fault.Text{En: c, Zh: a})).With(a, b).With(b, c)
		require.Len(t, e.GRPCStatus().Details(), 3)
		for _, d := range e.GRPCStatus().Details() {
			require.NotImplements(t, (*error)(nil), d)
		}
	})
}
