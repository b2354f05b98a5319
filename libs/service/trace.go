package service

import (
	"context"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/metadata"
)

// inTrace puts the caller's trace into the context, so that it reaches events and the log even where this process exports no traces. Where
// it does, it is there already.
func inTrace(ctx context.Context) context.Context {
	parents := metadata.ValueFromIncomingContext(ctx, "traceparent")
	if len(parents) != 1 || trace.SpanContextFromContext(ctx).IsValid() {
		return ctx
	}
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": parents[0]})
}
