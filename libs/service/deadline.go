package service

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// pointless is the time below which a call is not even begun.
const pointless = 10 * time.Millisecond

// DeadlineConfig bounds how long a call may take.
type DeadlineConfig struct {
	// Default is given to a unary call that came without a deadline.
	Default time.Duration `env:"DEFAULT" envDefault:"30s"`
	// Longest is what longer deadlines of unary calls are cut to.
	Longest time.Duration `env:"LONGEST" envDefault:"60s"`
	// Stream is both for streams, such as imports.
	Stream time.Duration `env:"STREAM" envDefault:"1h"`
}

func (c DeadlineConfig) unary(
	ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler,
) (any, error) {
	within, bounded, err := bound(ctx, c.Default, c.Longest)
	if err != nil {
		return nil, err
	}
	if bounded {
		return handler(ctx, req)
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return handler(ctx, req)
}

func (c DeadlineConfig) stream(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	within, bounded, err := bound(stream.Context(), c.Stream, c.Stream)
	if err != nil {
		return err
	}
	if bounded {
		return handler(srv, stream)
	}
	ctx, cancel := context.WithTimeout(stream.Context(), within)
	defer cancel()
	return handler(srv, &inContext{stream, ctx})
}

// bound says that ctx is bounded well enough, or else to what time it must be.
func bound(ctx context.Context, usual, longest time.Duration) (within time.Duration, bounded bool, err error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return usual, false, nil
	}
	switch left := time.Until(deadline); {
	case left < pointless:
		return 0, false, fault.Timeout(context.DeadlineExceeded)
	case left > longest:
		return longest, false, nil
	default:
		return 0, true, nil
	}
}

// inContext is a stream with another context.
type inContext struct {
	grpc.ServerStream
	ctx context.Context
}

func (s *inContext) Context() context.Context { return s.ctx }
