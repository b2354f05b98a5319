package service

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// slow is from when on a call that went well is worth a line in the log.
const slow = time.Second

// edge is the outermost interceptor. Whatever happens further in, a call leaves through here: a panic as INTERNAL, any error as a
// fault, counted, timed, and logged if it went wrong.
type edge struct {
	log   *slog.Logger
	calls *calls
}

func (e *edge) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (resp any, err error) {
	start := time.Now()
	ctx = inTrace(ctx)
	defer func() {
		if p := recover(); p != nil {
			resp, err = nil, panicked(p)
		}
		err = e.leave(ctx, info.FullMethod, start, err)
	}()
	return handler(ctx, req)
}

func (e *edge) stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) (err error) {
	start := time.Now()
	ctx := inTrace(stream.Context())
	defer func() {
		if p := recover(); p != nil {
			err = panicked(p)
		}
		err = e.leave(ctx, info.FullMethod, start, err)
	}()
	return handler(srv, &inContext{stream, ctx})
}

func panicked(p any) error {
	return fault.Internal(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
}

// leave must be called once for each call, when it ends.
func (e *edge) leave(ctx context.Context, method string, start time.Time, err error) error {
	took := time.Since(start)
	if err == nil {
		e.calls.done(method, codes.OK, took)
		if took >= slow || e.log.Enabled(ctx, slog.LevelDebug) {
			e.report(ctx, method, took, nil)
		}
		return nil
	}
	failed := translate(ctx, err)
	e.calls.done(method, failed.Code(), took)
	e.report(ctx, method, took, failed)
	return failed
}

// report writes the line of a call. What the caller sent is not in it: it may be personal.
func (e *edge) report(ctx context.Context, method string, took time.Duration, failed *fault.Error) {
	level, code := slog.LevelDebug, codes.OK
	if took >= slow {
		level = slog.LevelInfo
	}
	attrs := make([]slog.Attr, 0, 6)
	if failed != nil {
		code = failed.Code()
		level = severity(code)
		attrs = append(attrs, slog.String("reason", failed.Reason()))
	}
	if !e.log.Enabled(ctx, level) {
		return
	}
	if level >= slog.LevelWarn && failed.Unwrap() != nil {
		attrs = append(attrs, slog.String("cause", failed.Unwrap().Error()))
	}
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		attrs = append(attrs, slog.String("trace", span.TraceID().String()))
	}
	attrs = append(attrs, slog.String("method", method), slog.String("code", code.String()), slog.Duration("took", took))
	e.log.LogAttrs(ctx, level, "call", attrs...)
}

// severity of a call that failed: ours to mend, of the moment, or the caller's own doing.
func severity(code codes.Code) slog.Level {
	switch code {
	case codes.Internal, codes.Unknown, codes.DataLoss:
		return slog.LevelError
	case codes.Unavailable, codes.DeadlineExceeded:
		return slog.LevelWarn
	case codes.ResourceExhausted: // thousands in a second, at the worst of times; the metric counts them
		return slog.LevelDebug
	default:
		return slog.LevelInfo
	}
}
